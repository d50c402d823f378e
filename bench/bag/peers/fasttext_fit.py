"""Trains fastText once on a prepared data set and measures it.

usage: fasttext_fit.py <data directory> <settings as JSON> <result.json>
"""

import json
import sys
import time

import fasttext
from measured_fit import median_latency_microseconds, peak_memory_bytes, write_result


def main():
    directory, settings, result_path = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3]
    processor_start, start = time.process_time(), time.perf_counter()
    model = fasttext.train_supervised(f"{directory}/train.txt", verbose=0, **settings)
    seconds = time.perf_counter() - start
    processor_seconds = time.process_time() - processor_start
    peak = peak_memory_bytes()
    with open(f"{directory}/held-out.txt", encoding="utf8") as lines:
        texts = [line.split(" ", 1)[1].rstrip("\n") for line in lines]
    # The wrapper's own predict() fails with NumPy 2 on a single text; this is what it calls.
    labels = [predict(model, text) for text in texts]
    write_result(
        result_path,
        seconds=seconds,
        processor_seconds=processor_seconds,
        stages={"training": seconds},
        peak=peak,
        latency=median_latency_microseconds(lambda text: predict(model, text), texts),
        predictions=labels,
    )


def predict(model, text):
    return model.f.predict(text + "\n", 1, 0.0, "strict")[0][1].removeprefix("__label__")


main()
