"""
Exchange of weights by .safetensors file: parameter names as in architecture.py without fusion, 32-bit floats, weights of linear
layers stored [in, out] (PyTorch holds them [out, in]).
"""

import json
import struct

import numpy as np
import torch

FUSED, PARTS = "query_key_value", ("query", "key", "value")


def read_safetensors(path):
    with open(path, "rb") as file:
        data = file.read()
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        if entry["dtype"] != "F32":
            raise ValueError(f"{path}: {name} is {entry['dtype']}, not F32")
        start, end = (8 + length + offset for offset in entry["data_offsets"])
        values = np.frombuffer(data[start:end], "<f4").reshape(entry["shape"])
        tensors[name] = torch.from_numpy(values.copy())
    return tensors


def write_safetensors(path, tensors):
    header, blobs, end = {}, [], 0
    for name, tensor in tensors.items():
        blob = tensor.detach().contiguous().numpy().astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [end, end + len(blob)]}
        blobs.append(blob)
        end += len(blob)
    head = json.dumps(header).encode()
    head += b" " * (-len(head) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(head)) + head + b"".join(blobs))


def exchange_names(name):
    """The names in the exchange file that one parameter of the network stands for."""
    return [name.replace(FUSED, part) for part in PARTS] if FUSED in name else [name]


def is_linear_weight(name):
    return name.endswith(".weight") and "norm" not in name


def load(network, tensors):
    """Copies all tensors of an exchange file into the network; none may be missing, left over or of another shape."""
    left = set(tensors)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            names = exchange_names(name)
            parts = [tensors[part].T if is_linear_weight(part) else tensors[part] for part in names]
            value = torch.cat(parts) if len(parts) > 1 else parts[0]
            if value.shape != parameter.shape:
                raise ValueError(f"{name} has shape {list(parameter.shape)}, the file {list(value.shape)}")
            parameter.copy_(value)
            left -= set(names)
    if left:
        raise ValueError(f"not parameters of this network: {sorted(left)}")


def exchanged(named):
    """Parameters or gradients by name, as they stand in the exchange file."""
    tensors = {}
    for name, value in named:
        names = exchange_names(name)
        for part, tensor in zip(names, value.chunk(len(names))):
            tensors[part] = tensor.T if is_linear_weight(part) else tensor
    return tensors
