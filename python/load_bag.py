"""Answers texts with a `bag` model folder, without Homegrown: numpy and onnxruntime only.

    python load_bag.py MODEL_DIR < texts.jsonl > predictions.jsonl

Each input line is a JSON string or an object with the key "input"; each output line is
{"label", "probabilities"}, probabilities in the order of the labels in features.json.
"""

import json
import struct
import sys
import unicodedata
from pathlib import Path

import numpy as np
import onnxruntime

MASK = 0xFFFFFFFF
SPACES = [(0x00, 0x20), (0x7F, 0xA0), (0x1680, 0x1680), (0x2000, 0x200B), (0x2028, 0x2029),
          (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000), (0xFEFF, 0xFEFF)]
ALONE = [(0x21, 0x2F), (0x3A, 0x40), (0x5B, 0x60), (0x7B, 0x7E), (0x2010, 0x2027), (0x2030, 0x205E),
         (0x3001, 0x303F), (0x3040, 0x30FF), (0x3400, 0x9FFF), (0xFF01, 0xFF0F)]
KIND = bytearray(b"w" * 0x10000)
for ranges, kind in ((SPACES, b"s"), (ALONE, b"a")):
    for first, last in ranges:
        KIND[first : last + 1] = kind * (last + 1 - first)


def mix(h):
    h = ((h ^ (h >> 16)) * 0x85EBCA6B) & MASK
    h = ((h ^ (h >> 13)) * 0xC2B2AE35) & MASK
    return h ^ (h >> 16)


def fnv(units):
    h = 0x811C9DC5
    for unit in units:
        h = ((h ^ unit) * 0x01000193) & MASK
    return h


def runs(units, starts_new):
    """Runs of code units that are no spaces; a unit for which starts_new holds is a run by itself."""
    run = []
    for unit in units:
        if KIND[unit] == ord("s") or starts_new(unit):
            if run:
                yield run
            run = []
            if KIND[unit] != ord("s"):
                yield [unit]
        else:
            run.append(unit)
    if run:
        yield run


def count(buckets):
    counts = {}
    for bucket in buckets:
        counts[bucket] = counts.get(bucket, 0) + 1
    return counts


def word_buckets(units, settings):
    previous = None
    for token in runs(units, lambda unit: KIND[unit] == ord("a")):
        h = fnv(token)
        yield mix(h) >> (32 - settings["wordBits"])
        if settings["wordOrder"] == 2 and previous is not None:
            yield mix((previous * 0x9E3779B1 + h) & MASK) >> (32 - settings["wordBits"])
        previous = h


def character_buckets(units, settings):
    shortest, longest = settings["characterOrders"]
    for run in runs(units, lambda unit: False):
        run = [0x20, *run, 0x20]
        for first in range(len(run) - shortest + 1):
            h = fnv(run[first : first + shortest - 1])
            for unit in run[first + shortest - 1 : first + longest]:
                h = ((h ^ unit) * 0x01000193) & MASK
                yield (1 << settings["wordBits"]) + (mix(h) >> (32 - settings["characterBits"]))


class Bag:
    def __init__(self, directory):
        directory = Path(directory)
        features = json.loads((directory / "features.json").read_text("utf-8"))
        self.labels, self.ngrams = features["labels"], features["ngrams"]
        self.character_weight = features["characterWeight"]
        with open(directory / "model.safetensors", "rb") as file:
            length = struct.unpack("<Q", file.read(8))[0]
            header = json.loads(file.read(length))

            def tensor(name, dtype):
                start, end = header[name]["data_offsets"]
                file.seek(8 + length + start)
                return np.frombuffer(file.read(end - start), dtype)

            bits = np.unpackbits(tensor("buckets", np.uint8), bitorder="little")
            self.row_of = np.where(bits, np.cumsum(bits, dtype=np.int64) - 1, -1)
            self.idf = tensor("idf", np.float32)
        self.session = onnxruntime.InferenceSession(directory / "model.onnx")

    def block(self, buckets, weight):
        counts = count(buckets)
        rows = self.row_of[np.fromiter(counts.keys(), np.int64, len(counts))]
        tf = 1 + np.log(np.fromiter(counts.values(), np.float64, len(counts)))
        rows, tf = rows[rows >= 0], tf[rows >= 0]
        values = tf * self.idf[rows]
        norm = np.sqrt(np.sum(values * values))
        return rows, values * (weight / norm if norm > 0 else 0)

    def predict(self, text):
        text = unicodedata.normalize("NFC", text).lower()
        units = np.frombuffer(text.encode("utf-16-le", "surrogatepass"), "<u2").tolist()
        blocks = [self.block(word_buckets(units, self.ngrams), 1)]
        if self.ngrams["characterBits"] > 0:
            blocks.append(self.block(character_buckets(units, self.ngrams), self.character_weight))
        rows, values = (np.concatenate(parts) for parts in zip(*blocks))
        scores, probabilities = self.session.run(
            ["scores", "probabilities"], {"rows": rows, "values": values.astype(np.float32)}
        )
        return {"label": self.labels[int(np.argmax(scores))], "probabilities": probabilities.tolist()}


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: python load_bag.py MODEL_DIR < texts.jsonl > predictions.jsonl")
    bag = Bag(sys.argv[1])
    for line in sys.stdin.buffer:
        value = json.loads(line)
        print(json.dumps(bag.predict(value if isinstance(value, str) else value["input"])))


if __name__ == "__main__":
    main()
