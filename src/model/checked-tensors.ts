import { HomegrownError } from '../errors/homegrown-error.ts';
import { floatsOf, type Tensor } from './safetensors.ts';

/** Far beyond what training gives; sums of such numbers still fit into 32-bit floats. */
const MOST = 1e6;

export const RESTORE_MODEL = 'Copy the model folder again from where it was made, or build it again.';

/** What a weight file must hold under a name. */
export interface TensorShape {
  readonly name: string;
  readonly type: Tensor['type'];
  readonly shape: readonly number[];
}

/** The tensor of that name, type and shape, its floats of a size that training gives. Throws `model/wrong-tensor`, `model/damaged-weights`. */
export function checkedTensor(
  tensors: ReadonlyMap<string, Tensor>,
  { name, type, shape }: TensorShape,
  { where, fits }: { where: string; fits: string },
): Tensor {
  const tensor = tensors.get(name);
  if (tensor === undefined || tensor.type !== type || String(tensor.shape) !== String(shape))
    throw misfit({
      where,
      fits,
      expected: `tensor "${name}" of ${type} [${shape.join(', ')}]`,
      found: tensor === undefined ? 'no such tensor' : `${tensor.type} [${tensor.shape.join(', ')}]`,
    });
  if (type === 'F32') checkMagnitude(name, floatsOf(tensor), where);
  return tensor;
}

function checkMagnitude(name: string, values: Float32Array, where: string): void {
  const index = values.findIndex((value) => !(Math.abs(value) <= MOST));
  if (index < 0) return;
  throw new HomegrownError({
    code: 'model/damaged-weights',
    message: `tensor "${name}" has a number that no training gives`,
    where,
    expected: `numbers from -${MOST} to ${MOST}`,
    found: `${values[index]} at ${index}`,
    hint: RESTORE_MODEL,
  });
}

/** A file of a model folder that contradicts another one, `fits`. */
export function misfit(facts: {
  where: string;
  fits: string;
  expected: string;
  found: string;
}): HomegrownError {
  const { fits, ...rest } = facts;
  return new HomegrownError({
    code: 'model/wrong-tensor',
    message: `this file does not fit ${fits}`,
    hint: 'Copy the whole model folder again; its files belong together.',
    ...rest,
  });
}
