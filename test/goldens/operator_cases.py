"""What PyTorch is asked of each operator of the engine; names and attributes are those of src/engine/graph/operator-attributes.ts."""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F


@dataclass
class Ids:
    values: list


@dataclass
class Mask:
    values: list


def binary(function, second=(-2, 2)):
    shapes = [((3, 4), (3, 4)), ((2, 3, 4), (4,)), ((3, 1), (2, 1, 4)), ((), (2, 3)), ((5,), ())]
    return [{"inputs": [a, (b, *second)], "function": function} for a, b in shapes]


def unary(function, low=-2, high=2, extremes=()):
    cases = [{"inputs": [((3, 5), low, high)], "function": function}, {"inputs": [((), low, high)], "function": function}]
    return cases + ([{"inputs": [list(extremes)], "function": function}] if extremes else [])


def gelu(approximate):
    attributes = {"approximate": approximate}
    function = lambda x: F.gelu(x, approximate=approximate)
    return [{**case, "attributes": attributes} for case in unary(function, -3, 3, [-30, -6, -3.5, -0.015625, 0.5, 4, 7, 30])]


def comparison(a, b):
    return {"inputs": [a, b], "function": torch.ge}


def cast(inputs, to):
    types = {"float32": torch.float64, "int32": torch.int32, "bool": torch.bool}
    return {"inputs": [inputs], "attributes": {"to": to}, "function": lambda x: x.to(types[to])}


def turned(x, transposed):
    return x.transpose(-2, -1) if transposed else x


def matmul(a, b, transpose_a=False, transpose_b=False, scale=1):
    return {
        "inputs": [a, b],
        "attributes": {"transposeA": transpose_a, "transposeB": transpose_b, "scale": scale},
        "function": lambda x, y: scale * (turned(x, transpose_a) @ turned(y, transpose_b)),
    }


def gemm(a, b, c=None, transpose_a=False, transpose_b=False):
    product = lambda x, y: turned(x, transpose_a) @ turned(y, transpose_b)
    return {
        "inputs": [a, b] if c is None else [a, b, c],
        "attributes": {"transposeA": transpose_a, "transposeB": transpose_b},
        "function": product if c is None else lambda x, y, z: product(x, y) + z,
    }


def reduction(function, shape, axes):
    return {
        "inputs": [shape],
        "attributes": {"axes": axes},
        "function": lambda x: function(x, axes, keepdim=True) if axes else x,
    }


def cross_entropy(shape, labels, smoothing=0, ignored=-1):
    def function(logits, targets):
        losses = F.cross_entropy(logits, targets, reduction="none", label_smoothing=smoothing, ignore_index=ignored)
        return losses, logits.log_softmax(-1)

    return {"inputs": [shape, Ids(labels)], "attributes": {"labelSmoothing": smoothing}, "function": function}


def layer_norm(x, width, epsilon=1e-5):
    def function(x, weight, bias):
        mean = x.mean(-1, keepdim=True)
        inverse = (x.var(-1, keepdim=True, unbiased=False) + epsilon).rsqrt()
        return F.layer_norm(x, (width,), weight, bias, epsilon), mean, inverse

    return {"inputs": [x, (width,), (width,)], "attributes": {"epsilon": epsilon}, "function": function}


def rms_norm(x, width, epsilon=1e-6):
    def function(x, weight):
        return F.rms_norm(x, (width,), weight, epsilon), ((x * x).mean(-1, keepdim=True) + epsilon).rsqrt()

    return {"inputs": [x, (width,)], "attributes": {"epsilon": epsilon}, "function": function}


def attention(q, k, v, mask=None, scale=0.5, causal=False):
    def function(q, k, v, added=None):
        scores = q @ k.transpose(-2, -1) * scale
        if added is not None:
            scores = scores + added
        if causal:
            after = torch.ones(q.shape[-2], k.shape[-2], dtype=torch.bool).triu(1)
            scores = scores.masked_fill(after, -math.inf)
        shares = scores.softmax(-1)
        return shares @ v, shares

    inputs = [q, k, v] if mask is None else [q, k, v, mask]
    return {"inputs": inputs, "attributes": {"scale": scale, "causal": causal}, "function": function}


def rotary(x):
    def function(x, cosines, sines):
        a, b = x.chunk(2, -1)
        return torch.cat([a * cosines - b * sines, b * cosines + a * sines], -1)

    angles = ((x[-2], x[-1] // 2), -1, 1)
    return {"inputs": [x, angles, angles], "function": function}


def reshape(x, shape):
    return {"inputs": [x], "attributes": {"shape": shape}, "function": lambda x: x.reshape(shape)}


def transpose(x, permutation):
    return {"inputs": [x], "attributes": {"permutation": permutation}, "function": lambda x: x.permute(permutation)}


def expand(x, shape):
    return {"inputs": [x], "attributes": {"shape": shape}, "function": lambda x: x.broadcast_to(shape)}


def concat(axis, *shapes):
    return {"inputs": list(shapes), "attributes": {"axis": axis}, "function": lambda *parts: torch.cat(parts, axis)}


def cut(x, axis, start, end):
    return {
        "inputs": [x],
        "attributes": {"axis": axis, "start": start, "end": end},
        "function": lambda x: x.narrow(axis, start, end - start),
    }


def pad(x, axis, before, after):
    def function(x):
        amounts = [0, 0] * (x.dim() - 1 - axis) + [before, after]
        return F.pad(x, amounts)

    return {"inputs": [x], "attributes": {"axis": axis, "before": before, "after": after}, "function": function}


def gather(table, ids):
    return {"inputs": [table, Ids(ids)], "function": lambda table, ids: table[ids]}


def scatter_rows(ids, values, rows):
    def function(ids, values):
        zeros = torch.zeros(rows, *values.shape[ids.dim() :], dtype=values.dtype)
        return zeros.index_add(0, ids.flatten(), values.flatten(0, ids.dim() - 1))

    return {"inputs": [Ids(ids), values], "attributes": {"rows": rows}, "function": function}


def pick(x, columns):
    return {"inputs": [x, Ids(columns)], "function": lambda x, columns: x.gather(1, columns[:, None])}


def place(columns, length):
    def function(values, columns):
        return torch.zeros(len(columns), length, dtype=values.dtype).scatter(1, columns[:, None], values)

    return {"inputs": [(len(columns), 1), Ids(columns)], "attributes": {"length": length}, "function": function}


def only_first(case):
    return {**case, "function": lambda *inputs: case["function"](*inputs)[0]}


REDUCTIONS = (((3, 4), [1]), ((2, 3, 4), [0, 2]), ((2, 3), [0, 1]), ((2, 3), []), ((3, 4), [0]), ((2, 3, 4), [0, 1]))
HEADS = (2, 2, 3, 4)
LONG = (1, 1, 131, 2)
MASKED = [[[[0, 0, -1e9]]], [[[0, -1e9, -1e9]]]]

OPERATORS = {
    "add": binary(torch.add),
    "subtract": binary(torch.sub),
    "multiply": binary(torch.mul),
    "divide": binary(torch.div, (0.5, 3)) + binary(torch.div, (-3, -0.5))[:1],
    "negate": unary(torch.neg),
    "exp": unary(torch.exp, extremes=[-80, -20, 10, 20]),
    "log": unary(torch.log, 0.25, 4, extremes=[0.015625, 1, 1000]),
    "squareRoot": unary(torch.sqrt, 0.25, 4, extremes=[0.015625, 1, 1000]),
    "tanh": unary(torch.tanh, extremes=[-40, -9, -0.015625, 5, 40]),
    "erf": unary(torch.erf, extremes=[-7, -5, -2.5, -0.015625, 2.484375, 3, 7]),
    "sigmoid": unary(torch.sigmoid, extremes=[-60, -20, -0.015625, 20, 60]),
    "softplus": unary(F.softplus, extremes=[-60, -15, -0.015625, 15, 60]),
    "relu": unary(torch.relu, extremes=[-1, 0, 1]),
    "absolute": unary(torch.abs, extremes=[-60, -1, 0, 1, 60]),
    "gelu": gelu("none") + gelu("tanh"),
    "silu": unary(F.silu, extremes=[-60, -20, -0.015625, 20, 60]),
    "greaterOrEqual": [comparison((3, 4), (4,)), comparison(Ids([[1, 2, 3]]), Ids([[2], [3]])), comparison([1, 2], [1, 1.5])],
    "where": [
        {"inputs": [Mask([[True, False], [False, True]]), (2, 2), (2, 2)], "function": torch.where},
        {"inputs": [Mask([[True], [False]]), (3, 1, 4), (4,)], "function": torch.where},
        {"inputs": [Mask([True, False]), Ids([3, 4]), Ids([5, 6])], "function": torch.where},
    ],
    "cast": [
        cast((2, 3), "float32"),
        cast([-2.75, -0.5, 0, 1.984375], "int32"),
        cast([-2.75, 0, 1], "bool"),
        cast(Ids([[3, -4]]), "float32"),
        cast(Mask([True, False]), "float32"),
        cast(Mask([True, False]), "int32"),
    ],
    "matmul": [
        matmul((3, 4), (4, 2)),
        matmul((2, 3, 4), (2, 4, 5), scale=0.25),
        matmul((2, 2, 3, 4), (2, 2, 5, 4), transpose_b=True, scale=-1.5),
        matmul((2, 4, 3), (4, 2), transpose_a=True),
        matmul((4, 3), (2, 2, 4), transpose_a=True, transpose_b=True),
        matmul((3, 1, 2, 3), (2, 3, 2)),
        matmul((1, 3), (3, 1)),
    ],
    "gemm": [
        gemm((3, 4), (4, 2)),
        gemm((3, 4), (4, 2), (2,)),
        gemm((4, 3), (4, 2), (3, 2), transpose_a=True),
        gemm((3, 4), (2, 4), (3, 1), transpose_b=True),
        gemm((4, 3), (2, 4), (), transpose_a=True, transpose_b=True),
        gemm((3, 1), (1, 2), (1, 2)),
    ],
    "sum": [reduction(torch.sum, shape, axes) for shape, axes in REDUCTIONS],
    "mean": [reduction(torch.mean, shape, axes) for shape, axes in REDUCTIONS],
    "softmax": [
        {"inputs": [shape], "function": lambda x: x.softmax(-1)} for shape in ((3, 5), (2, 2, 3), (4,), (2, 1), ((2, 4), -40, 40))
    ],
    "crossEntropy": [
        cross_entropy((4, 5), [0, 4, 2, 2]),
        cross_entropy((4, 5), [0, -1, 2, -1]),
        cross_entropy((4, 5), [0, -100, 4, 1], 0.1, -100),
        cross_entropy(((3, 4), -40, 40), [0, 1, 3], 0.25),
        cross_entropy((2, 3), [-1, -1]),
        cross_entropy((1, 2), [1], 0.5),
    ],
    "layerNorm": [layer_norm((3, 4), 4), layer_norm((2, 3, 5), 5, 0.5), layer_norm((4,), 4), layer_norm(((2, 6), -0.01, 0.02), 6)],
    "rmsNorm": [rms_norm((3, 4), 4), rms_norm((2, 3, 5), 5, 0.5), rms_norm((4,), 4)],
    "attention": [
        attention(HEADS, HEADS, HEADS),
        attention(HEADS, HEADS, HEADS, causal=True),
        attention(HEADS, HEADS, HEADS, (2, 1, 1, 3)),
        attention(HEADS, HEADS, HEADS, (3, 3), causal=True),
        attention(HEADS, HEADS, HEADS, MASKED, scale=1),
        attention((1, 2, 3, 4), (1, 2, 5, 4), (1, 2, 5, 2), (2, 3, 5)),
        only_first(attention(LONG, LONG, LONG, causal=True)),
    ],
    "rotary": [rotary((3, 4)), rotary((2, 2, 3, 4)), rotary((2, 1, 2))],
    "reshape": [reshape((2, 6), [3, 4]), reshape((2, 3), [6]), reshape((1,), []), reshape(Ids([[1, 2], [3, 4]]), [4, 1])],
    "transpose": [transpose((2, 3), [1, 0]), transpose((2, 3, 4), [1, 2, 0]), transpose((2, 1, 3, 2), [0, 2, 1, 3])],
    "expand": [expand((3, 1), [3, 4]), expand((), [2, 3]), expand((4,), [2, 1, 4]), expand((2, 1, 3), [2, 2, 3]), expand((2, 3), [2, 3])],
    "concat": [concat(0, (2, 3), (1, 3)), concat(1, (2, 1), (2, 2), (2, 3)), concat(2, (1, 2, 2), (1, 2, 3)), concat(0, (2,))],
    "slice": [cut((4, 3), 0, 1, 3), cut((2, 5), 1, 0, 2), cut((2, 3, 4), 2, 3, 4), cut((3,), 0, 0, 3)],
    "pad": [pad((2, 3), 0, 1, 2), pad((2, 3), 1, 0, 2), pad((2, 2, 2), 1, 3, 0), pad((2,), 0, 0, 0)],
    "gather": [gather((5, 3), [0, 4, 4]), gather((5, 3), [[1, 2], [3, 1]]), gather((4,), [3, 3, 0]), gather((3, 2, 2), [2]), gather((3, 2), 1)],
    "scatterRows": [
        scatter_rows([0, 2, 2], (3, 2), 4),
        scatter_rows([[1, 1], [3, 1]], (2, 2, 3), 5),
        scatter_rows([1, 1, 1], (3,), 2),
        scatter_rows([2], (1, 2, 2), 3),
    ],
    "pick": [pick((3, 4), [0, 3, 3]), pick((1, 1), [0])],
    "place": [place([0, 3, 3], 4), place([0], 1)],
}
