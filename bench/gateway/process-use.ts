import { readdir, readFile, writeFile } from 'node:fs/promises';

/** What a process with all its threads and children used. */
export interface ProcessUse {
  cpuSeconds: number;
  /** Sum of the highest resident sets since the last `forgetPeaks`. */
  peakBytes: number;
  residentBytes: number;
}

// Linux: _SC_CLK_TCK is 100 on every architecture that Node runs on.
const TICKS_PER_SECOND = 100;

/** Of the tree below and with `pid`; null without a process. Threads that ended count. */
export async function processUse(pid: number | undefined): Promise<ProcessUse | null> {
  if (pid === undefined) return null;
  const uses = await Promise.all((await treeOf(pid)).map(useOfOne));
  return {
    cpuSeconds: uses.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
    peakBytes: uses.reduce((sum, { peakBytes }) => sum + peakBytes, 0),
    residentBytes: uses.reduce((sum, { residentBytes }) => sum + residentBytes, 0),
  };
}

/** Starts the highest resident set anew (proc(5), clear_refs). */
export async function forgetPeaks(pid: number | undefined): Promise<void> {
  if (pid === undefined) return;
  await Promise.all(
    (await treeOf(pid)).map((one) => writeFile(`/proc/${one}/clear_refs`, '5').catch(() => undefined)),
  );
}

async function treeOf(pid: number): Promise<number[]> {
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const parents = await Promise.all(
    processes.map(async (one): Promise<[number, number]> => [one, Number((await statOf(one))?.[1] ?? 0)]),
  );
  const tree = [pid];
  for (const member of tree)
    tree.push(...parents.flatMap(([one, parent]) => (parent === member ? [one] : [])));
  return tree;
}

/** The fields after the name: state, parent, … (proc(5)). */
async function statOf(pid: number): Promise<string[] | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  return text === null ? null : text.slice(text.lastIndexOf(')') + 2).split(' ');
}

async function useOfOne(pid: number): Promise<ProcessUse> {
  const fields = await statOf(pid);
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kilobytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(status)?.[1] ?? 0);
  return {
    cpuSeconds: (Number(fields?.[11] ?? 0) + Number(fields?.[12] ?? 0)) / TICKS_PER_SECOND,
    peakBytes: 1024 * kilobytes('VmHWM'),
    residentBytes: 1024 * kilobytes('VmRSS'),
  };
}
