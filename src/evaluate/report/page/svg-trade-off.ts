import type { Estimate } from '../../../schema/report.ts';
import { formatPercent } from '../../../util/format-number.ts';
import { html, type Html } from './html.ts';
import {
  overlap,
  placeLabels,
  textWidth,
  type Box,
  type LabelledPoint,
  type PlacedLabel,
} from './svg-labels.ts';
import { linearScale, logScale, padded, type Scale } from './svg-scale.ts';
import { drawnText } from './user-text.ts';

/** One candidate in a chart of quality against what it takes. */
export interface TradeOffPoint {
  name: string;
  quality: Estimate;
  /** Position on the logarithmic axis, above 0. */
  x: number;
  /** End of the horizontal whisker, if there is one. */
  xHigh: number | null;
  chosen: boolean;
  withinLimits: boolean;
  /** What a pointer at rest shows. */
  description: string;
}

/** A chart of quality against latency or cost. */
export interface TradeOffChart {
  title: string;
  xTitle: string;
  yTitle: string;
  points: readonly TradeOffPoint[];
  formatX: (value: number) => string;
  /** Room that a tick's text needs, in drawing units. */
  tickWidth: number;
  xLimit: number | null;
  yLimit: number | null;
}

interface Frame {
  width: number;
  height: number;
  plot: Box;
  x: Scale;
  y: Scale;
}

const FONT = 12.5;
const LIMIT_FONT = 11.5;

/** Draws the chart at a given size; text keeps its size, so narrow screens get their own drawing. */
export function drawTradeOff(chart: TradeOffChart, width: number, height: number): Html {
  const frame = frameOf(chart, width, height);
  return html`<svg
    viewBox="0 0 ${width} ${height}"
    width="${width}"
    height="${height}"
    role="img"
    aria-label="${chart.title}"
  >
    ${axes(chart, frame)}${limits(chart, frame)}${whiskers(chart, frame)}${marks(chart, frame)}
  </svg>`;
}

function frameOf(chart: TradeOffChart, width: number, height: number): Frame {
  const plot = { left: 50, top: 26, right: width - 14, bottom: height - 50 };
  const xs = chart.points.flatMap(({ x, xHigh }) => [x, xHigh ?? x]);
  if (chart.xLimit !== null && chart.xLimit > 0) xs.push(chart.xLimit);
  const [low, high] = [Math.log10(Math.min(...xs)), Math.log10(Math.max(...xs))];
  const room = Math.max(0.35, (high - low) * 0.09);
  return {
    width,
    height,
    plot,
    x: logScale({
      domain: [10 ** (low - room), 10 ** (high + room)],
      range: [plot.left, plot.right],
      ticks: Math.floor((plot.right - plot.left) / chart.tickWidth),
    }),
    y: linearScale({ domain: qualityDomain(chart), range: [plot.bottom, plot.top], ticks: 5 }),
  };
}

function qualityDomain({ points, yLimit }: TradeOffChart): [number, number] {
  const values = points.flatMap(({ quality }) => [
    quality.value,
    quality.low ?? quality.value,
    quality.high ?? quality.value,
  ]);
  if (yLimit !== null) values.push(yLimit);
  const [low, high] = padded(Math.min(...values), Math.max(...values), 0.1);
  const missing = Math.max(0, 0.04 - (high - low)) / 2;
  return [Math.max(0, low - missing), Math.min(1.005, high + missing)];
}

function axes(chart: TradeOffChart, { plot, x, y, height }: Frame): Html {
  return html`<g class="axis"
    >${y.ticks.map(
      (tick) =>
        html`<line class="grid" x1="${plot.left}" x2="${plot.right}" y1="${y.at(tick)}" y2="${y.at(tick)}" />
          <text x="${plot.left - 7}" y="${y.at(tick) + 4}" text-anchor="end"
            >${percentTick(tick, y.ticks)}</text
          >`,
    )}${x.ticks.map(
      (tick) =>
        html`<line
            class="tick"
            x1="${x.at(tick)}"
            x2="${x.at(tick)}"
            y1="${plot.bottom}"
            y2="${plot.bottom + 5}"
          />
          <text x="${x.at(tick)}" y="${plot.bottom + 19}" text-anchor="middle">${chart.formatX(tick)}</text>`,
    )}<line class="tick" x1="${plot.left}" x2="${plot.right}" y1="${plot.bottom}" y2="${plot.bottom}" />
    <text class="axis-title" x="${(plot.left + plot.right) / 2}" y="${height - 8}" text-anchor="middle"
      >${chart.xTitle}</text
    >
    <text class="axis-title" x="4" y="14">${chart.yTitle}</text></g
  >`;
}

function limits(chart: TradeOffChart, frame: Frame): Html {
  const { plot, x, y } = frame;
  const parts: Html[] = [];
  if (chart.xLimit !== null && chart.xLimit > 0) {
    const at = x.at(chart.xLimit);
    parts.push(
      html`<rect
          class="beyond"
          x="${at}"
          y="${plot.top}"
          width="${plot.right - at}"
          height="${plot.bottom - plot.top}"
        />
        <line class="limit" x1="${at}" x2="${at}" y1="${plot.top}" y2="${plot.bottom}" />`,
    );
  }
  if (chart.yLimit !== null) {
    const at = y.at(chart.yLimit);
    parts.push(
      html`<rect
          class="beyond"
          x="${plot.left}"
          y="${at}"
          width="${plot.right - plot.left}"
          height="${plot.bottom - at}"
        />
        <line class="limit" x1="${plot.left}" x2="${plot.right}" y1="${at}" y2="${at}" />`,
    );
  }
  return html`${parts}${limitLabels(chart, frame).map(({ text, x: left, y: base }) => html`<text class="limit-label" x="${left}" y="${base}">${text}</text>`)}`;
}

interface LimitLabel {
  text: string;
  x: number;
  y: number;
}

function limitLabels(chart: TradeOffChart, frame: Frame): LimitLabel[] {
  const { plot, x } = frame;
  const labels: LimitLabel[] = [];
  if (chart.xLimit !== null && chart.xLimit > 0) {
    const text = `limit ${chart.formatX(chart.xLimit)}`;
    const at = x.at(chart.xLimit);
    const width = textWidth(text, LIMIT_FONT);
    labels.push({ text, x: at + 5 + width > plot.right ? at - 5 - width : at + 5, y: plot.top - 6 });
  }
  if (chart.yLimit !== null) labels.push(minimumLabel(chart, chart.yLimit, frame));
  return labels;
}

/** The minimum's label where it covers no candidate: at either end or in the middle of its line, below it or above. */
function minimumLabel(chart: TradeOffChart, minimum: number, frame: Frame): LimitLabel {
  const text = `minimum ${formatPercent(minimum)}`;
  const { plot, y } = frame;
  const room = plot.right - plot.left - 10 - textWidth(text, LIMIT_FONT);
  const taken = whiskerBoxes(chart, frame);
  const places = [0, 1, 0.5, 0.25, 0.75].flatMap((share) =>
    [14, -5].map((down) => ({ text, x: plot.left + 5 + share * room, y: y.at(minimum) + down })),
  );
  const free = places.find((place) => !taken.some((box) => overlap(box, limitLabelBox(place))));
  return free ?? places[0]!;
}

function limitLabelBox({ text, x, y }: LimitLabel): Box {
  return { left: x, right: x + textWidth(text, LIMIT_FONT), top: y - 11, bottom: y + 3 };
}

function whiskers({ points }: TradeOffChart, { x, y }: Frame): Html {
  return html`${points.map((point) => {
    const { low, high } = point.quality;
    const [cx, cy] = [x.at(point.x), y.at(point.quality.value)];
    const vertical =
      low === null || high === null
        ? null
        : html`<path
            d="M${cx} ${y.at(low)}V${y.at(high)}M${cx - 4} ${y.at(low)}h8M${cx - 4} ${y.at(high)}h8"
          />`;
    const horizontal =
      point.xHigh === null ? null : html`<path class="reach" d="M${cx} ${cy}H${x.at(point.xHigh)}m0 -3v6" />`;
    return html`<g class="${point.chosen ? 'whisker chosen' : 'whisker'}">${vertical}${horizontal}</g>`;
  })}`;
}

function marks(chart: TradeOffChart, frame: Frame): Html {
  const points = chart.points.toSorted((a, b) => Number(b.chosen) - Number(a.chosen));
  const positions = points.map((point) => ({
    x: frame.x.at(point.x),
    y: frame.y.at(point.quality.value),
    text: drawnText(point.name, 20),
  }));
  const labels = placeLabels({
    points: positions,
    obstacles: obstaclesOf(chart, frame),
    bounds: { ...frame.plot, top: frame.plot.top - 2, right: frame.width - 2 },
    fontSize: FONT,
  });
  return html`${points.map((point, index) => drawMark(point, positions[index]!, labels[index] ?? null))}`;
}

function drawMark(point: TradeOffPoint, { x, y, text }: LabelledPoint, label: PlacedLabel | null): Html {
  const kind = `${point.chosen ? 'mark chosen' : 'mark'}${point.withinLimits ? '' : ' outside'}`;
  const leader =
    label?.leader && html`<line class="leader" x1="${x}" y1="${y}" x2="${label.x}" y2="${label.y - 4}" />`;
  const name =
    label &&
    html`<text class="point-label" x="${label.x}" y="${label.y}" text-anchor="${label.anchor}"
      >${text}</text
    >`;
  return html`<g class="${kind}"
    >${leader}<circle cx="${x}" cy="${y}" r="${point.chosen ? 6.5 : 5}"
      ><title>${point.description}</title></circle
    >${name}</g
  >`;
}

/** What labels must not cover: the whiskers and the limits' own labels. */
function obstaclesOf(chart: TradeOffChart, frame: Frame): Box[] {
  return [...limitLabels(chart, frame).map(limitLabelBox), ...whiskerBoxes(chart, frame)];
}

function whiskerBoxes(chart: TradeOffChart, { x, y }: Frame): Box[] {
  return chart.points.flatMap((point) => {
    const [cx, cy] = [x.at(point.x), y.at(point.quality.value)];
    const { low, high, value } = point.quality;
    const vertical = {
      left: cx - 6,
      right: cx + 6,
      top: y.at(high ?? value) - 1,
      bottom: y.at(low ?? value) + 1,
    };
    const reach = { left: cx, right: x.at(point.xHigh ?? point.x), top: cy - 3, bottom: cy + 3 };
    return [vertical, reach];
  });
}

function percentTick(tick: number, ticks: readonly number[]): string {
  const step = ticks.length > 1 ? ticks[1]! - ticks[0]! : 1;
  return `${(tick * 100).toFixed(step < 0.0099 ? 1 : 0)} %`;
}
