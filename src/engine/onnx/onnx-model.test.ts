import { describe, expect, it } from 'vitest';
import { encodeOnnxModel } from './onnx-model.ts';
import { ProtobufWriter } from './protobuf-writer.ts';

describe('ProtobufWriter', () => {
  it('writes the examples of the encoding guide', () => {
    expect(Buffer.from(new ProtobufWriter().integer(1, 150).finish()).toString('hex')).toBe('089601');
    expect(Buffer.from(new ProtobufWriter().text(2, 'testing').finish()).toString('hex')).toBe(
      '120774657374696e67',
    );
    const inner = new ProtobufWriter().integer(1, 150);
    expect(Buffer.from(new ProtobufWriter().message(3, inner).finish()).toString('hex')).toBe('1a03089601');
  });

  it('writes numbers beyond 32 bits', () => {
    expect(Buffer.from(new ProtobufWriter().integer(1, 2 ** 40).finish()).toString('hex')).toBe(
      '08808080808020',
    );
  });
});

describe('encodeOnnxModel', () => {
  // The bytes were checked with onnx.checker; test/python/check-bag.ts runs a real graph.
  it('gives the bytes that are written down here', () => {
    const bytes = encodeOnnxModel({
      name: 'g',
      description: 'd',
      inputs: [{ name: 'x', type: 'float32', shape: ['n', 2] }],
      outputs: [{ name: 'y', type: 'float32', shape: ['n', 2] }],
      constants: [
        { name: 'w', type: 'float32', shape: [2], data: { file: 'w.bin', offset: 64, length: 8 } },
        { name: 'v', type: 'int64', shape: [], data: new Uint8Array(8) },
      ],
      nodes: [{ operator: 'Mul', inputs: ['x', 'w'], outputs: ['y'] }],
    });
    expect(Buffer.from(bytes).toString('hex')).toMatchInlineSnapshot(
      `"08081209686f6d6567726f776e3a8f010a110a01780a01771201791a017922034d756c1201672a37080210014201776a110a086c6f636174696f6e1205772e62696e6a0c0a066f6666736574120236346a0b0a066c656e67746812013870012a0f10074201764a0800000000000000005201645a140a0178120f0a0d080112090a0312016e0a02080262140a0179120f0a0d080112090a0312016e0a02080242040a001012"`,
    );
  });
});
