import type { CandidateManifest, PredictorKind } from '../../src/schema/candidate-manifest.ts';
import type { DatasetManifest } from '../../src/schema/dataset-manifest.ts';
import type { CandidateReport, Measured, Quality, Report } from '../../src/schema/report.ts';
import { seededRandom, type Random } from '../../src/util/random.ts';
import { makeDataset } from './dataset-fixture.ts';
import { FIXTURE_DEFAULTS, type FixtureOptions } from './fixture-options.ts';
import { simulateQuality } from './simulated-quality.ts';
import { fixtureLabels, HOSTILE_TEXTS } from './fixture-labels.ts';

interface Profile {
  name: string;
  kind: PredictorKind;
  accuracy: number;
  p50Ms: number;
  costPer1kUsd: number;
  bytes: number;
  buildSeconds: number;
}

const PROFILES: readonly Profile[] = [
  {
    name: 'bag',
    kind: 'bag',
    accuracy: 0.779,
    p50Ms: 0.042,
    costPer1kUsd: 0.0000011,
    bytes: 9_410_000,
    buildSeconds: 12.4,
  },
  {
    name: 'prompt',
    kind: 'prompt',
    accuracy: 0.641,
    p50Ms: 612,
    costPer1kUsd: 0.212,
    bytes: 4_100,
    buildSeconds: 41,
  },
  {
    name: 'few-shot',
    kind: 'few-shot',
    accuracy: 0.758,
    p50Ms: 702,
    costPer1kUsd: 0.418,
    bytes: 12_300_000,
    buildSeconds: 93,
  },
  {
    name: 'blend',
    kind: 'blend',
    accuracy: 0.784,
    p50Ms: 0.078,
    costPer1kUsd: 0.0000021,
    bytes: 15_800_000,
    buildSeconds: 3.1,
  },
  {
    name: 'bag/words',
    kind: 'bag',
    accuracy: 0.768,
    p50Ms: 0.018,
    costPer1kUsd: 0.0000005,
    bytes: 3_200_000,
    buildSeconds: 5.2,
  },
  {
    name: 'prompt/main-large',
    kind: 'prompt',
    accuracy: 0.72,
    p50Ms: 1_480,
    costPer1kUsd: 2.9,
    bytes: 4_100,
    buildSeconds: 212,
  },
  {
    name: 'few-shot/main-large',
    kind: 'few-shot',
    accuracy: 0.791,
    p50Ms: 1_720,
    costPer1kUsd: 5.6,
    bytes: 12_300_000,
    buildSeconds: 244,
  },
  {
    name: 'bag/characters',
    kind: 'bag',
    accuracy: 0.771,
    p50Ms: 0.039,
    costPer1kUsd: 0.000001,
    bytes: 8_900_000,
    buildSeconds: 10.9,
  },
];

/** A report that looks like a real one, made from a seed; every schema field is filled. */
export function makeReport(partial: Partial<FixtureOptions> = {}): Report {
  const options = { ...FIXTURE_DEFAULTS, ...partial };
  const random = seededRandom(options.seed);
  const labels = fixtureLabels(options.classes, options.hostile);
  const dataset = makeDataset(options, labels, random);
  const candidates = PROFILES.slice(0, options.candidates).map((profile) =>
    makeCandidate({ profile, options, labels, dataset, random }),
  );
  compareAll(candidates);
  return assemble({ options, labels, dataset, candidates, random });
}

function assemble(parts: {
  options: FixtureOptions;
  labels: string[];
  dataset: DatasetManifest;
  candidates: CandidateReport[];
  random: Random;
}): Report {
  const { options, labels, dataset, candidates, random } = parts;
  const hostile = options.hostile ? ` ${HOSTILE_TEXTS.join(' ')}` : '';
  return {
    format: 1,
    task: 'topic',
    run: '2026-11-23T05-31-07-4be1',
    homegrown: '0.1.0',
    metric: 'accuracy',
    tolerance: 0.01,
    minQuality: 0.75,
    limits: { p95LatencyMs: 20, costPer1kUsd: 0.05 },
    budget: { minutes: 10, usd: options.costs === 'unknown' ? null : 5 },
    dataset,
    protocol: options.crossValidation
      ? { kind: 'cross-validation', folds: 5, repeats: 4 }
      : { kind: 'held-out' },
    labels,
    baseline: makeBaseline({ options, labels, dataset, random }),
    candidates,
    notTried: makeNotTried(options, hostile),
    choice: makeChoice(options, candidates, hostile),
    stopped:
      options.outcome === 'chosen'
        ? {
            reason: 'enough',
            message: `The minimum quality of 75.0% is met and no dearer rung promises more than 1 point.${hostile}`,
          }
        : { reason: 'exhausted', message: 'All rungs that can run here were tried.' },
    measured: {
      startedAt: '2026-11-23T05:31:07.412Z',
      seconds: 71.3,
      usd: options.costs === 'known' ? 0.31 : null,
      cpu: 'AMD EPYC 7B13',
      cores: 2,
      node: '24.21.0',
      peakMemoryBytes: 431_000_000,
      reasons: [],
      registered: options.outcome === 'chosen' && candidates.length > 0 ? { version: 1, live: true } : null,
    },
  };
}

function makeNotTried(options: FixtureOptions, hostile: string): Report['notTried'] {
  const tried = new Set(PROFILES.slice(0, options.candidates).map(({ kind }) => kind));
  const all: Report['notTried'] = [
    {
      rung: 'prompt',
      reason: 'no upstream is configured',
      hint: `Add one under upstreams in homegrown.config.ts.${hostile}`,
      passing: false,
    },
    {
      rung: 'few-shot',
      reason: 'no upstream is configured',
      hint: 'Add one under upstreams in homegrown.config.ts.',
      passing: false,
    },
    {
      rung: 'blend',
      reason: 'needs two candidates that give probabilities; there was one',
      hint: null,
      passing: false,
    },
  ];
  return all.filter(({ rung }) => !tried.has(rung));
}

function makeChoice(
  options: FixtureOptions,
  candidates: readonly CandidateReport[],
  hostile: string,
): Report['choice'] {
  const best = bestOf(candidates);
  const chosen =
    options.outcome === 'chosen' ? (candidates.find(({ name }) => name === 'bag') ?? null) : null;
  const passed = chosen !== null;
  return {
    chosen: chosen?.name ?? null,
    best: best?.name ?? null,
    quality: chosen === null ? null : (chosen.heldOut ?? chosen.validation).accuracy,
    reasons: passed
      ? [
          `It is the cheapest candidate within the limits that is as good as the best one (${best?.name}) to within 1 point.${hostile}`,
        ]
      : ['No candidate reached the minimum quality of 75.0% within the limits.'],
    needed: passed
      ? []
      : [
          'About 1,900 more labelled examples: on the learning curve so far, quality rises 1.4 points with each doubling.',
          'Or lower minQuality to 0.70, if the product can live with that.',
        ],
  };
}

function makeBaseline(parts: {
  options: FixtureOptions;
  labels: readonly string[];
  dataset: DatasetManifest;
  random: Random;
}): Report['baseline'] {
  const { options, labels, dataset, random } = parts;
  const commonest = dataset.classes.toSorted((a, b) => b.train - a.train)[0]!.label;
  const always = labels.indexOf(commonest);
  const quality = (counts: readonly number[]): Quality =>
    simulateQuality({ labels, counts, accuracy: 0, always, probabilities: false, random });
  return {
    label: commonest,
    validation: quality(countsOf(options, dataset, 'validation')),
    heldOut: options.crossValidation ? null : quality(countsOf(options, dataset, 'heldOut')),
  };
}

function makeCandidate(parts: {
  profile: Profile;
  options: FixtureOptions;
  labels: readonly string[];
  dataset: DatasetManifest;
  random: Random;
}): CandidateReport {
  const { profile, options, labels, dataset, random } = parts;
  const accuracy = profile.accuracy - (options.outcome === 'chosen' ? 0 : 0.12);
  const dear = profile.kind === 'prompt' || profile.kind === 'few-shot';
  const share = dear && !options.crossValidation ? Math.min(1, 500 / dataset.splits.heldOut) : 1;
  const quality = (split: 'validation' | 'heldOut'): Quality =>
    simulateQuality({
      labels,
      counts: countsOf(options, dataset, split).map((count) => Math.round(count * share)),
      accuracy: split === 'heldOut' ? accuracy - 0.003 : accuracy,
      unusable: dear ? 0.012 : 0,
      probabilities: !dear,
      random,
    });
  const violations = dear
    ? [`Its p95 latency of ${Math.round(profile.p50Ms * 1.9)} ms is above the limit of 20 ms.`]
    : [];
  return {
    name: options.hostile ? `${profile.name}/<b>${HOSTILE_TEXTS[0]!}</b>` : profile.name,
    rung: profile.kind,
    manifest: makeManifest(profile, labels, dataset),
    validation: quality('validation'),
    heldOut: options.crossValidation ? null : quality('heldOut'),
    comparison: null,
    withinLimits: violations.length === 0,
    limitViolations: violations,
    errors: makeErrors(options, labels, dear, random),
    measured: makeMeasured(profile, options, dear),
  };
}

function makeMeasured(profile: Profile, options: FixtureOptions, dear: boolean): Measured {
  const unknown = options.costs === 'unknown' || (options.costs === 'mixed' && profile.kind === 'few-shot');
  return {
    latency: {
      calls: dear ? 200 : 2000,
      p50Ms: profile.p50Ms,
      p95Ms: profile.p50Ms * 1.9,
      p99Ms: profile.p50Ms * 3.3,
    },
    costPer1kUsd: unknown ? null : profile.costPer1kUsd,
    costBasis: unknown
      ? dear
        ? 'no price is set for upstream main'
        : 'no machine price is set; add machine.usdPerHour to the config'
      : dear
        ? 'tokens used, at the prices of upstream main'
        : 'processor seconds at $0.096 an hour',
    cpuMsPerCall: dear ? null : profile.p50Ms,
    buildSeconds: profile.buildSeconds,
    buildUsd: dear && !unknown ? 0.11 : null,
    modelBytes: profile.bytes,
  };
}

function makeManifest(
  profile: Profile,
  labels: readonly string[],
  dataset: DatasetManifest,
): CandidateManifest {
  return {
    format: 1,
    kind: profile.kind,
    name: profile.name,
    rung: profile.kind,
    task: 'topic',
    labels: [...labels],
    files: {
      'model.safetensors': { sha256: '3f'.repeat(32), bytes: profile.bytes - 2048 },
      'tokenizer.json': { sha256: 'a7'.repeat(32), bytes: 2048 },
    },
    settings: { rows: 262_144, epochs: 5, words: [1, 2], characters: [3, 5] },
    upstreams: profile.kind === 'prompt' || profile.kind === 'few-shot' ? ['main'] : [],
    lineage: {
      dataset: dataset.hash,
      run: '2026-11-23T05-31-07-4be1',
      seed: 1,
      homegrown: '0.1.0',
      trainedOn: dataset.splits.train,
    },
    notes: ['Tuned on validation: 4 settings tried, the best at 5 epochs and 262,144 rows.'],
  };
}

function makeErrors(
  options: FixtureOptions,
  labels: readonly string[],
  dear: boolean,
  random: Random,
): CandidateReport['errors'] {
  const inputs = [
    'the act of pulling something apart, especially when no one had asked for it',
    'a small restaurant where drinks and snacks are sold',
    'make a rattling sound, as of hailstones on a tin roof',
    'the quality of being determined to do or achieve something; firmness of purpose',
    'cause to move back and forth',
    'any of several plants of the genus Helianthus grown for their seeds and oil',
  ];
  const texts = options.hostile ? [...HOSTILE_TEXTS, 'w'.repeat(1_000_000)] : inputs;
  return Array.from({ length: 20 }, (_, index) => ({
    input: texts[index % texts.length]!,
    expected: labels[random.integer(labels.length)]!,
    predicted: dear && index % 7 === 3 ? null : labels[random.integer(labels.length)]!,
    confidence: dear ? null : 0.98 - index * 0.017,
  }));
}

function countsOf(
  options: FixtureOptions,
  dataset: DatasetManifest,
  split: 'validation' | 'heldOut',
): number[] {
  return dataset.classes.map((entry) =>
    options.crossValidation ? entry.train + entry.validation + entry.heldOut : entry[split],
  );
}

function bestOf(candidates: readonly CandidateReport[]): CandidateReport | null {
  return candidates.toSorted((a, b) => b.validation.accuracy.value - a.validation.accuracy.value)[0] ?? null;
}

function compareAll(candidates: CandidateReport[]): void {
  const best = bestOf(candidates);
  for (const candidate of candidates) {
    if (best === null || candidate === best) continue;
    const value = best.validation.accuracy.value - candidate.validation.accuracy.value;
    const half = 0.4 / Math.sqrt(candidate.validation.examples);
    candidate.comparison = {
      against: best.name,
      examples: candidate.validation.examples,
      difference: { value, low: value - half, high: value + half },
      nonInferior: value + half < 0.01,
    };
  }
}
