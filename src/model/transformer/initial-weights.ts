import type { GraphBuilder } from '../../engine/graph/graph-builder.ts';
import type { ParameterSpec } from '../../engine/optim/parameter-memory.ts';
import { elementCount } from '../../engine/graph/tensor-type.ts';
import { type Random, seededRandom } from '../../util/random.ts';

/** A parameter with its group and first values. */
export type InitialParameter = ParameterSpec & { readonly initial: Float32Array };

const EMBEDDING_DEVIATION = 0.02;

/**
 * First values of a transformer's parameters: norms 1 and 0, biases 0, embeddings N(0, .02²), matrices N(0, 1 / inputs), those that end
 * a residual branch smaller by √(2 × layers) (Radford et al. 2019). Matrices but embeddings are decayed.
 */
export function initialParameters(
  builder: GraphBuilder,
  { seed, layers }: { seed: number; layers: number },
): InitialParameter[] {
  const random = seededRandom(seed);
  return [...builder.parameters].map(([name, value]) => {
    const shape = value.shape.map(Number);
    const decayed = shape.length === 2 && !name.endsWith('embedding');
    return {
      name,
      shape,
      decayed,
      learningRateScale: 1,
      initial: firstValues(name, shape, { random, layers }),
    };
  });
}

function firstValues(
  name: string,
  shape: readonly number[],
  { random, layers }: { random: Random; layers: number },
): Float32Array {
  const count = elementCount(shape);
  if (name.endsWith('bias')) return new Float32Array(count);
  if (shape.length === 1) return new Float32Array(count).fill(1);
  if (name.endsWith('embedding')) return normal(count, EMBEDDING_DEVIATION, random);
  const branchEnd = name.endsWith('attention.output.weight') || name.endsWith('down.weight');
  return normal(count, 1 / Math.sqrt(shape[0]! * (branchEnd ? 2 * layers : 1)), random);
}

/** Box-Muller. */
function normal(count: number, deviation: number, random: Random): Float32Array {
  const values = new Float32Array(count);
  for (let at = 0; at < count; at += 2) {
    const radius = deviation * Math.sqrt(-2 * Math.log(1 - random.next()));
    const angle = 2 * Math.PI * random.next();
    values[at] = radius * Math.cos(angle);
    if (at + 1 < count) values[at + 1] = radius * Math.sin(angle);
  }
  return values;
}
