// Ends its process with exit code 3 while a worker computes.
import { tanh, matmul } from '../../src/engine/graph/functions.ts';
import { GraphBuilder } from '../../src/engine/graph/graph-builder.ts';
import { graphOf } from '../../src/engine/graph/graph.ts';
import { ortRuntime } from '../../src/engine/runtime/ort/ort-runtime.ts';

const SIDE = 512;
const PRODUCTS = 200;

const builder = new GraphBuilder();
const square = builder.input('square', { type: 'float32', shape: [SIDE, SIDE] });
let y = square;
for (let count = 0; count < PRODUCTS; count++) y = tanh(matmul(y, square));
const executable = await ortRuntime.open(graphOf({ y }));
const feeds = { square: { shape: [SIDE, SIDE], data: new Float32Array(SIDE * SIDE).fill(0.001) } };
void executable.run(feeds).then(() => console.log('computed'));
setTimeout(() => process.exit(3), 50);
