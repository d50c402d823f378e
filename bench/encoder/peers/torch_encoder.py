"""Trains the classifier of `bench/encoder` with PyTorch, from tokens to validation accuracy.

    python torch_encoder.py TASK.json    prints one line: {"seconds", "accuracy", "loss"}

The network, its first weights' distribution, AdamW, dropout, label smoothing, length buckets, cosine and averaged weights are those of
src/model/transformer and src/rung/encoder. Attention as bench/README.md found it fastest for short texts: spelled out, one product for
query, key and value.
"""

import json
import math
import random
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

PADDING, MASKED = 0, 1
POOL_BATCHES = 40


class Layer(nn.Module):
    def __init__(self, width, heads, inner, dropout):
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.attention_norm, self.feed_forward_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.query_key_value, self.output = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, inner), nn.Linear(inner, width)

    def forward(self, x, mask):
        x = x + self.dropped(self.attention(self.attention_norm(x), mask))
        return x + self.dropped(self.down(F.gelu(self.up(self.feed_forward_norm(x)), approximate="tanh")))

    def attention(self, x, mask):
        texts, tokens, width = x.shape
        shape = (texts, tokens, 3, self.heads, width // self.heads)
        query, key, value = self.query_key_value(x).view(shape).permute(2, 0, 3, 1, 4)
        scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])
        mixed = (scores + mask).softmax(-1) @ value
        return self.output(mixed.transpose(1, 2).reshape(x.shape))

    def dropped(self, x):
        return F.dropout(x, self.dropout, self.training)


class Encoder(nn.Module):
    def __init__(self, shape):
        super().__init__()
        width, self.dropout = shape["width"], shape["dropout"]
        self.token_embedding = nn.Embedding(shape["vocabularySize"], width)
        self.position_embedding = nn.Embedding(shape["contextLength"], width)
        layers = (
            Layer(width, shape["heads"], shape["feedForwardWidth"], self.dropout) for _ in range(shape["layers"])
        )
        self.layers = nn.ModuleList(layers)
        self.final_norm, self.head = nn.LayerNorm(width), nn.Linear(width, shape["classes"])
        self.first_values(shape["layers"])

    def first_values(self, layers):
        for name, parameter in self.named_parameters():
            if name.endswith("bias"):
                nn.init.zeros_(parameter)
            elif "embedding" in name:
                nn.init.normal_(parameter, std=0.02)
            elif parameter.dim() == 2:
                ends_branch = name.endswith(("output.weight", "down.weight"))
                share = 2 * layers if ends_branch else 1
                nn.init.normal_(parameter, std=1 / math.sqrt(parameter.shape[1] * share))

    def forward(self, ids, mask):
        x = self.token_embedding(ids) + self.position_embedding.weight[: ids.shape[1]]
        x = F.dropout(x, self.dropout, self.training)
        added = ((mask - 1) * 1e9)[:, None, None, :]
        for layer in self.layers:
            x = layer(x, added)
        shares = mask / mask.sum(1, keepdim=True)
        pooled = (shares[:, None, :] @ self.final_norm(x))[:, 0]
        return self.head(F.dropout(pooled, self.dropout, self.training))


def padded(texts):
    longest = max(1, *(len(text) for text in texts))
    ids = torch.tensor([text + [PADDING] * (longest - len(text)) for text in texts])
    lengths = torch.tensor([max(1, len(text)) for text in texts])
    return ids, (torch.arange(longest) < lengths[:, None]).float()


def batches_of(texts, batch):
    while True:
        order = list(range(len(texts)))
        random.shuffle(order)
        batches = []
        for start in range(0, len(order), POOL_BATCHES * batch):
            pool = sorted(order[start : start + POOL_BATCHES * batch], key=lambda index: len(texts[index]))
            batches += [pool[at : at + batch] for at in range(0, len(pool), batch)]
        random.shuffle(batches)
        yield from batches


def learning_rate(task, step):
    steps, peak = task["steps"], task["peakLearningRate"]
    warm_up = round(0.06 * steps)
    if step < warm_up:
        return peak * (step + 1) / warm_up
    done = (step - warm_up) / max(1, steps - warm_up)
    return peak * (0.02 + 0.98 * (1 + math.cos(math.pi * done)) / 2)


def optimizer_of(network, weight_decay):
    decayed = [p for name, p in network.named_parameters() if p.dim() == 2 and "embedding" not in name]
    others = [p for name, p in network.named_parameters() if p.dim() != 2 or "embedding" in name]
    groups = [{"params": decayed, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, betas=(0.9, 0.98), eps=1e-8, fused=True)


def train(task):
    texts, targets = task["train"]["tokens"], torch.tensor(task["train"]["targets"])
    network = Encoder(task["architecture"])
    average = [parameter.detach().clone() for parameter in network.parameters()]
    optimizer = optimizer_of(network, task["weightDecay"])
    batches = batches_of(texts, task["batch"])
    for step in range(task["steps"]):
        batch = next(batches)
        ids, mask = padded([texts[index] for index in batch])
        ids = torch.where(torch.rand(ids.shape) < task["hiddenShare"], MASKED, ids)
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(task, step)
        optimizer.zero_grad(set_to_none=True)
        loss = F.cross_entropy(network(ids, mask), targets[batch], label_smoothing=task["labelSmoothing"])
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0, foreach=True)
        optimizer.step()
        torch._foreach_lerp_(average, list(network.parameters()), 1 - task["averageDecay"])
    with torch.no_grad():
        for parameter, mean in zip(network.parameters(), average):
            parameter.copy_(mean)
    return network, loss.item()


@torch.inference_mode()
def accuracy(network, judged):
    network.eval()
    order = sorted(range(len(judged["tokens"])), key=lambda index: len(judged["tokens"][index]))
    right = 0
    for start in range(0, len(order), 256):
        batch = order[start : start + 256]
        logits = network(*padded([judged["tokens"][index] for index in batch]))
        right += (logits.argmax(1) == torch.tensor([judged["targets"][index] for index in batch])).sum().item()
    return right / len(order)


def main():
    with open(sys.argv[1], encoding="utf8") as file:
        task = json.load(file)
    torch.set_num_threads(task["threads"])
    torch.manual_seed(task["seed"])
    random.seed(task["seed"])
    start = time.perf_counter()
    network, loss = train(task)
    found = accuracy(network, task["validation"])
    print(json.dumps({"seconds": time.perf_counter() - start, "accuracy": found, "loss": loss}))


if __name__ == "__main__":
    main()
