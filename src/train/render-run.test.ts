import { expect, test } from 'vitest';
import type { RunEvent } from '../schema/run-event.ts';
import { displayWidth } from '../util/terminal-layout.ts';
import { renderRun } from './render-run.ts';

const at = '2026-01-01T00:00:00.000Z';
const START: RunEvent = {
  type: 'run-start',
  specHash: 's',
  codeVersion: 'c',
  homegrown: '0.1.0',
  threads: 2,
  steps: 400,
  metric: 'accuracy',
  measured: { at, cpu: 'one', cores: 2, memoryBytes: 1e9, node: '24.0.0', platform: 'linux x64' },
};

/** A loss that falls and trembles, evaluated every 40 steps. */
function eventsUpTo(steps: number): RunEvent[] {
  const events: RunEvent[] = [START];
  for (let step = 1; step <= steps; step++) {
    const loss = 0.4 + 2 * Math.exp(-step / 60) + 0.05 * Math.sin(step * 1.7);
    const measured = { seconds: 0.05 };
    events.push({
      type: 'step-end',
      step,
      loss,
      gradientNorm: 1,
      learningRate: 0.001,
      tokens: 640,
      measured,
    });
    if (step % 40 === 0)
      events.push({
        type: 'evaluation-end',
        step,
        loss: loss + 0.1,
        quality: step === 160 ? 0.9 : 0.8,
        best: step === 40 || step === 160,
        measured: { seconds: 0.4 },
      });
  }
  return events;
}

const options = { name: 'topic-encoder', width: 72, characters: 'braille', isRunning: true } as const;

test('a run under way', () => {
  expect(renderRun(eventsUpTo(250), options)).toMatchInlineSnapshot(`
    "Run topic-encoder: training now

    Steps          250 of 400 (62.5 %), about 8.9 s left
    Loss           0.435 (mean of the last 20 steps)
    Learning rate  0.001
    Speed          12,800 tokens/s, 1,200 steps/min
    Best           accuracy 90.0 % (loss 0.687) after step 160; 2
                   evaluations since

     loss
    2.331 ┤⠑⡄
          │ ⠈⢆
          │   ⠑⢄
          │    ⠈⠒⣄
          │       ⠑⠤⣀
          │          ⠑⠢⢄⡀
          │             ⠈⠉⠒⠢⠤⣀⣀
    0.427 ┤                    ⠉⠉⠉⠑⠒⠒⠢⠒⠤⠤⠤⠤⠤⠤⢄⣀⣀⣀⣀⣀⡀
          └─────────────────────────────────────────────────────────────────
           1                                                             400

    The last 5 of 6 evaluations
      after step   loss  accuracy
              80  0.988    80.0 %
             120  0.781    80.0 %
             160  0.687    90.0 %  best
             200  0.604    80.0 %
             240  0.517    80.0 %
    "
  `);
});

test('in ASCII, interrupted', () => {
  const interrupted: RunEvent = { type: 'run-interrupted', step: 100, measured: { at } };
  const text = renderRun([...eventsUpTo(100), interrupted], {
    ...options,
    width: 60,
    characters: 'ascii',
    isRunning: false,
  });
  expect(text).toMatchInlineSnapshot(`
    "Run topic-encoder: interrupted; it can go on

    Steps          100 of 400 (25.0 %), about 17 s left
    Loss           0.844 (mean of the last 20 steps)
    Learning rate  0.001
    Speed          12,800 tokens/s, 1,200 steps/min
    Best           accuracy 80.0 % (loss 1.482) after step 40; 1
                   evaluation since

     loss
    2.271 |*
          | *
          |  *
          |   *
          |    **
          |      **
          |        ***
    0.803 |           **
          +-----------------------------------------------------
           1                                                 400

    Evaluations
      after step   loss  accuracy
              40  1.482    80.0 %  best
              80  0.988    80.0 %
    "
  `);
  // oxlint-disable-next-line no-control-regex
  expect(text).toMatch(/^[\u0000-\u007f]*$/);
});

test('at its beginning, at its end and after a failure', () => {
  expect(renderRun([], options)).toMatchInlineSnapshot(`
    "Run topic-encoder: training now

    Steps          0
    Loss           unknown
    Learning rate  unknown
    Speed          unknown
    "
  `);
  const end: RunEvent = {
    type: 'run-end',
    step: 120,
    reason: 'early-stop',
    best: { step: 40, loss: 1, quality: 0.8 },
    measured: { at },
  };
  expect(renderRun([...eventsUpTo(120), end], options)).toContain('120 of 400 (30.0 %), stopped early');
  const failed: RunEvent = {
    type: 'run-failed',
    step: 9,
    code: 'train/diverged',
    message: 'it \u001B[2J went up',
    measured: { at },
  };
  const text = renderRun([...eventsUpTo(9), failed], { ...options, isRunning: false });
  expect(text).toContain('Run topic-encoder: failed');
  expect(text).toContain('it ␛[2J went up');
});

test.each([20, 40, 80, 300])('keeps to %d columns, 40 to 100', (width) => {
  const lines = renderRun(eventsUpTo(400), { ...options, width }).split('\n');
  const widest = Math.max(...lines.map(displayWidth));
  expect(widest).toBeLessThanOrEqual(Math.max(40, Math.min(100, width)));
});
