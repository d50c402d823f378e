import type { CurationFinding, DatasetManifest } from '../../src/schema/dataset-manifest.ts';
import type { Random } from '../../src/util/random.ts';
import { HOSTILE_TEXTS } from './fixture-labels.ts';
import type { FixtureOptions } from './fixture-options.ts';

/** A data-set manifest with counts, sources and curation findings like a real one's. */
export function makeDataset(
  options: FixtureOptions,
  labels: readonly string[],
  random: Random,
): DatasetManifest {
  const classes = classCounts(options, labels, random);
  const sum = (split: 'train' | 'validation' | 'heldOut'): number =>
    classes.reduce((total, entry) => total + entry[split], 0);
  const splits = { train: sum('train'), validation: sum('validation'), heldOut: sum('heldOut') };
  const examples = splits.train + splits.validation + splits.heldOut;
  return {
    format: 1,
    hash: '3f9a0c71'.repeat(8),
    task: 'topic',
    sources: [
      {
        file: options.hostile ? `data/${HOSTILE_TEXTS[0]!}.jsonl` : 'data/definitions.jsonl',
        format: 'jsonl',
        bytes: 12_480_331,
        sha256: '9c'.repeat(32),
        rows: examples + 3_261,
      },
    ],
    columns: { input: 'input', output: 'output', group: 'group', time: null, weight: null, split: null },
    rowsRead: examples + 3_261,
    examples,
    groups: Math.round(examples * 0.63),
    splits,
    classes,
    inputLength: { median: 52, p95: 131, max: 412 },
    curation: makeCuration(options, labels),
  };
}

function makeCuration(options: FixtureOptions, labels: readonly string[]): CurationFinding[] {
  const samples = options.hostile
    ? HOSTILE_TEXTS.slice(0, 10)
    : ['a unit of weight', 'the act of changing something'];
  return [
    {
      check: 'exact-duplicates',
      count: 2_110,
      removed: 2_110,
      severity: 'note',
      message: '2,110 examples repeat an input with the same output; one of each was kept.',
      samples,
    },
    {
      check: 'conflicting-outputs',
      count: 1_151,
      removed: 1_151,
      severity: 'warning',
      message: '1,151 examples give one input several outputs; the commonest was kept, ties were dropped.',
      samples: [`"${samples[0]!}" → ${labels[0]!} (2), ${labels[1]!} (1)`],
    },
    { check: 'empty-inputs', count: 0, removed: 0, severity: 'ok', message: 'No empty inputs.', samples: [] },
    {
      check: 'near-duplicates',
      count: 841,
      removed: 0,
      severity: 'note',
      message: '841 examples nearly repeat another one (similarity 0.8 or more); all were kept.',
      samples,
    },
    {
      check: 'group-across-splits',
      count: 0,
      removed: 0,
      severity: 'ok',
      message: 'No group is in two splits.',
      samples: [],
    },
    {
      check: 'thin-classes',
      count: 2,
      removed: 0,
      severity: 'warning',
      message: '2 classes have fewer than 30 examples; their figures are rough.',
      samples: labels.slice(-2),
    },
  ];
}

/** Class sizes that fall like real ones (Zipf with exponent 0.8), every class in every split when there is room. */
function classCounts(
  options: FixtureOptions,
  labels: readonly string[],
  random: Random,
): DatasetManifest['classes'] {
  const weights = labels.map((_, index) => (index + 1) ** -0.8 * (0.7 + 0.6 * random.next()));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return labels.map((label, index) => {
    const all = Math.max(3, Math.round((options.examples * weights[index]!) / total));
    const tenth = Math.max(1, Math.round(all / 10));
    return { label, train: all - 2 * tenth, validation: tenth, heldOut: tenth };
  });
}
