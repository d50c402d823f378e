import type { RacedEntry } from './race.ts';
import { quartilesOf, type Quartiles } from './quartiles.ts';

/** An entry against one peer. */
export interface AgainstPeer {
  readonly peer: string;
  /** Of the seconds of each timed step, pair by pair. */
  readonly stepRatios: Quartiles;
  /** Of the seconds of all timed steps together. */
  readonly totalRatio: number;
  readonly peakMemoryRatio: number;
  /** The same without what each process takes before it does anything. */
  readonly netMemoryRatio: number;
}

/** The figures of one entry. */
export interface ComparedEntry {
  readonly name: string;
  readonly parameters: number;
  readonly stepMs: Quartiles;
  readonly processorMs: Quartiles;
  /** Mean share of the machine's processors that other programs used during the timed steps. */
  readonly othersShare: number;
  readonly initSeconds: number;
  /** Seconds that the warm-up steps took beyond as many ordinary ones: compilation and first allocations. */
  readonly firstStepsSeconds: number;
  readonly peakMegabytes: number;
  readonly netMegabytes: number;
  readonly losses: { readonly first: number; readonly last: number };
  /** Largest differences to the first peer over all steps, the gradient norm's relative. */
  readonly lossDifference: number;
  readonly gradientNormDifference: number;
  readonly against: readonly AgainstPeer[];
}

/** Compares every entry with every peer but itself. */
export function compare(raced: readonly RacedEntry[], warmUpPerShape: number): ComparedEntry[] {
  const peers = raced.filter(({ entry }) => entry.peer);
  return raced.map((one) => compareOne(one, peers, warmUpPerShape));
}

function compareOne(one: RacedEntry, peers: readonly RacedEntry[], warmUpPerShape: number): ComparedEntry {
  const steps = [...one.warmUp, ...one.timed];
  const reference = [...peers[0]!.warmUp, ...peers[0]!.timed];
  return {
    name: one.entry.name,
    parameters: one.parameters,
    stepMs: quartilesOf(one.timed.map(({ seconds }) => seconds * 1000)),
    processorMs: quartilesOf(one.timed.map(({ processorSeconds }) => processorSeconds * 1000)),
    othersShare: one.timed.reduce((sum, step) => sum + step.othersShare, 0) / one.timed.length,
    initSeconds: one.initSeconds,
    firstStepsSeconds: firstStepsSeconds(one, warmUpPerShape),
    peakMegabytes: one.memory.peakBytes / 1e6,
    netMegabytes: netBytes(one) / 1e6,
    losses: { first: steps[0]!.loss, last: steps.at(-1)!.loss },
    lossDifference: largest(steps.map(({ loss }, index) => Math.abs(loss - reference[index]!.loss))),
    gradientNormDifference: largest(
      steps.map(({ gradientNorm }, i) => Math.abs(gradientNorm / reference[i]!.gradientNorm - 1)),
    ),
    against: peers.filter((peer) => peer !== one).map((peer) => againstPeer(one, peer)),
  };
}

function againstPeer(one: RacedEntry, peer: RacedEntry): AgainstPeer {
  return {
    peer: peer.entry.name,
    stepRatios: quartilesOf(one.timed.map(({ seconds }, index) => seconds / peer.timed[index]!.seconds)),
    totalRatio: totalSeconds(one) / totalSeconds(peer),
    peakMemoryRatio: one.memory.peakBytes / peer.memory.peakBytes,
    netMemoryRatio: netBytes(one) / netBytes(peer),
  };
}

/** Warm-up batches of one shape follow each other; the last of each shape is taken as an ordinary step. */
function firstStepsSeconds({ warmUp }: RacedEntry, perShape: number): number {
  return warmUp.reduce((sum, { seconds }, index) => {
    const ordinary = warmUp[index - (index % perShape) + perShape - 1]!;
    return sum + seconds - ordinary.seconds;
  }, 0);
}

function netBytes({ memory }: RacedEntry): number {
  return memory.peakBytes - memory.startBytes;
}

function totalSeconds({ timed }: RacedEntry): number {
  return timed.reduce((sum, { seconds }) => sum + seconds, 0);
}

/** Not a number when one of them is not. */
function largest(values: readonly number[]): number {
  return Math.max(...values);
}
