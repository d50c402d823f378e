import { PAGE_COLOURS } from './page-colours.ts';
import { PANELS } from './section-closer.ts';

const TEXT = `
*{box-sizing:border-box}
html{font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Noto Sans","Liberation Sans",Arial,sans-serif;-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--bg);color:var(--text);overflow-wrap:anywhere}
main,footer{max-width:1208px;margin:0 auto;padding:0 24px}
h1{font-size:2.35rem;line-height:1.15;letter-spacing:-.018em;font-weight:650;margin:.15em 0 .45em;text-wrap:balance}
h2{font-size:1.45rem;line-height:1.25;letter-spacing:-.01em;font-weight:650;margin:0 0 .5rem}
h2.small{font-size:.95rem;letter-spacing:0;margin:0 0 .3rem}
h3{font-size:1.08rem;font-weight:650;margin:2.4rem 0 .5rem}
p{margin:.5rem 0;max-width:72ch}
a{color:var(--accent)}
section{margin:4rem 0 0;scroll-margin-top:1rem}
ul,ol{padding-left:1.25rem;margin:.5rem 0}li{margin:.2rem 0}
code,pre{font:.8125rem/1.5 ui-monospace,"SF Mono",Menlo,Consolas,"Liberation Mono",monospace}
pre{overflow:auto;background:var(--raised);border-radius:8px;padding:12px 14px;max-height:24rem}
.quiet,.note,.empty,figcaption,caption,.overline{color:var(--quiet)}
.note{font-size:.84rem}.overline{font-size:.875rem;margin:0}.lead{font-size:1.12rem}
.empty{background:var(--raised);border-radius:8px;padding:14px 16px;font-size:.9rem}
.bad{color:var(--bad);font-weight:600}.good{color:var(--accent);font-weight:600}
.skip{position:absolute;left:-999px}.skip:focus{left:16px;top:8px;background:var(--bg);padding:6px 10px}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:4px}
details{margin:.9rem 0}summary{cursor:pointer;color:var(--accent);font-size:.92rem}
footer{margin-top:4rem;padding-bottom:2.5rem;color:var(--quiet);font-size:.84rem}`;

const HERO = `
.hero{padding-top:3rem}
.hero-columns{display:grid;grid-template-columns:1fr auto;gap:3rem;align-items:start}
h1 .name{color:var(--accent)}
.waffle-figure{margin:.4rem 0 0;width:186px}.waffle-figure figcaption{font-size:.78rem;margin-top:.5rem;line-height:1.45}
.waffle .sure{fill:var(--accent)}.waffle .maybe{fill:var(--accent-mid)}.waffle .not{fill:var(--line)}
.legend-item{white-space:nowrap}.key{display:inline-block;width:.7em;height:.7em;border-radius:2px;margin-right:.3em}
.key.sure{background:var(--accent)}.key.maybe{background:var(--accent-mid)}.key.not{background:var(--line)}
.tiles{display:grid;grid-template-columns:repeat(5,1fr);gap:0;margin:1.8rem 0;border-top:1px solid var(--line);border-bottom:1px solid var(--line)}
.tiles>div{padding:14px 16px 14px 0;min-width:0}.tiles>div+div{border-left:1px solid var(--line);padding-left:16px}
.tiles dt{font-size:.84rem;color:var(--quiet)}.tiles dd{margin:0}
.tiles .figure{font-size:1.5rem;font-weight:650;letter-spacing:-.01em;font-variant-numeric:tabular-nums;margin:.05rem 0 .1rem}
.tiles .note{font-size:.78rem;line-height:1.4}
.reasons{margin:1.2rem 0}.callout{background:var(--bad-soft);border-left:3px solid var(--bad);border-radius:0 8px 8px 0;padding:14px 18px;margin:1.2rem 0}
nav{margin:2.2rem 0 0;border-bottom:1px solid var(--line);font-size:.92rem}
nav ul{display:flex;flex-wrap:wrap;gap:.2rem 1.4rem;list-style:none;padding:0 0 .7rem;margin:0}nav li{margin:0}
nav a{text-decoration:none;padding:2px 0}nav a:hover{text-decoration:underline}`;

const TABLES = `
.scroll{overflow:auto;margin:1rem 0}
table{border-collapse:collapse;font-size:.875rem;font-variant-numeric:tabular-nums;line-height:1.4}
caption{text-align:left;font-size:.84rem;padding:0 0 .4rem;caption-side:top}
th,td{text-align:left;vertical-align:top;padding:8px 14px 8px 0;border-bottom:1px solid var(--line);font-weight:400;overflow-wrap:normal}
td.text{overflow-wrap:anywhere;min-width:16rem}
thead th{color:var(--quiet);font-size:.8rem;line-height:1.3;vertical-align:bottom;border-bottom-color:var(--quiet)}
.n{text-align:right;white-space:nowrap}thead .n{white-space:normal}
tbody th{font-weight:550;overflow-wrap:anywhere}
td small,td i{display:block;color:var(--quiet);font-size:.77rem;font-style:normal}td i{display:inline;margin-left:.5em}
.candidates{width:100%}.candidates tbody th{min-width:8.5rem;max-width:14rem}
.candidates .chosen{background:var(--accent-soft)}.candidates .chosen th{font-weight:650}
.candidates tbody tr>*:first-child{padding-left:10px}.candidates thead tr>*:first-child{padding-left:10px}
.candidates .baseline>*{color:var(--quiet)}
.badge{display:inline-block;font-size:.72rem;font-weight:600;line-height:1.3;padding:1px 7px;border-radius:9px;background:var(--accent);color:var(--bg);vertical-align:1px}
.badge.plain{background:none;color:var(--quiet);box-shadow:inset 0 0 0 1px var(--line)}
.plot svg{display:block}.remarks{font-size:.84rem;color:var(--quiet);margin-top:.4rem}.remarks strong{font-weight:600;color:var(--text)}
#closer .scroll:has(.sortable),#data .scroll:has(.sortable){max-height:32rem;border-bottom:1px solid var(--line)}
.sortable{min-width:min(100%,44rem)}.sortable thead th{position:sticky;top:0;background:var(--bg);padding-top:4px}
.sortable button{font:inherit;color:inherit;background:none;border:0;padding:3px 0;cursor:pointer}.sortable button:hover{color:var(--accent)}
[aria-sort=descending] button::after{content:" ↓"}[aria-sort=ascending] button::after{content:" ↑"}
.severity{font-size:.8rem;white-space:nowrap}.severity.warning{color:var(--bad);font-weight:600}.severity.note{color:var(--accent)}.severity.ok{color:var(--quiet)}
.scroll:has(>.sortable){width:fit-content;max-width:100%}
.curation{width:100%}.curation details{margin:.2rem 0 0}.curation tbody th{min-width:8rem}
.facts>div,.words>div{min-width:0}.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,290px),1fr));gap:.9rem 2.2rem;margin:1.2rem 0;font-size:.92rem}
.facts dt,.words dt,.not-tried dt{font-weight:600}.facts dt{color:var(--quiet);font-size:.82rem;font-weight:400}.facts dd,.words dd,.not-tried dd{margin:0}
.words{columns:2;column-gap:3rem;font-size:.92rem}.words>div{break-inside:avoid;margin:0 0 .9rem}
.not-tried>div{display:grid;grid-template-columns:9rem 1fr;gap:.2rem 1rem;padding:.6rem 0;border-top:1px solid var(--line);max-width:52rem}
.hashes{font-size:.86rem}.hashes code{color:var(--quiet);overflow-wrap:anywhere}`;

const DRAWINGS = `
figure{margin:0}figcaption{font-size:.82rem;margin-top:.5rem;max-width:64ch}
svg{max-width:100%;height:auto}svg text{font-size:12px;fill:var(--text);font-variant-numeric:tabular-nums}
.scroll svg{max-width:none}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:2rem 2.5rem;margin-top:1rem}.pair h3{margin-top:.4rem}
.pair>*,.split>*{min-width:0}
.narrow{display:none}
.axis text{fill:var(--quiet)}.axis .axis-title{fill:var(--text)}
.grid{stroke:var(--grid)}.tick{stroke:var(--quiet);stroke-width:1}
.beyond{fill:var(--beyond)}.limit{stroke:var(--bad);stroke-dasharray:4 3}.limit-label{fill:var(--bad)}svg .limit-label{font-size:11.5px}
.whisker{stroke:var(--mark);stroke-width:1.5;fill:none}.whisker .reach{stroke-width:1;opacity:.75}.whisker.chosen{stroke:var(--accent);stroke-width:2}
.mark circle{fill:var(--mark);stroke:var(--bg);stroke-width:1.5}.mark.outside circle{fill:var(--bg);stroke:var(--mark);stroke-width:2}
.mark.chosen circle{fill:var(--accent)}.mark.chosen.outside circle{fill:var(--bg);stroke:var(--accent)}
.point-label{paint-order:stroke;stroke:var(--bg);stroke-width:3px;stroke-linejoin:round}svg .point-label{font-size:12.5px}.mark.chosen .point-label{fill:var(--accent);font-weight:650}
.leader{stroke:var(--mark);stroke-width:.75}
.legend{font-size:.84rem;color:var(--quiet)}.dot{display:inline-block;width:10px;height:10px;border-radius:50%;background:var(--mark);margin:0 .25em 0 .9em}
.dot.chosen{background:var(--accent);width:12px;height:12px;vertical-align:-1px;margin-left:0}.dot.outside{background:none;box-shadow:inset 0 0 0 2px var(--mark)}
.interval .track{stroke:var(--grid)}.interval .span{stroke:var(--mark);stroke-width:3;stroke-linecap:round;opacity:.55}.interval circle{fill:var(--mark)}
.interval.chosen .span{stroke:var(--accent)}.interval.chosen circle{fill:var(--accent)}.chosen .interval .track{stroke:var(--line)}
.ideal{stroke:var(--quiet);stroke-dasharray:4 4}.curve{fill:none;stroke:var(--accent);stroke-width:1.5}.dot-mark,svg .dot{fill:var(--accent)}.bar{fill:var(--accent-mid)}
.heat text{fill:var(--text);font-size:12px}.heat .on-light{fill:var(--heat-weak)}.heat .on-dark{fill:var(--heat-strong)}
.ramp{white-space:nowrap;margin-right:.6em}.swatch{display:inline-block;width:12px;height:12px;vertical-align:-1px}
${['r', 'w'].map((kind) => [1, 2, 3, 4, 5, 6, 7].map((level) => `.${kind}${level}{fill:var(--${kind}${level});background:var(--${kind}${level})}`).join('')).join('')}
.w0{fill:var(--w0)}`;

const CLOSER = `
.switch{border:0;padding:0;margin:1rem 0 0;display:flex;flex-wrap:wrap;gap:.5rem}.switch legend{float:left;width:100%;font-size:.84rem;color:var(--quiet);padding:0 0 .35rem}
.switch input{position:absolute;opacity:0;pointer-events:none}.switch span{position:relative}
.switch label{display:inline-block;padding:5px 14px;border:1px solid var(--line);border-radius:18px;cursor:pointer;font-size:.92rem}
.switch label:hover{border-color:var(--accent)}.switch input:checked+label{background:var(--accent);border-color:var(--accent);color:var(--bg);font-weight:600}
.switch input:focus-visible+label{outline:2px solid var(--accent);outline-offset:2px}
.panel{margin-top:1.6rem}
.beside{display:flex;flex-wrap:wrap;gap:1rem 1.5rem;align-items:flex-start}.beside>*{min-width:0;max-width:100%}.beside figcaption,.beside .note{width:0;min-width:100%}.matrix{min-width:min(100%,24rem)!important}.beside .scroll{margin:.3rem 0}.beside table{font-size:.81rem}.beside td,.beside th{padding:6px 10px 6px 0}
.split{display:grid;grid-template-columns:auto 1fr;gap:1.5rem 3rem;align-items:start}
.matrix .scroll{margin:0}.errors{padding:0;list-style:none;display:grid;grid-template-columns:1fr 1fr;gap:0 2.5rem}
.errors li{border-top:1px solid var(--line);padding:.75rem 0;margin:0;min-width:0}.errors blockquote{margin:0 0 .35rem;white-space:pre-wrap;overflow-wrap:anywhere;max-height:11rem;overflow:auto}
.errors p{font-size:.88rem;margin:.2rem 0}.tag{color:var(--quiet);font-size:.8rem;margin-right:.15em}.errors bdi+.tag{margin-left:.8em}
@supports selector(:has(*)){.panel{display:none}${Array.from({ length: PANELS }, (_, index) => `main:has(#panel-${index}:checked) .panel-${index}`).join(',')}{display:block}}`;

const SMALL_AND_PAPER = `
@media (max-width:1000px){.pair,.split{grid-template-columns:1fr}.tiles{grid-template-columns:repeat(3,1fr)}.tiles>div:nth-child(3n+1){border-left:0;padding-left:0}.tiles>div:nth-child(n+4){border-top:1px solid var(--line)}}
@media (max-width:620px){
main,footer{padding:0 16px}h1{font-size:1.8rem}h2{font-size:1.28rem}.hero{padding-top:1.5rem}section{margin-top:3rem}
.hero-columns{grid-template-columns:1fr;gap:1rem}.waffle-figure{display:flex;gap:14px;align-items:end;width:auto}.waffle{width:120px;flex:none}.waffle-figure figcaption{max-width:12rem}
.tiles{grid-template-columns:1fr 1fr}.tiles>div,.tiles>div+div{border-left:0;padding:12px 12px 12px 0;border-top:1px solid var(--line)}.tiles>div:nth-child(-n+2){border-top:0}.tiles>div:nth-child(2n){border-left:1px solid var(--line);padding-left:14px}
.curation thead{display:none}.curation tr{display:block;border-bottom:1px solid var(--line);padding:8px 0}.curation tr>*{display:inline;border:0;padding:0 8px 0 0}.curation td.n{display:none}.curation td.text{display:block;padding:4px 0 0}
.wide{display:none}.narrow{display:block}.beside td:not(.n){overflow-wrap:anywhere}.sortable tbody th{min-width:7.5rem}.candidates .plot{display:none}.words{columns:1}.errors{grid-template-columns:1fr}.not-tried>div{grid-template-columns:1fr}
.candidates th:first-child{position:sticky;left:0;background:var(--bg);z-index:1;max-width:8.5rem;min-width:8.2rem;font-size:.82rem}.candidates .chosen th:first-child{background:var(--accent-soft)}}
@media print{html{font-size:12px}main,footer{max-width:none;padding:0}nav,.switch,.skip{display:none}.scroll,.errors blockquote,pre{max-height:none!important;overflow:visible}section{margin-top:2rem}h2,h3,caption{break-after:avoid}tr,li,figure,.errors li{break-inside:avoid}.pair{grid-template-columns:1fr 1fr}details::details-content{content-visibility:visible;height:auto}}
@media (prefers-reduced-motion:no-preference){html{scroll-behavior:smooth}}`;

/** The page's style sheet: system fonts, one accent, nothing loaded. */
export const PAGE_STYLE: string = [PAGE_COLOURS, TEXT, HERO, TABLES, DRAWINGS, CLOSER, SMALL_AND_PAPER].join(
  '\n',
);
