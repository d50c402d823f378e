import { expectCount, expectElements, expectRank, expectShape } from '../expectations.ts';
import { gather, pick, place, scatterRows } from '../functions.ts';
import { ndArray } from '../nd-array.ts';
import type { NoAttributes, OperatorAttributes } from '../operator-attributes.ts';
import { type LoweringContext, type Operator, TypeProblem } from '../operator.ts';
import { formatType, type TensorType } from '../tensor-type.ts';
import { product } from '../dimension.ts';

/** An index must be one of `length`; ONNX Runtime counts negative ones from the end, here they are mistakes. */
function checkedIndex(index: number, length: number): number {
  if (Number.isInteger(index) && index >= 0 && index < length) return index;
  throw new RangeError(`index ${index} is not one of ${length}`);
}

export const gatherOperator: Operator<NoAttributes> = {
  infer(inputs) {
    expectCount(inputs, 2);
    const [table, indices] = inputs as [TensorType, TensorType];
    expectElements('float32', [table]);
    if (table.shape.length === 0) throw new TypeProblem('a table with rows', formatType(table));
    if (indices.type !== 'int32') throw new TypeProblem('int32 indices', formatType(indices));
    return [{ type: 'float32', shape: [...indices.shape, ...table.shape.slice(1)] }];
  },
  gradient({ inputs, dys }) {
    const rows = inputs[0]!.shape[0]!;
    if (typeof rows === 'string')
      throw new TypeProblem('a table with a known number of rows', formatType(inputs[0]!));
    return [scatterRows(inputs[1]!, dys[0]!, rows), null];
  },
  evaluate([table, indices], { shapes: [shape] }) {
    const width = table!.data.length / table!.shape[0]!;
    return [
      ndArray(shape!, (at) => {
        const row = checkedIndex(indices!.data[Math.floor(at / width)]!, table!.shape[0]!);
        return table!.data[row * width + (at % width)]!;
      }),
    ];
  },
  lower: ({ emit, inputs, outputs }) => void emit('Gather', inputs, { outputs, attributes: { axis: 0 } }),
  flops: () => [0],
};

/** Zeros of a shape, made when the graph runs. */
function zeros({ emit, shape, outputTypes }: LoweringContext<unknown>): string {
  return emit('ConstantOfShape', [shape(outputTypes[0]!.shape)]);
}

export const scatterRowsOperator: Operator<OperatorAttributes['scatterRows']> = {
  infer(inputs, { rows }) {
    expectCount(inputs, 2);
    const [indices, values] = inputs as [TensorType, TensorType];
    expectElements('int32', [indices]);
    const rank = indices.shape.length;
    if (String(values.shape.slice(0, rank)) !== String(indices.shape) || values.type !== 'float32')
      throw new TypeProblem(`float32 values for indices ${formatType(indices)}`, formatType(values));
    return [{ type: 'float32', shape: [rows, ...values.shape.slice(rank)] }];
  },
  gradient: ({ inputs, dys }) => [null, gather(dys[0]!, inputs[0]!)],
  evaluate([indices, values], { shapes: [shape] }) {
    const y = ndArray(shape!, () => 0);
    const width = y.data.length / shape![0]!;
    for (const [at, value] of values!.data.entries()) {
      const row = checkedIndex(indices!.data[Math.floor(at / width)]!, shape![0]!);
      y.data[row * width + (at % width)]! += value;
    }
    return [y];
  },
  lower(context) {
    const { emit, inputs, outputs, inputTypes, outputTypes, shape } = context;
    const row = outputTypes[0]!.shape.slice(1);
    const count = product(inputTypes[0]!.shape);
    const values = emit('Reshape', [inputs[1]!, shape([count, ...row])]);
    const column = emit('Reshape', [inputs[0]!, shape([count, ...row.map(() => 1)])]);
    const indices = emit('Expand', [column, shape([count, ...row])]);
    // Not ScatterND: with two threads its sums race on repeated rows.
    emit('ScatterElements', [zeros(context), indices, values], {
      outputs,
      attributes: { axis: 0, reduction: 'add' },
    });
  },
};

export const pickOperator: Operator<NoAttributes> = {
  infer(inputs) {
    expectCount(inputs, 2);
    const [x, columns] = inputs as [TensorType, TensorType];
    expectRank(x, 2, 'rows');
    expectElements('float32', [x]);
    if (columns.type !== 'int32') throw new TypeProblem('int32 columns', formatType(columns));
    expectShape(columns, [x.shape[0]!], 'columns');
    return [{ type: 'float32', shape: [x.shape[0]!, 1] }];
  },
  gradient: ({ inputs, dys }) => [place(dys[0]!, inputs[1]!, inputs[0]!.shape[1]!), null],
  evaluate([x, columns], { shapes: [shape] }) {
    const width = x!.shape[1]!;
    return [ndArray(shape!, (row) => x!.data[row * width + checkedIndex(columns!.data[row]!, width)]!)];
  },
  lower({ emit, inputs, outputs, shape, inputTypes }) {
    const column = emit('Reshape', [inputs[1]!, shape([inputTypes[0]!.shape[0]!, 1])]);
    emit('GatherElements', [inputs[0]!, column], { outputs, attributes: { axis: 1 } });
  },
};

export const placeOperator: Operator<OperatorAttributes['place']> = {
  infer(inputs, { length }) {
    expectCount(inputs, 2);
    const [values, columns] = inputs as [TensorType, TensorType];
    expectElements('float32', [values]);
    if (columns.type !== 'int32') throw new TypeProblem('int32 columns', formatType(columns));
    expectRank(columns, 1, 'columns');
    expectShape(values, [columns.shape[0]!, 1], 'values');
    return [{ type: 'float32', shape: [columns.shape[0]!, length] }];
  },
  gradient: ({ inputs, dys }) => [pick(dys[0]!, inputs[1]!), null],
  evaluate([values, columns], { shapes: [shape] }) {
    const y = ndArray(shape!, () => 0);
    const width = shape![1]!;
    for (const [row, value] of values!.data.entries())
      y.data[row * width + checkedIndex(columns!.data[row]!, width)] = value;
    return [y];
  },
  lower(context) {
    const { emit, inputs, outputs, shape, inputTypes } = context;
    const column = emit('Reshape', [inputs[1]!, shape([inputTypes[1]!.shape[0]!, 1])]);
    emit('ScatterElements', [zeros(context), column, inputs[0]!], { outputs, attributes: { axis: 1 } });
  },
};
