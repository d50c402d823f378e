"""Makes goldens.json with scipy and scikit-learn: python make_goldens.py (pip install scipy scikit-learn)."""

import json
import pathlib

import numpy as np
from scipy.stats import binomtest, norm, t
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, precision_recall_fscore_support


def classification(seed: int, rows: int, labels: int, accuracy: float) -> dict:
    rng = np.random.default_rng(seed)
    expected = rng.choice(labels, size=rows, p=np.arange(labels, 0, -1) / (labels * (labels + 1) / 2))
    predicted = np.where(rng.random(rows) < accuracy, expected, rng.integers(0, labels, rows))
    confidence = np.round(rng.uniform(0.5, 1, rows), 4)
    precision, recall, f1, support = precision_recall_fscore_support(
        expected, predicted, labels=range(labels), zero_division=np.nan
    )
    bounds = [rows * b // 15 for b in range(16)]
    order = np.argsort(confidence, kind="stable")
    bins = [order[bounds[b] : bounds[b + 1]] for b in range(15)]
    right = expected == predicted
    ece = sum(len(b) / rows * abs(right[b].mean() - confidence[b].mean()) for b in bins)
    clean = lambda values: [None if np.isnan(v) else float(v) for v in values]
    return {
        "labels": labels,
        "expected": expected.tolist(),
        "predicted": predicted.tolist(),
        "confidence": confidence.tolist(),
        "accuracy": accuracy_score(expected, predicted),
        "macroF1": f1_score(expected, predicted, average="macro"),
        "precision": clean(precision),
        "recall": clean(recall),
        "f1": clean(f1),
        "support": support.tolist(),
        "confusion": confusion_matrix(expected, predicted, labels=range(labels)).tolist(),
        "calibrationError": float(ece),
    }


def wilson(right: int, trials: int) -> dict:
    interval = binomtest(right, trials).proportion_ci(confidence_level=0.95, method="wilson")
    return {"right": right, "trials": trials, "low": interval.low, "high": interval.high}


goldens = {
    "student": [
        {"p": p, "degreesOfFreedom": d, "quantile": float(t.ppf(p, d))}
        for d in (1, 2, 3, 5, 7.5, 10, 30, 100, 1000)
        for p in (0.9, 0.975, 0.995)
    ],
    "normal": [{"p": p, "quantile": float(norm.ppf(p))} for p in (1e-9, 0.01, 0.025, 0.3, 0.5, 0.8, 0.975, 0.9999)],
    "wilson": [wilson(r, n) for r, n in ((0, 60), (60, 60), (45, 60), (1, 10), (778, 1000), (3, 3))],
    "classification": [classification(1, 60, 3, 0.8), classification(2, 400, 7, 0.6), classification(3, 30, 12, 0.5)],
}
path = pathlib.Path(__file__).with_name("goldens.json")
path.write_text(json.dumps(goldens) + "\n")
