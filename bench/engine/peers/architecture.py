"""The benchmarked networks in PyTorch; parameter names and values are those of the exchange file (weights.py)."""

import math

import torch
import torch.nn.functional as F
from torch import nn

NORM_EPSILON = 1e-5
IGNORED = -1


class Attention(nn.Module):
    """Multi-head self-attention; `fused` does query, key and value in one product, `explicit` spells the softmax out."""

    def __init__(self, width, heads, causal, fused, explicit):
        super().__init__()
        self.heads, self.causal, self.fused, self.explicit = heads, causal, fused, explicit
        if fused:
            self.query_key_value = nn.Linear(width, 3 * width)
        else:
            self.query, self.key, self.value = (nn.Linear(width, width) for _ in range(3))
        self.output = nn.Linear(width, width)

    def forward(self, x, mask):
        query, key, value = self.projections(x)
        mixed = self.spelled_out(query, key, value, mask) if self.explicit else self.at_once(query, key, value, mask)
        return self.output(mixed.transpose(1, 2).reshape(x.shape))

    def projections(self, x):
        parts = self.query_key_value(x).chunk(3, -1) if self.fused else (self.query(x), self.key(x), self.value(x))
        batch, length, width = x.shape
        return (part.view(batch, length, self.heads, width // self.heads).transpose(1, 2) for part in parts)

    def at_once(self, query, key, value, mask):
        return F.scaled_dot_product_attention(query, key, value, attn_mask=mask, is_causal=self.causal)

    def spelled_out(self, query, key, value, mask):
        scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])
        if self.causal:
            length = query.shape[-2]
            mask = torch.ones(length, length, dtype=torch.bool).tril()
        return scores.masked_fill(~mask, -math.inf).softmax(-1) @ value


class FeedForward(nn.Module):
    def __init__(self, width, inner, gelu):
        super().__init__()
        self.approximate = {"tanh": "tanh", "erf": "none"}[gelu]
        self.up, self.down = nn.Linear(width, inner), nn.Linear(inner, width)

    def forward(self, x):
        return self.down(F.gelu(self.up(x), approximate=self.approximate))


class Layer(nn.Module):
    def __init__(self, width, inner, gelu, **attention):
        super().__init__()
        self.attention_norm = nn.LayerNorm(width, NORM_EPSILON)
        self.attention = Attention(width, **attention)
        self.feed_forward_norm = nn.LayerNorm(width, NORM_EPSILON)
        self.feed_forward = FeedForward(width, inner, gelu)

    def forward(self, x, mask):
        x = x + self.attention(self.attention_norm(x), mask)
        return x + self.feed_forward(self.feed_forward_norm(x))


class Transformer(nn.Module):
    """Token and position embeddings, pre-norm layers, a last norm."""

    def __init__(self, architecture, causal, fused, explicit):
        super().__init__()
        width = architecture["width"]
        self.token_embedding = nn.Parameter(torch.empty(architecture["vocabulary"], width))
        self.position_embedding = nn.Parameter(torch.empty(architecture["positions"], width))
        self.layers = nn.ModuleList(
            Layer(
                width,
                architecture["inner"],
                architecture["gelu"],
                heads=architecture["heads"],
                causal=causal,
                fused=fused,
                explicit=explicit,
            )
            for _ in range(architecture["layers"])
        )
        self.final_norm = nn.LayerNorm(width, NORM_EPSILON)

    def hidden(self, ids, mask=None):
        x = F.embedding(ids, self.token_embedding) + self.position_embedding[: ids.shape[1]]
        for layer in self.layers:
            x = layer(x, mask)
        return self.final_norm(x)


class Gpt(Transformer):
    """Next-token predictor whose last product is with the token embedding; answers the mean loss of trained tokens."""

    def __init__(self, architecture, fused=False, explicit=False):
        super().__init__(architecture, True, fused, explicit)

    def forward(self, ids, labels):
        logits = self.hidden(ids) @ self.token_embedding.T
        return F.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=IGNORED)


class Encoder(Transformer):
    """Classifier over the mean of a text's last hidden states; padding is neither attended to nor averaged."""

    def __init__(self, architecture, fused=False, explicit=False):
        super().__init__(architecture, False, fused, explicit)
        self.smoothing = architecture["labelSmoothing"]
        self.head = nn.Linear(architecture["width"], architecture["classes"])

    def forward(self, ids, labels, lengths):
        real = torch.arange(ids.shape[1]) < lengths[:, None]
        hidden = self.hidden(ids, real[:, None, None, :])
        mean = (hidden * real[..., None]).sum(1) / lengths[:, None]
        return F.cross_entropy(self.head(mean), labels, label_smoothing=self.smoothing)


def build(architecture, fused=False, explicit=False):
    kind = {"gpt": Gpt, "encoder": Encoder}[architecture["kind"]]
    return kind(architecture, fused, explicit)
