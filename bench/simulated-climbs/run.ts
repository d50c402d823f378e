import { simulateClimbs, type Setting } from './simulate.ts';

/**
 * Simulated climbs with known truth: coverage of the 95 % intervals and quality of the choice.
 * `node bench/simulated-climbs/run.ts [climbs per size] [accuracy | macro-f1] [training deviation] [size…]`
 */
const climbs = Number(process.argv[2] ?? 500);
const metric = process.argv[3] === 'macro-f1' ? 'macro-f1' : 'accuracy';
const sizes: Pick<Setting, 'size' | 'protocol'>[] = [
  { size: 60, protocol: 'cross-validation' },
  { size: 200, protocol: 'cross-validation' },
  { size: 1000, protocol: 'cross-validation' },
  { size: 5000, protocol: 'held-out' },
  { size: 20_000, protocol: 'held-out' },
];
const trainingDeviation = Number(process.argv[4] ?? 0);
const wanted = process.argv.slice(5).map(Number);
for (const size of sizes) {
  if (wanted.length > 0 && !wanted.includes(size.size)) continue;
  const started = performance.now();
  const tally = simulateClimbs({
    ...size,
    metric,
    climbs,
    tolerance: 0.01,
    seed: 1,
    trainingDeviation,
    resamples: 300,
    calibrationResamples: 300,
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  console.log(
    `\n${size.size} examples, ${size.protocol}, choice by ${metric}, training deviation ${trainingDeviation}, ${climbs} climbs, ${seconds} s`,
  );
  for (const { name, share, trials, meanWidth, meanBias } of tally.rows) {
    console.log(
      `  ${name.padEnd(36)} ${(share * 100).toFixed(1).padStart(5)} %  of ${String(trials).padStart(5)}   mean width ${meanWidth.toFixed(4)}   mean bias ${meanBias.toFixed(4)}`,
    );
  }
}
