import { ortRuntime } from './ort/ort-runtime.ts';
import { referenceRuntime } from './reference/reference-runtime.ts';
import { describeRuntime } from './runtime.conformance.ts';

describeRuntime('the reference runtime', referenceRuntime);
describeRuntime('ONNX Runtime', ortRuntime);
