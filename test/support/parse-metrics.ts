/** One sample of a metric. */
export interface ParsedSample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

export interface ParsedFamily {
  type: string;
  help: string;
  samples: ParsedSample[];
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"/;

/**
 * Reads Prometheus' text format 0.0.4 as strictly as its description is written: every sample follows its family's HELP and TYPE, families and
 * series do not repeat, counters end in `_total`, histograms have growing buckets that end in `+Inf` and agree with their count.
 */
export function parseMetrics(text: string): Map<string, ParsedFamily> {
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const families = new Map<string, ParsedFamily>();
  let current: { name: string; family: ParsedFamily } | null = null;
  let help: { name: string; text: string } | null = null;
  for (const line of text.slice(0, -1).split('\n')) {
    const [hash, kind, name = '', ...rest] = line.split(' ');
    if (hash === '#' && kind === 'HELP') {
      help = { name, text: rest.join(' ') };
      continue;
    }
    if (hash === '#' && kind === 'TYPE') {
      if (help?.name !== name) throw new Error(`no HELP right before: ${line}`);
      if (families.has(name)) throw new Error(`${name} is there twice`);
      if (NAME.exec(name)?.[0] !== name) throw new Error(`no name of a metric: ${name}`);
      current = { name, family: { type: rest[0]!, help: help.text, samples: [] } };
      families.set(name, current.family);
      continue;
    }
    if (current === null) throw new Error(`a sample without a family: ${line}`);
    current.family.samples.push(sampleOf(line, current));
  }
  for (const [name, family] of families) check(name, family);
  return families;
}

function sampleOf(
  line: string,
  { name: family, family: { type } }: { name: string; family: ParsedFamily },
): ParsedSample {
  const name = NAME.exec(line)?.[0] ?? '';
  const suffixes = type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
  if (!suffixes.some((suffix) => name === family + suffix)) throw new Error(`not of ${family}: ${line}`);
  let rest = line.slice(name.length);
  const labels: Record<string, string> = {};
  if (rest.startsWith('{')) {
    rest = rest.slice(1);
    for (;;) {
      const match = LABEL.exec(rest);
      if (match === null) throw new Error(`no label: ${line}`);
      if (Object.hasOwn(labels, match[1]!)) throw new Error(`a label twice: ${line}`);
      labels[match[1]!] = match[2]!.replaceAll(/\\(.)/g, (_, one: string) => (one === 'n' ? '\n' : one));
      rest = rest.slice(match[0].length);
      if (rest.startsWith('}')) break;
      if (!rest.startsWith(',')) throw new Error(`no comma: ${line}`);
      rest = rest.slice(1);
    }
    rest = rest.slice(1);
  }
  if (!/^ (?:[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?|\+Inf|-Inf|NaN)$/.test(rest))
    throw new Error(`no value: ${line}`);
  return { name, labels, value: Number(rest.trim().replace('Inf', 'Infinity')) };
}

function check(name: string, { type, samples }: ParsedFamily): void {
  if (!['counter', 'gauge', 'histogram'].includes(type)) throw new Error(`${name}: no type ${type}`);
  if (type === 'counter' && !name.endsWith('_total')) throw new Error(`${name} is a counter`);
  const keys = samples.map((sample) => `${sample.name} ${seriesName(sample.labels)}`);
  if (new Set(keys).size !== keys.length) throw new Error(`${name} has a series twice`);
  if (type === 'histogram') checkHistogram(name, samples);
}

function seriesName(labels: Record<string, string>): string {
  const names = Object.keys(labels).toSorted((a, b) => (a < b ? -1 : 1));
  return JSON.stringify(names.map((name) => [name, labels[name]]));
}

function checkHistogram(name: string, samples: readonly ParsedSample[]): void {
  const series = Map.groupBy(samples, ({ labels }) => seriesName({ ...labels, le: '' }));
  for (const [labels, parts] of series) {
    const buckets = parts.filter((part) => part.name.endsWith('_bucket'));
    const bounds = buckets.map((bucket) => Number(bucket.labels['le']!.replace('Inf', 'Infinity')));
    const grows = (values: readonly number[]): boolean =>
      values.every((value, i) => i === 0 || value >= values[i - 1]!);
    if (!grows(bounds) || bounds.at(-1) !== Infinity)
      throw new Error(`${name}${labels}: bounds ${bounds.join()}`);
    if (!grows(buckets.map(({ value }) => value))) throw new Error(`${name}${labels}: buckets shrink`);
    const total = parts.find((part) => part.name.endsWith('_count'))?.value;
    if (total !== buckets.at(-1)!.value) throw new Error(`${name}${labels}: count ${total}`);
  }
}

/** The value of one sample; undefined when there is none. */
export function valueOf(
  families: ReadonlyMap<string, ParsedFamily>,
  family: string,
  labels: Record<string, string> = {},
  name: string = family,
): number | undefined {
  return families
    .get(family)
    ?.samples.find(
      (sample) =>
        sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
    )?.value;
}
