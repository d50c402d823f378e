"""Losses and layers that are made of several operators; test/goldens/composites.ts builds the same ones in the engine."""

import torch
import torch.nn.functional as F
from operator_cases import Ids


def binary_cross_entropy(logits, targets):
    return F.binary_cross_entropy_with_logits(logits, targets, reduction="none").mean(-1)


def mean_squared_error(x, targets):
    return F.mse_loss(x, targets, reduction="none").mean(-1)


def cosine_loss(a, b):
    return F.cosine_embedding_loss(a, b, torch.ones(len(a), dtype=a.dtype), reduction="none")


def rotated(x, cosines, sines):
    a, b = x.chunk(2, -1)
    return torch.cat([a * cosines - b * sines, b * cosines + a * sines], -1)


def rotary_attention(x, query, key, value, output, cosines, sines):
    """Causal self-attention of x [batch, time, width] with two heads."""
    batch, time, width = x.shape
    heads = lambda weight: (x @ weight).view(batch, time, 2, width // 2).transpose(1, 2)
    q, k, v = rotated(heads(query), cosines, sines), rotated(heads(key), cosines, sines), heads(value)
    mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
    return mixed.transpose(1, 2).reshape(batch, time, width) @ output


def gated_mlp(x, weight, gate, up, down):
    normal = F.rms_norm(x, (x.shape[-1],), weight, 1e-6)
    return x + (F.silu(normal @ gate) * (normal @ up)) @ down


def tied_embeddings(table, norm_weight, norm_bias, ids, labels):
    """The table gives the first hidden state and the last product; repeated ids, an ignored label."""
    x = F.layer_norm(table[ids.flatten()], (table.shape[-1],), norm_weight, norm_bias)
    return F.cross_entropy(x @ table.T, labels.flatten(), ignore_index=-1, reduction="none")


def dropout(x, weight, mask):
    """The mask is 0 or 1 / (1 - rate)."""
    return (x * mask) @ weight


COMPOSITES = {
    "binaryCrossEntropy": [
        {"inputs": {"logits": (3, 4), "targets": ((3, 4), 0, 1)}, "function": binary_cross_entropy},
        {"inputs": {"logits": [[-60, 60], [60, -60]], "targets": [[0, 1], [0, 1]]}, "function": binary_cross_entropy},
    ],
    "meanSquaredError": [{"inputs": {"x": (3, 4), "targets": (3, 4)}, "function": mean_squared_error}],
    "cosineLoss": [
        {"inputs": {"a": (3, 4), "b": (3, 4)}, "function": cosine_loss},
        {"inputs": {"a": [[1, 2], [-2, -4]], "b": [[2, 4], [1, 2]]}, "function": cosine_loss},
    ],
    "rotaryAttention": [
        {
            "inputs": {
                "x": (2, 3, 8),
                "query": ((8, 8), -0.5, 0.5),
                "key": ((8, 8), -0.5, 0.5),
                "value": ((8, 8), -0.5, 0.5),
                "output": ((8, 8), -0.5, 0.5),
                "cosines": ((3, 2), -1, 1),
                "sines": ((3, 2), -1, 1),
            },
            "function": rotary_attention,
        }
    ],
    "gatedMlp": [
        {"inputs": {"x": (3, 4), "weight": (4,), "gate": (4, 6), "up": (4, 6), "down": (6, 4)}, "function": gated_mlp}
    ],
    "tiedEmbeddings": [
        {
            "inputs": {
                "table": (5, 4),
                "normWeight": (4,),
                "normBias": (4,),
                "ids": Ids([[0, 3, 3], [4, 0, 1]]),
                "labels": Ids([[3, 3, -1], [0, 1, 2]]),
            },
            "function": tied_embeddings,
        }
    ],
    "dropout": [
        {"inputs": {"x": (2, 4), "weight": (4, 3), "mask": [[0, 2, 2, 0], [2, 0, 2, 2]]}, "function": dropout}
    ],
}
