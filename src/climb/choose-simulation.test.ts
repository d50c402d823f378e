import { describe, expect, it } from 'vitest';
import { simulateClimbs, type Setting } from '../../bench/simulated-climbs/simulate.ts';

/** The small, fast version of bench/simulated-climbs: seeded, so the same counts each time. */
const small = {
  metric: 'accuracy',
  tolerance: 0.01,
  seed: 1,
  trainingDeviation: 0,
  resamples: 60,
  calibrationResamples: 60,
} as const;
const settings: Setting[] = [
  { ...small, size: 60, protocol: 'cross-validation', climbs: 45 },
  { ...small, size: 5000, protocol: 'held-out', climbs: 30 },
];

describe.each(settings)('simulated climbs with $size examples, $protocol', (setting) => {
  const tally = simulateClimbs(setting);

  it.each([
    'accuracy',
    'macro-F1',
    'calibration error, calibrated',
    'paired difference, accuracy',
    'paired difference, macro-f1',
    'chosen: reported quality',
  ])('covers the truth in most climbs: %s', (name) => {
    expect(tally.share(name)).toBeGreaterThanOrEqual(0.91);
  });

  it('covers overconfidence, the hardest, in most', () => {
    expect(tally.share('calibration error, overconfident')).toBeGreaterThanOrEqual(0.87);
  });

  it('has intervals that say something', () => {
    const width = tally.rows.find(({ name }) => name === 'accuracy')!.meanWidth;
    expect(width).toBeLessThan(setting.size === 60 ? 0.3 : 0.1);
  });

  it('chooses well where the candidates are far apart', () => {
    expect(tally.share('choice within tolerance, far')).toBeGreaterThanOrEqual(
      setting.size === 60 ? 0.7 : 0.95,
    );
  });
});
