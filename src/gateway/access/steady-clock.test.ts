import { describe, expect, test } from 'vitest';
import { SteppedClock } from '../../../test/support/stepped-clock.ts';
import { SteadyClock } from './steady-clock.ts';

const HOUR = 3_600_000;

describe('SteadyClock', () => {
  test('is the machine’s clock while nobody sets it', () => {
    const machine = new SteppedClock();
    const clock = machine.steady();
    for (let minute = 0; minute < 120; minute++) {
      machine.pass(60_000);
      expect(clock.now()).toBe(machine.wallMs());
    }
    expect(Math.abs(new SteadyClock().now() - Date.now())).toBeLessThan(50);
  });

  test.each([HOUR, 24 * HOUR, -HOUR, -24 * HOUR])(
    'follows a step by %d ms at a tenth of real time',
    (step) => {
      const steps: number[] = [];
      const machine = new SteppedClock();
      const clock = machine.steady((byMs) => steps.push(byMs));
      const before = clock.now();
      machine.step(step);
      expect(clock.now()).toBe(before);
      machine.pass(HOUR);
      expect(clock.now() - before).toBeCloseTo(HOUR * (step > 0 ? 1.1 : 0.9), 3);
      for (let second = 0; second < 260 * 3600; second += 10) {
        machine.pass(10_000);
        clock.now();
      }
      expect(clock.now()).toBeCloseTo(machine.wallMs(), 3);
      expect(steps[0]).toBe(step);
    },
  );

  test('never runs back, and forgets a step that is taken back', () => {
    const machine = new SteppedClock();
    const clock = machine.steady();
    let last = clock.now();
    for (const step of [-5 * HOUR, 3, 5 * HOUR, -3, 1000 * HOUR, -1000 * HOUR]) {
      machine.step(step);
      machine.pass(1000);
      const now = clock.now();
      expect(now).toBeGreaterThan(last);
      expect(now - last).toBeLessThanOrEqual(1100.001);
      last = now;
    }
    machine.pass(HOUR);
    expect(clock.now()).toBeCloseTo(machine.wallMs(), 3);
  });
});
