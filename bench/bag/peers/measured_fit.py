import json
import resource
import statistics
import time

LATENCY_TEXTS = 500


def peak_memory_bytes():
    """The process's peak resident memory so far (Linux reports KiB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def median_latency_microseconds(predict, texts):
    """Median time of one text at a time, after the same texts have been asked once to warm up."""
    sample = texts[:LATENCY_TEXTS]
    for text in sample:
        predict(text)
    times = []
    for text in sample:
        start = time.perf_counter_ns()
        predict(text)
        times.append((time.perf_counter_ns() - start) / 1000)
    return statistics.median(times)


def write_result(path, *, seconds, processor_seconds, stages, peak, latency, predictions):
    with open(path, "w", encoding="utf8") as file:
        json.dump(
            {
                "seconds": seconds,
                "processorSeconds": processor_seconds,
                "stages": stages,
                "peakMemoryBytes": peak,
                "p50LatencyMicroseconds": latency,
                "predictions": predictions,
            },
            file,
        )
