const FIRST_BYTES = 4096;
const KEPT_BYTES = 2 ** 20;
const encoder = new TextEncoder();

/** Memory that texts are written into as UTF-8, one after the other; a lone surrogate becomes U+FFFD. */
export class TextBytes {
  bytes: Uint8Array = new Uint8Array(FIRST_BYTES);

  /** Writes a text at the beginning and returns its length in bytes. */
  write(text: string): number {
    const needed = text.length * 3;
    if (needed > this.bytes.length) this.bytes = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    return encoder.encodeInto(text, this.bytes).written;
  }

  /** Forgets memory that an unusually long text needed. */
  shrink(): void {
    if (this.bytes.length > KEPT_BYTES) this.bytes = new Uint8Array(FIRST_BYTES);
  }
}
