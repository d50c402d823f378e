"""Answers texts with an `encoder` model folder, without Homegrown: numpy, onnxruntime and tokenizers only.

    python load_encoder.py MODEL_DIR < texts.jsonl > predictions.jsonl

Each input line is a JSON string or an object with the key "input"; each output line is
{"label", "probabilities"}, probabilities in the order of the labels in config.json.
"""

import json
import re
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer


class Encoder:
    def __init__(self, directory):
        directory = Path(directory)
        config = json.loads((directory / "config.json").read_text("utf-8"))
        self.labels = config["labels"]
        self.context_length = config["architecture"]["contextLength"]
        self.tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
        # A text that spells a special token is only text.
        self.tokenizer.encode_special_tokens = True
        self.session = onnxruntime.InferenceSession(directory / "model.onnx")

    def predict(self, text):
        # JavaScript strings may hold half a character; it counts as U+FFFD.
        text = re.sub("[\ud800-\udfff]", "\ufffd", text)
        ids = self.tokenizer.encode(text, add_special_tokens=False).ids[: self.context_length]
        ids = ids or [0]
        logits, probabilities = self.session.run(
            ["logits", "probabilities"],
            {
                "ids": np.array([ids], np.int32),
                "mask": np.ones((1, len(ids)), np.float32),
                "positions": np.arange(len(ids), dtype=np.int32),
            },
        )
        return {"label": self.labels[int(np.argmax(logits[0]))], "probabilities": probabilities[0].tolist()}


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: python load_encoder.py MODEL_DIR < texts.jsonl > predictions.jsonl")
    encoder = Encoder(sys.argv[1])
    for line in sys.stdin.buffer:
        value = json.loads(line)
        print(json.dumps(encoder.predict(value if isinstance(value, str) else value["input"])))


if __name__ == "__main__":
    main()
