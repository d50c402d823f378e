"""
Makes operators.json and composites.json with PyTorch in 64 bits: python make_operator_goldens.py (pip install torch==2.13.0 numpy==2.4.6).
Every case has inputs, attributes, outputs, and the gradients of sum(first output * outputGradient). Floats are base64 of little-endian
float64; inputs are multiples of 1/64, so that they are the same numbers in 32 bits. A case's numbers depend on its name and place alone.
"""

import base64
import json
import pathlib
import zlib

import numpy as np
import torch
from composite_goldens import COMPOSITES
from operator_cases import OPERATORS, Ids, Mask

HERE = pathlib.Path(__file__).parent


def numbers(rng, spec):
    """A spec is a shape, a (shape, low, high), values, or ids or conditions as they are."""
    if isinstance(spec, (Ids, Mask)):
        return torch.tensor(spec.values)
    if isinstance(spec, list):
        return torch.tensor(spec, dtype=torch.float64)
    shape, low, high = spec if spec and isinstance(spec[0], tuple) else (spec, -2, 2)
    values = np.asarray(np.round(rng.uniform(low, high, shape) * 64) / 64)
    values[values == 0] = 1 / 64
    return torch.tensor(values, dtype=torch.float64)


def encoded(tensor):
    shape = list(tensor.shape)
    if tensor.dtype == torch.float64:
        data = base64.b64encode(tensor.detach().numpy().astype("<f8").tobytes()).decode()
        return {"type": "float32", "shape": shape, "data": data}
    kind = "bool" if tensor.dtype == torch.bool else "int32"
    return {"type": kind, "shape": shape, "values": tensor.to(torch.int64).flatten().tolist()}


def golden(name, index, case):
    rng = np.random.default_rng([zlib.crc32(name.encode()), index])
    specs = case["inputs"]
    named = isinstance(specs, dict)
    inputs = [numbers(rng, spec) for spec in (specs.values() if named else specs)]
    for tensor in inputs:
        tensor.requires_grad_(tensor.dtype == torch.float64)
    outputs = case["function"](*inputs)
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    dy, gradients = None, [None] * len(inputs)
    if outputs[0].requires_grad:
        dy = torch.tensor(np.round(rng.uniform(-1, 1, tuple(outputs[0].shape)) * 64) / 64)
        trained = [tensor for tensor in inputs if tensor.requires_grad]
        found = iter(torch.autograd.grad(outputs[0], trained, dy, allow_unused=True))
        gradients = [next(found) if tensor.requires_grad else None for tensor in inputs]
    encode = lambda tensor: None if tensor is None else encoded(tensor)
    result = {
        "inputs": [encoded(tensor) for tensor in inputs],
        "attributes": case.get("attributes", {}),
        "outputs": [encoded(output) for output in outputs],
        "outputGradient": encode(dy),
        "gradients": [encode(gradient) for gradient in gradients],
    }
    return {"names": list(specs), **result} if named else result


def write(path, table):
    lines = (
        f'"{name}":[\n' + ",\n".join(json.dumps(golden(name, i, case)) for i, case in enumerate(cases)) + "\n]"
        for name, cases in table.items()
    )
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    torch.set_num_threads(1)
    write(HERE / "operators.json", OPERATORS)
    write(HERE / "composites.json", COMPOSITES)
