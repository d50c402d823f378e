import { parentPort } from 'node:worker_threads';
import type { FileMetaData } from 'hyparquet';
import { messageOf } from '../errors/homegrown-error.ts';
import { decodeParquetWindow, type ParquetWindow } from './parquet-window.ts';

/** What the worker is asked, and what it answers. */
export interface ParquetRequest {
  id: number;
  window: ParquetWindow;
  metadata: FileMetaData;
}
export type ParquetAnswer = { id: number; rows: Record<string, unknown>[] } | { id: number; failure: string };

async function answer({ id, window, metadata }: ParquetRequest): Promise<ParquetAnswer> {
  try {
    return { id, rows: await decodeParquetWindow(window, metadata) };
  } catch (error) {
    return { id, failure: messageOf(error) };
  }
}

parentPort?.on('message', (request: ParquetRequest) => {
  void answer(request).then((result) => parentPort?.postMessage(result));
});
