import type { IncomingMessage } from 'node:http';

const MAX_BYTES = 64 * 1024 * 1024;
const MAX_MS = 5000;

/** Whether a request announced a body that has not arrived whole. */
export function isBodyPending({ headers, complete, destroyed }: IncomingMessage): boolean {
  const announced = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  return announced && !complete && !destroyed;
}

/** Reads what is left of a body and keeps none of it, until its end, 64 MiB or 5 seconds. */
export function discardBody(incoming: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    let length = 0;
    const stop = (): void => {
      clearTimeout(timer);
      incoming.off('data', onData).off('end', stop).off('error', stop).off('close', stop);
      resolve();
    };
    const onData = (chunk: Buffer): void => {
      length += chunk.length;
      if (length > MAX_BYTES) stop();
    };
    const timer = setTimeout(stop, MAX_MS);
    incoming.on('data', onData).on('end', stop).on('error', stop).on('close', stop);
  });
}
