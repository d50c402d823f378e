/** Writes Protocol Buffers wire format (https://protobuf.dev/programming-guides/encoding): only what ONNX needs. */
export class ProtobufWriter {
  readonly #parts: Uint8Array[] = [];

  /** An integer, enum or boolean. */
  integer(field: number, value: number): this {
    return this.#tag(field, 0).#varint(value);
  }

  /** Integers in one field (`repeated`, packed). */
  integers(field: number, values: readonly number[]): this {
    const packed = new ProtobufWriter();
    for (const value of values) packed.#varint(value);
    return this.message(field, packed);
  }

  float(field: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    return this.#tag(field, 5).#push(bytes);
  }

  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  bytes(field: number, value: Uint8Array): this {
    return this.#tag(field, 2).#varint(value.length).#push(value);
  }

  message(field: number, value: ProtobufWriter): this {
    return this.bytes(field, value.finish());
  }

  finish(): Uint8Array {
    return Buffer.concat(this.#parts);
  }

  #tag(field: number, wireType: number): this {
    return this.#varint(field * 8 + wireType);
  }

  #varint(value: number): this {
    if (value < 0) return this.#negative(value);
    const bytes: number[] = [];
    let rest = value;
    while (rest >= 128) {
      bytes.push((rest % 128) + 128);
      rest = Math.floor(rest / 128);
    }
    bytes.push(rest);
    return this.#push(Uint8Array.from(bytes));
  }

  /** Ten bytes of two's complement. */
  #negative(value: number): this {
    const bytes = new Uint8Array(10).fill(0x80);
    let rest = BigInt.asUintN(64, BigInt(value));
    for (let at = 0; at < 10; at++) {
      bytes[at]! |= Number(rest & 127n);
      rest >>= 7n;
    }
    bytes[9]! &= 0x7f;
    return this.#push(bytes);
  }

  #push(bytes: Uint8Array): this {
    this.#parts.push(bytes);
    return this;
  }
}
