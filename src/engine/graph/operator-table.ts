import type { OperatorTable } from './operator.ts';
import { attentionOperator, rotaryOperator } from './operators/attention.ts';
import { addOperator, divideOperator, multiplyOperator, subtractOperator } from './operators/binary.ts';
import { castOperator, greaterOrEqualOperator, whereOperator } from './operators/choice.ts';
import { crossEntropyOperator } from './operators/cross-entropy.ts';
import { gatherOperator, pickOperator, placeOperator, scatterRowsOperator } from './operators/indexing.ts';
import { layerNormOperator, rmsNormOperator } from './operators/normalisations.ts';
import { gemmOperator, matmulOperator } from './operators/products.ts';
import { meanOperator, softmaxOperator, sumOperator } from './operators/reductions.ts';
import {
  concatOperator,
  expandOperator,
  padOperator,
  reshapeOperator,
  sliceOperator,
  transposeOperator,
} from './operators/shapes.ts';
import {
  absoluteOperator,
  erfOperator,
  expOperator,
  geluOperator,
  logOperator,
  negateOperator,
  reluOperator,
  sigmoidOperator,
  siluOperator,
  softplusOperator,
  squareRootOperator,
  tanhOperator,
} from './operators/unary.ts';

/** Every operator: its types, derivative, definition and ONNX form. */
export const OPERATORS: OperatorTable = {
  add: addOperator,
  subtract: subtractOperator,
  multiply: multiplyOperator,
  divide: divideOperator,
  negate: negateOperator,
  exp: expOperator,
  log: logOperator,
  squareRoot: squareRootOperator,
  tanh: tanhOperator,
  erf: erfOperator,
  sigmoid: sigmoidOperator,
  softplus: softplusOperator,
  relu: reluOperator,
  absolute: absoluteOperator,
  gelu: geluOperator,
  silu: siluOperator,
  greaterOrEqual: greaterOrEqualOperator,
  where: whereOperator,
  cast: castOperator,
  matmul: matmulOperator,
  gemm: gemmOperator,
  sum: sumOperator,
  mean: meanOperator,
  softmax: softmaxOperator,
  crossEntropy: crossEntropyOperator,
  layerNorm: layerNormOperator,
  rmsNorm: rmsNormOperator,
  attention: attentionOperator,
  rotary: rotaryOperator,
  reshape: reshapeOperator,
  transpose: transposeOperator,
  expand: expandOperator,
  concat: concatOperator,
  slice: sliceOperator,
  pad: padOperator,
  gather: gatherOperator,
  scatterRows: scatterRowsOperator,
  pick: pickOperator,
  place: placeOperator,
};
