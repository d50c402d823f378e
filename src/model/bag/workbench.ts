import type { Pause, Workbench as AnyWorkbench } from '../../util/crew.ts';
import { bucketCount, type NgramSettings } from './bag-settings.ts';
import { BatchFeaturiser, countTexts, weighChunk } from './featurise.ts';
import type { FeatureChunk } from './feature-chunk.ts';
import { Kernel } from './kernel.ts';
import type { RowTable } from './row-table.ts';
import { SliceTrainer, type SliceFit, type SliceScore } from './slice-trainer.ts';
import { Stager } from './stage.ts';

/** Where the results of one slice go; every worker writes its own columns. */
export interface WeightTarget {
  bias: Float32Array;
  classes: number;
  weights: { kind: 'float32'; data: Float32Array } | { kind: 'int8'; data: Int8Array; scales: Float32Array };
}

/** What can be asked of a workbench, by name, with one argument: the protocol between the crew and its workers. */
export interface BenchRequests {
  featurise: { request: { settings: NgramSettings; texts: readonly string[] }; response: FeatureChunk };
  countTexts: { request: { settings: NgramSettings; chunks: FeatureChunk[] }; response: Uint32Array };
  weigh: { request: { chunks: FeatureChunk[]; table: RowTable }; response: null };
  open: { request: { chunks: FeatureChunk[] }; response: null };
  fit: { request: SliceFit; response: null };
  score: { request: SliceScore; response: null };
  take: { request: WeightTarget; response: null };
}

/** One worker's share of the work, the same in a thread and in this process. */
export class Workbench implements AnyWorkbench<BenchRequests> {
  readonly #kernel: Kernel;
  #featuriser: BatchFeaturiser | undefined;
  #trainer: SliceTrainer | undefined;

  constructor(kernel: Kernel = new Kernel()) {
    this.#kernel = kernel;
  }

  featurise({ settings, texts }: BenchRequests['featurise']['request']): FeatureChunk {
    this.#featuriser ??= new BatchFeaturiser(settings);
    return this.#featuriser.featurise(texts);
  }

  async countTexts(
    { settings, chunks }: BenchRequests['countTexts']['request'],
    pause: Pause,
  ): Promise<Uint32Array> {
    this.#featuriser?.close();
    this.#featuriser = undefined;
    const counts = new Uint32Array(new SharedArrayBuffer(4 * bucketCount(settings)));
    for (const chunk of chunks) {
      countTexts(chunk, counts);
      await pause();
    }
    return counts;
  }

  async weigh({ chunks, table }: BenchRequests['weigh']['request'], pause: Pause): Promise<null> {
    for (const chunk of chunks) {
      weighChunk(chunk, table);
      await pause();
    }
    return null;
  }

  open({ chunks }: BenchRequests['open']['request']): null {
    this.#trainer = new SliceTrainer(this.#kernel, new Stager(chunks));
    return null;
  }

  async fit(fit: SliceFit, pause: Pause): Promise<null> {
    await this.#opened().fit(fit, pause);
    return null;
  }

  async score(request: SliceScore, pause: Pause): Promise<null> {
    await this.#opened().score(request, pause);
    return null;
  }

  take({ weights, bias, classes }: WeightTarget): null {
    if (weights.kind === 'float32') this.#opened().copyWeights(weights.data, bias, classes);
    else this.#opened().quantise(weights.data, weights.scales, bias, classes);
    return null;
  }

  #opened(): SliceTrainer {
    if (this.#trainer === undefined) throw new Error('open comes before fit, score and take');
    return this.#trainer;
  }
}
