import { tensorOf, writeSafetensors, type Tensor } from '../../src/model/safetensors.ts';
import { seededRandom, type Random } from '../../src/util/random.ts';
import { parameterShapes, sizeOf, type Architecture } from './architecture.ts';

const DEVIATION = 0.02;

/** Writes the weights every contestant starts from, as GPT-2 starts: matrices normal with deviation .02, biases 0, norms 1. */
export async function writeInitialWeights(path: string, architecture: Architecture): Promise<void> {
  const random = seededRandom(1);
  const tensors: Record<string, Tensor> = {};
  for (const [name, shape] of Object.entries(parameterShapes(architecture))) {
    tensors[name] = tensorOf('F32', shape, initialValues(name, shape, random));
  }
  await writeSafetensors(path, tensors);
}

function initialValues(name: string, shape: readonly number[], random: Random): Float32Array {
  const values = new Float32Array(sizeOf(shape));
  if (shape.length === 2) return values.map(() => DEVIATION * normal(random));
  return values.fill(name.endsWith('.weight') ? 1 : 0);
}

/** Box-Muller; 1 - next() is never 0. */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}
