"""Trains the scikit-learn peer once on a prepared data set and measures it.

usage: sklearn_fit.py <data directory> <settings as JSON> <result.json>
"""

import json
import sys
import time

from labelled_text import read_split
from measured_fit import median_latency_microseconds, peak_memory_bytes, write_result
from sklearn_model import classifier, vectorizer


def main():
    directory, settings, result_path = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3]
    train, outputs = read_split(directory, "train")
    held_out, _ = read_split(directory, "held-out")
    processor_start, start = time.process_time(), time.perf_counter()
    features = vectorizer(settings)
    matrix = features.fit_transform(train)
    featurised = time.perf_counter()
    fitted = classifier(settings).fit(matrix, outputs)
    end, processor_end = time.perf_counter(), time.process_time()
    peak = peak_memory_bytes()
    write_result(
        result_path,
        seconds=end - start,
        processor_seconds=processor_end - processor_start,
        stages={"featurising": featurised - start, "classifier": end - featurised},
        peak=peak,
        latency=median_latency_microseconds(lambda text: fitted.predict(features.transform([text])), held_out),
        predictions=fitted.predict(features.transform(held_out)).tolist(),
    )


main()
