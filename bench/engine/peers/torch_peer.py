"""
A network trained by PyTorch, one JSON line per request on stdin and one per answer on stdout (../protocol.ts has the types). Every
answer is {"ok": true, ...} or {"ok": false, "error": ...}; whatever libraries print goes to stderr.

{"command": "init", "architecture", "weights", "optimizer", "threads", "settings"}
                              -> parameters, seconds
{"command": "step", "batch", "learningRate"}
                              -> seconds and processorSeconds (forward, backward, clipping, update), loss, gradientNorm
                                 (before clipping)
{"command": "evaluate", "batch"} -> seconds, loss
{"command": "state", "path"}  -> writes the weights as .safetensors
{"command": "peak-memory"}    -> peakBytes, startBytes (peak when libraries were loaded and nothing was done)
{"command": "close"}          -> the process ends after answering

A batch holds `ids` [texts, tokens], `labels` (of a GPT as ids, -1 where nothing is to be learned; of an encoder [texts]) and, for an
encoder, `lengths` [texts]; each is {"shape": [...], "data": base64 of little-endian 32-bit integers}.
Weights: weights.py. `settings`: mode ("eager" | "compile"), and fusedProjections, explicitAttention, fusedOptimizer to try others
than the fastest (bench/README.md has the figures).
"""

import atexit
import base64
import json
import os
import shutil
import sys
import tempfile
import time

import numpy as np
import torch

import architecture
import weights



def fastest(kind):
    return {
        "mode": "eager",
        "fusedProjections": True,
        "explicitAttention": kind == "encoder",
        "fusedOptimizer": True,
    }


def peak_bytes():
    with open("/proc/self/status", encoding="ascii") as file:
        line = next(line for line in file if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


class Peer:
    def __init__(self):
        self.start_bytes = peak_bytes()

    def init(self, request):
        start = time.perf_counter()
        settings = fastest(request["architecture"]["kind"]) | request["settings"]
        torch.set_num_threads(request["threads"])
        self.network = architecture.build(
            request["architecture"], settings["fusedProjections"], settings["explicitAttention"]
        )
        weights.load(self.network, weights.read_safetensors(request["weights"]))
        self.clip_norm = request["optimizer"]["clipNorm"]
        self.optimizer = adamw(self.network, request["optimizer"], settings["fusedOptimizer"])
        self.loss_of = self.compiled() if settings["mode"] == "compile" else self.network
        parameters = sum(parameter.numel() for parameter in self.network.parameters())
        return {"parameters": parameters, "seconds": time.perf_counter() - start}

    def compiled(self):
        # A cache of its own, so that the compile time is that of a first run; one graph for each shape of batch.
        cache = tempfile.mkdtemp(prefix="torch-peer-")
        atexit.register(shutil.rmtree, cache, ignore_errors=True)
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = cache
        torch._dynamo.config.recompile_limit = 32
        return torch.compile(self.network, dynamic=False)

    def step(self, request):
        batch = tensors_of(request["batch"])
        for group in self.optimizer.param_groups:
            group["lr"] = request["learningRate"]
        start, processor_start = time.perf_counter(), time.process_time()
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.loss_of(**batch)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.clip_norm, foreach=True)
        self.optimizer.step()
        return {
            "seconds": time.perf_counter() - start,
            "processorSeconds": time.process_time() - processor_start,
            "loss": loss.item(),
            "gradientNorm": norm.item(),
        }

    def evaluate(self, request):
        batch = tensors_of(request["batch"])
        start = time.perf_counter()
        with torch.inference_mode():
            loss = self.network(**batch).item()
        return {"seconds": time.perf_counter() - start, "loss": loss}

    def state(self, request):
        weights.write_safetensors(request["path"], weights.exchanged(self.network.named_parameters()))
        return {}

    def peak_memory(self, _request):
        return {"peakBytes": peak_bytes(), "startBytes": self.start_bytes}

    def close(self, _request):
        return {}


def adamw(network, options, fused):
    decayed = set(options["decayed"])
    groups = {True: [], False: []}
    for name, parameter in network.named_parameters():
        decays = {part in decayed for part in weights.exchange_names(name)}
        if len(decays) > 1:
            raise ValueError(f"weight decay of only a part of {name}")
        groups[decays.pop()].append(parameter)
    return torch.optim.AdamW(
        [
            {"params": groups[True], "weight_decay": options["weightDecay"]},
            {"params": groups[False], "weight_decay": 0.0},
        ],
        betas=(options["beta1"], options["beta2"]),
        eps=options["epsilon"],
        fused=fused,
        foreach=not fused,
    )


def tensors_of(batch):
    return {name: tensor_of(array) for name, array in batch.items()}


def tensor_of(array):
    values = np.frombuffer(base64.b64decode(array["data"]), "<i4").reshape(array["shape"])
    return torch.from_numpy(values.astype(np.int64))


def main():
    answers = os.fdopen(os.dup(1), "w", encoding="utf8")
    os.dup2(2, 1)
    peer = Peer()
    commands = {
        "init": peer.init,
        "step": peer.step,
        "evaluate": peer.evaluate,
        "state": peer.state,
        "peak-memory": peer.peak_memory,
        "close": peer.close,
    }
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"ok": True, **commands[request["command"]](request)}
        except Exception as error:
            answer = {"ok": False, "error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)
        if request["command"] == "close":
            break


if __name__ == "__main__":
    main()
