import { availableParallelism, cpus } from 'node:os';

/** Looks at how busy all processors of the machine are. */
export interface MachineUse {
  readonly busySeconds: number;
  readonly atSeconds: number;
}

/** Processor seconds that the machine has worked so far, to hundredths. */
export function machineUse(): MachineUse {
  const busyMs = cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
  return { busySeconds: busyMs / 1000, atSeconds: performance.now() / 1000 };
}

/** Share of the processors that others used in between, beside a program's own processor seconds. */
export function othersShare(before: MachineUse, after: MachineUse, ownSeconds: number): number {
  const available = (after.atSeconds - before.atSeconds) * availableParallelism();
  return Math.max(0, (after.busySeconds - before.busySeconds - ownSeconds) / available);
}
