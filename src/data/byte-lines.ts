import { open } from 'node:fs/promises';

/** One line of a file as bytes, without its line feed. */
export interface ByteLine {
  /** From 1. */
  readonly number: number;
  /** Byte offset of its first byte in the file. */
  readonly offset: number;
  /** Its bytes, valid until the next batch is asked for; null when it is longer than the limit. */
  readonly bytes: Buffer | null;
  /** False for a last line that no line feed ends. */
  readonly terminated: boolean;
}

const BLOCK_BYTES = 1 << 20;

/** The longest line that is held in memory; a longer one comes as `bytes: null`. */
export const MAX_LINE_BYTES = 64 * 2 ** 20;

/** A file in blocks of at most 1 MiB. */
export async function* readBlocks(
  path: string,
  onBytes?: (bytes: Uint8Array) => void,
): AsyncGenerator<Buffer> {
  const file = await open(path, 'r');
  try {
    for (;;) {
      const block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
      const { bytesRead } = await file.read(block, 0, BLOCK_BYTES, null);
      if (bytesRead === 0) return;
      const bytes = block.subarray(0, bytesRead);
      onBytes?.(bytes);
      yield bytes;
    }
  } finally {
    await file.close();
  }
}

/** Splits blocks into lines at line feeds, a batch per block; memory is bounded by the longest line allowed. */
export async function* splitLines(
  blocks: AsyncIterable<Buffer>,
  maxLineBytes = MAX_LINE_BYTES,
): AsyncGenerator<ByteLine[]> {
  let number = 1;
  let offset = 0;
  let pieces: Buffer[] = [];
  let piecesBytes = 0;
  for await (const block of blocks) {
    const lines: ByteLine[] = [];
    let start = 0;
    for (let end = block.indexOf(10); end !== -1; end = block.indexOf(10, start)) {
      const bytes = joinLine(pieces, piecesBytes, block.subarray(start, end), maxLineBytes);
      lines.push({ number, offset, bytes, terminated: true });
      number += 1;
      offset += piecesBytes + (end - start) + 1;
      if (piecesBytes > 0) [pieces, piecesBytes] = [[], 0];
      start = end + 1;
    }
    const rest = block.subarray(start);
    if (piecesBytes + rest.length <= maxLineBytes) pieces.push(rest);
    else pieces = [];
    piecesBytes += rest.length;
    if (lines.length > 0) yield lines;
  }
  if (piecesBytes > 0) {
    yield [
      {
        number,
        offset,
        bytes: joinLine(pieces, piecesBytes, Buffer.alloc(0), maxLineBytes),
        terminated: false,
      },
    ];
  }
}

function joinLine(pieces: Buffer[], piecesBytes: number, tail: Buffer, maxLineBytes: number): Buffer | null {
  if (piecesBytes + tail.length > maxLineBytes) return null;
  return piecesBytes === 0 ? tail : Buffer.concat([...pieces, tail]);
}
