import type { GuessedColumn } from './column-guess.ts';
import type { ColumnProfile } from './column-profile.ts';
import { countOf, formatCount } from './quote-for-display.ts';

const INPUT_NAMES =
  /^(input|text|question|message|msg|body|content|prompt|query|utterance|sentence|review|comment|description|email|document|headline|title|subject|request)$/iu;
const OUTPUT_NAMES =
  /^(output|label|labels|class|category|intent|topic|tag|target|sentiment|answer|gold|type|queue|department|team|route|y|completion|response|expected)(_?(name|text|label))?$/iu;
const GROUP_NAMES =
  /^(group|user|customer|client|account|conversation|thread|session|author|ticket|order|patient|org|organi[sz]ation|company|device|document|doc|source|case|chat|dialog(ue)?|speaker|person|visitor|tenant)s?([_ -]?(id|key|uuid|name|number|no))?$/iu;
const TIME_NAMES =
  /^(time|timestamp|date|datetime|created|updated|ts|day)$|(_at|_on|_time|_date|_ts|At|Date|Time)$/u;
const SPLIT_NAMES = /^(split|set|subset|fold|partition|dataset)$/iu;

type Scored = { profile: ColumnProfile; score: number };

function best(
  profiles: readonly ColumnProfile[],
  score: (profile: ColumnProfile) => number,
): ColumnProfile | null {
  const scored: Scored[] = profiles.map((profile) => ({ profile, score: score(profile) }));
  const top = scored.reduce<Scored | null>((a, b) => (b.score > (a?.score ?? 0) ? b : a), null);
  return top === null ? null : top.profile;
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;

/** The column of the longest varied text. */
export function chooseInput(profiles: readonly ColumnProfile[]): GuessedColumn | null {
  const chosen = best(profiles, (profile) => {
    if (profile.share('texts') < 0.9 || profile.share('numbers') > 0.5 || profile.share('times') > 0.5)
      return 0;
    const named = INPUT_NAMES.test(profile.name) ? 20 : OUTPUT_NAMES.test(profile.name) ? 0.1 : 1;
    const idLike =
      profile.meanWords < 1.2 && profile.distinctShare > 0.9 && profile.meanLength < 64 ? 0.05 : 1;
    return Math.min(profile.meanLength, 2_000) * profile.distinctShare ** 2 * named * idLike;
  });
  if (chosen === null) return null;
  const length = `${formatCount(Math.round(chosen.meanLength))} characters on average, ${percent(chosen.distinctShare)} of them different`;
  const reason = INPUT_NAMES.test(chosen.name)
    ? `named so; text of ${length}`
    : `the longest varied text: ${length}`;
  return { column: chosen.name, reason };
}

/** The column of few values that come again and again. */
export function chooseOutput(profiles: readonly ColumnProfile[]): GuessedColumn | null {
  const chosen = best(profiles, (profile) => {
    if (profile.share('unusable') > 0.1 || profile.share('times') > 0.5 || profile.overflowed) return 0;
    const named = OUTPUT_NAMES.test(profile.name) ? 20 : GROUP_NAMES.test(profile.name) ? 0.05 : 1;
    if (named <= 1 && (profile.distinct < 2 || profile.distinctShare > 0.5)) return 0;
    const short = profile.meanLength <= 60 ? 1 : 0.1;
    const numeric = profile.share('numbers') > 0.9 ? 0.3 : 1;
    const few = 1 / Math.log2(2 + profile.distinct);
    return (1.02 - profile.distinctShare) * named * short * numeric * few;
  });
  if (chosen === null) return null;
  const values = `${countOf(chosen.distinct, 'different value')} in ${countOf(chosen.filled, 'row')}`;
  return {
    column: chosen.name,
    reason: OUTPUT_NAMES.test(chosen.name) ? `named so; ${values}` : `few values that repeat: ${values}`,
  };
}

/** A column of ids that repeat: what belongs to one user or conversation must stay in one split. */
export function chooseGroup(profiles: readonly ColumnProfile[]): GuessedColumn | null {
  const chosen = best(profiles, (profile) => {
    const named = GROUP_NAMES.test(profile.name);
    const idNamed = /(^|[_ -])(id|uuid|key)$|Id$/u.test(profile.name);
    if ((!named && !idNamed) || profile.share('unusable') > 0 || profile.share('times') > 0.5) return 0;
    if (profile.distinct < 2 || (profile.distinctShare > 0.98 && profile.name !== 'group')) return 0;
    if (!named && profile.distinct < 10) return 0;
    return (named ? 10 : 1) * Math.min(profile.distinct, 1_000);
  });
  if (chosen === null) return null;
  const more = chosen.overflowed ? 'more than ' : '';
  const values = `${more}${countOf(chosen.distinct, 'different value')} in ${countOf(chosen.filled, 'row')}`;
  return { column: chosen.name, reason: `ids that repeat: ${values}; what shares one stays in one split` };
}

/** A column of points in time. */
export function chooseTime(profiles: readonly ColumnProfile[]): GuessedColumn | null {
  const chosen = best(profiles, (profile) => {
    const named = TIME_NAMES.test(profile.name);
    const numericTime = named && profile.share('numbers') > 0.98 && profile.meanLength >= 9;
    const share = numericTime ? 1 : profile.share('times');
    return share > 0.98 ? (named ? 2 : 1) * share : 0;
  });
  return chosen === null ? null : { column: chosen.name, reason: 'its values are points in time' };
}

/** Only a column named `weight` that holds positive numbers. */
export function chooseWeight(profiles: readonly ColumnProfile[]): GuessedColumn | null {
  const chosen = profiles.find(({ name }) => name === 'weight');
  if (chosen === undefined || chosen.share('numbers') < 1) return null;
  if ([...chosen.counts.keys()].some((value) => !(Number(value) > 0))) return null;
  return { column: 'weight', reason: 'named so, and its values are positive numbers' };
}

/** A column that says train, validation or test on every row. */
export function chooseSplit(profiles: readonly ColumnProfile[]): GuessedColumn | null {
  const chosen = profiles.find(
    (profile) => SPLIT_NAMES.test(profile.name) && profile.share('splits') === 1 && profile.distinct >= 2,
  );
  if (chosen === undefined) return null;
  const values = chosen.commonest(3).map(({ label }) => label);
  return { column: chosen.name, reason: `every row says ${values.join(', ')}` };
}
