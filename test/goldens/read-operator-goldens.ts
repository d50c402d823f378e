import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { NdArray } from '../../src/engine/graph/nd-array.ts';
import type { ElementType } from '../../src/engine/graph/tensor-type.ts';

const shape = z.array(z.int());
const tensorSchema = z.union([
  z.strictObject({ type: z.literal('float32'), shape, data: z.base64() }).transform(decoded),
  z
    .strictObject({ type: z.enum(['int32', 'bool']), shape, values: z.array(z.int()) })
    .transform(({ values, ...rest }) => ({ ...rest, data: Float64Array.from(values) })),
]);

const caseSchema = z.strictObject({
  /** Of the inputs, where they have any. */
  names: z.array(z.string()).optional(),
  inputs: z.array(tensorSchema),
  attributes: z.record(z.string(), z.unknown()),
  outputs: z.array(tensorSchema),
  /** Of the first output; null where nothing can be differentiated. */
  outputGradient: tensorSchema.nullable(),
  gradients: z.array(tensorSchema.nullable()),
});
const goldensSchema = z.record(z.string(), z.array(caseSchema));

/** Numbers with the element type they have in a graph. */
export interface GoldenTensor extends NdArray {
  readonly type: ElementType;
}

/** Inputs and what PyTorch makes of them (make_operator_goldens.py). */
export type GoldenCase = z.infer<typeof caseSchema>;

/** All cases, by the name of an operator or of what several operators make. */
export function readGoldens(kind: 'operators' | 'composites'): Record<string, GoldenCase[]> {
  return goldensSchema.parse(JSON.parse(readFileSync(new URL(`${kind}.json`, import.meta.url), 'utf8')));
}

function decoded({ data, ...rest }: { type: 'float32'; shape: number[]; data: string }): GoldenTensor {
  return { ...rest, data: new Float64Array(new Uint8Array(Buffer.from(data, 'base64')).buffer) };
}
