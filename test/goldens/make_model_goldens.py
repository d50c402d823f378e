"""
Makes gpt.json and encoder.json with PyTorch: python make_model_goldens.py (pip install torch==2.13.0 numpy==2.4.6). The networks are
those of the engine's benchmark, tiny. 64-bit results come from explicit attention and PyTorch's own AdamW, 32-bit losses from the
same batches with everything in 32 bits. Names and layouts of parameters: bench/engine/peers/weights.py; arrays are base64 of
little-endian numbers.
"""

import base64
import json
import math
import pathlib
import sys

import numpy as np
import torch

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "bench/engine/peers"))

import architecture  # noqa: E402
import weights  # noqa: E402

STEPS = 100
WARM_UP_STEPS = 10
PEAK_RATE, LAST_RATE = 1e-2, 1e-3
TEXTS = 4
IGNORED = -1

GPT = {
    "kind": "gpt",
    "vocabulary": 17,
    "positions": 8,
    "width": 16,
    "layers": 2,
    "heads": 2,
    "inner": 32,
    "gelu": "tanh",
}
ENCODER = GPT | {"kind": "encoder", "classes": 5, "labelSmoothing": 0.1}
OPTIMIZER = {"beta1": 0.9, "beta2": 0.95, "epsilon": 1e-8, "weightDecay": 0.1, "clipNorm": 1.0}


def learning_rates():
    """Linear warm-up, then cosine."""
    rates = [PEAK_RATE * (step + 1) / WARM_UP_STEPS for step in range(WARM_UP_STEPS)]
    for step in range(STEPS - WARM_UP_STEPS):
        share = step / (STEPS - WARM_UP_STEPS - 1)
        rates.append(LAST_RATE + (PEAK_RATE - LAST_RATE) * (1 + math.cos(math.pi * share)) / 2)
    return [float(f"{rate:.6g}") for rate in rates]


def gpt_batch(rng):
    """Each token gives the next one by a rule, but for every fifth; some positions are not to be learned."""
    vocabulary, length = GPT["vocabulary"], GPT["positions"]
    tokens = rng.integers(0, vocabulary, (TEXTS, length + 1))
    for position in range(length):
        ruled = rng.random(TEXTS) < 0.8
        tokens[ruled, position + 1] = (3 * tokens[ruled, position] + 1) % vocabulary
    labels = tokens[:, 1:].copy()
    labels[rng.random(labels.shape) < 0.15] = IGNORED
    return {"ids": tokens[:, :-1], "labels": labels}


def encoder_batch(rng):
    """The class is given by how often one token is there; texts have all lengths, the rest is 0."""
    length = ENCODER["positions"]
    ids = rng.integers(1, ENCODER["vocabulary"], (TEXTS, length))
    ids[rng.random(ids.shape) < 0.3] = 3
    lengths = rng.integers(1, length + 1, TEXTS)
    ids[np.arange(length) >= lengths[:, None]] = 0
    labels = np.minimum((ids == 3).sum(1), ENCODER["classes"] - 1)
    return {"ids": ids, "labels": labels, "lengths": lengths}


def initial_weights(shape_of, seed):
    """No bias is 0 and no norm's weight 1, so that a gradient that is not passed on shows."""
    rng = np.random.default_rng(seed)
    tensors = {}
    for name, shape in shape_of.items():
        deviation, mean = (0.15, 0.0) if len(shape) == 2 else (0.1, 1.0 if name.endswith("norm.weight") else 0.0)
        tensors[name] = torch.from_numpy((mean + deviation * rng.standard_normal(shape)).astype("<f4"))
    return tensors


def decays(name):
    return name.endswith(".weight") and "norm" not in name


def train(shape, tensors, batches, rates, dtype):
    """Losses and gradient norms of all steps, and the gradients of the first."""
    torch.set_default_dtype(dtype)
    network = architecture.build(shape, explicit=dtype == torch.float64)
    weights.load(network, {name: tensor.to(dtype) for name, tensor in tensors.items()})
    named = list(network.named_parameters())
    groups = [
        {"params": [p for name, p in named if decays(name)], "weight_decay": OPTIMIZER["weightDecay"]},
        {"params": [p for name, p in named if not decays(name)], "weight_decay": 0.0},
    ]
    betas = (OPTIMIZER["beta1"], OPTIMIZER["beta2"])
    optimizer = torch.optim.AdamW(groups, betas=betas, eps=OPTIMIZER["epsilon"])
    losses, norms, gradients = [], [], None
    for batch, rate in zip(batches, rates):
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        loss = network(**{name: torch.from_numpy(values) for name, values in batch.items()})
        loss.backward()
        if gradients is None:
            gradients = weights.exchanged((name, parameter.grad.clone()) for name, parameter in named)
        norms.append(torch.nn.utils.clip_grad_norm_(network.parameters(), OPTIMIZER["clipNorm"]).item())
        losses.append(loss.item())
        optimizer.step()
    final = weights.exchanged((name, parameter.detach()) for name, parameter in named)
    return {"losses": losses, "gradientNorms": norms, "gradients": gradients, "final": final}


def parameter_shapes(shape):
    named = architecture.build(shape).named_parameters()
    return {name: tuple(tensor.shape) for name, tensor in weights.exchanged(named).items()}


def encoded(array, type_name):
    array = np.ascontiguousarray(array)
    return {"shape": list(array.shape), "data": base64.b64encode(array.astype(type_name).tobytes()).decode()}


def golden(shape, make_batch, seed):
    rng = np.random.default_rng(seed)
    batches = [make_batch(rng) for _ in range(STEPS)]
    tensors = initial_weights(parameter_shapes(shape), seed)
    rates = learning_rates()
    double = train(shape, tensors, batches, rates, torch.float64)
    single = train(shape, tensors, batches, rates, torch.float32)
    return {
        "architecture": shape,
        "optimizer": OPTIMIZER | {"decayed": [name for name in tensors if decays(name)]},
        "learningRates": rates,
        # int32; all steps in one array, the step first.
        "batches": {name: encoded(np.stack([batch[name] for batch in batches]), "<i4") for name in batches[0]},
        # float32
        "weights": {name: encoded(tensor.numpy(), "<f4") for name, tensor in tensors.items()},
        # float64
        "gradients": {name: encoded(tensor.numpy(), "<f8") for name, tensor in double["gradients"].items()},
        "losses": [float(f"{loss:.12g}") for loss in double["losses"]],
        "gradientNorms": [float(f"{norm:.12g}") for norm in double["gradientNorms"]],
        "losses32": [float(f"{loss:.8g}") for loss in single["losses"]],
        "finalNorm": float(f"{math.sqrt(sum((tensor**2).sum().item() for tensor in double['final'].values())):.12g}"),
    }


if __name__ == "__main__":
    torch.set_num_threads(1)
    for name, content in (("gpt", golden(GPT, gpt_batch, 1)), ("encoder", golden(ENCODER, encoder_batch, 2))):
        (HERE / f"{name}.json").write_text(json.dumps(content, indent=1) + "\n")
