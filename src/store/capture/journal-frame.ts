import { crc32 } from 'node:zlib';
import type { Inference } from '../../schema/inference.ts';

/** "HGF1": where a frame begins, so that reading can go on after a damaged place. */
export const FRAME_MARK = 0x48474631;
/** Mark, length of the payload, CRC-32 of the payload. */
export const FRAME_HEADER_BYTES = 12;
/** A longer payload is damage: bodies are bounded far below. */
const MOST_PAYLOAD_BYTES = 1024 ** 3;
const NO_RESPONSE = 0xffffffff;

/** A call ready to be stored, its parts as JSON text in UTF-8. */
export interface PreparedCall {
  readonly summary: Uint8Array;
  readonly request: Uint8Array;
  readonly response: Uint8Array | null;
}

/** One frame of the journal: mark, length, checksum, then the three parts with their lengths. */
export function encodeFrame({ summary, request, response }: PreparedCall): Buffer {
  const payload = 12 + summary.length + request.length + (response?.length ?? 0);
  const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + payload);
  let at = FRAME_HEADER_BYTES;
  for (const length of [summary.length, request.length, response?.length ?? NO_RESPONSE])
    at = frame.writeUInt32LE(length, at);
  for (const part of [summary, request, response ?? new Uint8Array()]) {
    frame.set(part, at);
    at += part.length;
  }
  frame.writeUInt32BE(FRAME_MARK, 0);
  frame.writeUInt32LE(payload, 4);
  frame.writeUInt32LE(crc32(frame.subarray(FRAME_HEADER_BYTES)), 8);
  return frame;
}

/** Closes a segment: a frame without payload. A segment that does not end with it was being written when its process died. */
export function endFrame(): Buffer {
  const frame = Buffer.alloc(FRAME_HEADER_BYTES);
  frame.writeUInt32BE(FRAME_MARK, 0);
  return frame;
}

/** Bytes of the whole frame that begins at `offset`, as its header says; null when none begins there. */
export function frameBytes(bytes: Buffer, offset: number): number | null {
  if (offset + FRAME_HEADER_BYTES > bytes.length || bytes.readUInt32BE(offset) !== FRAME_MARK) return null;
  const payload = bytes.readUInt32LE(offset + 4);
  return payload > MOST_PAYLOAD_BYTES ? null : FRAME_HEADER_BYTES + payload;
}

/** Whether the whole frame is there and its checksum holds. */
export function isWholeFrame(bytes: Buffer, offset: number): boolean {
  const length = frameBytes(bytes, offset);
  if (length === null || offset + length > bytes.length) return false;
  const payload = bytes.subarray(offset + FRAME_HEADER_BYTES, offset + length);
  return crc32(payload) === bytes.readUInt32LE(offset + 8);
}

/** The inference in a whole frame. */
export function decodeFrame(bytes: Buffer, offset: number): Inference {
  const at = offset + FRAME_HEADER_BYTES;
  const summaryEnd = at + 12 + bytes.readUInt32LE(at);
  const requestEnd = summaryEnd + bytes.readUInt32LE(at + 4);
  const responseBytes = bytes.readUInt32LE(at + 8);
  const summary = JSON.parse(bytes.toString('utf8', at + 12, summaryEnd)) as Omit<
    Inference,
    'request' | 'response'
  >;
  const response =
    responseBytes === NO_RESPONSE ? null : bytes.toString('utf8', requestEnd, requestEnd + responseBytes);
  return { ...summary, request: bytes.toString('utf8', summaryEnd, requestEnd), response };
}
