"""Prints validation accuracy and processor seconds of the scikit-learn peer over a grid, best first.

usage: tune_sklearn.py <data directory> <words|characters> [min_df,…] [c,…] [charactersWeight,…] [tolerance,…]
"""

import itertools
import sys
import time

import numpy as np
from labelled_text import read_split
from sklearn_model import classifier, vectorizer


def numbers(position, default):
    text = sys.argv[position] if len(sys.argv) > position else default
    return [float(part) for part in text.split(",")]


def main():
    directory, variant = sys.argv[1:3]
    train, train_outputs = read_split(directory, "train")
    validation, validation_outputs = read_split(directory, "validation")
    truth = np.array(validation_outputs)
    weights = numbers(5, "1,0.6") if variant == "characters" else [None]
    found = []
    for min_df, weight in itertools.product(numbers(3, "1,2"), weights):
        settings = {"wordsMinDf": int(min_df)}
        if weight is not None:
            settings |= {"charactersMinDf": int(min_df), "charactersWeight": weight}
        start = time.process_time()
        features = vectorizer(settings).fit(train)
        train_matrix, validation_matrix = features.transform(train), features.transform(validation)
        featurising_seconds = time.process_time() - start
        for c, tolerance in itertools.product(numbers(4, "0.1,0.2,0.4,0.8"), numbers(6, "1e-4")):
            start = time.process_time()
            fitted = classifier({"c": c, "tolerance": tolerance}).fit(train_matrix, train_outputs)
            seconds = time.process_time() - start
            accuracy = float(np.mean(fitted.predict(validation_matrix) == truth))
            row = (accuracy, settings | {"c": c, "tolerance": tolerance}, train_matrix.shape[1])
            found.append((*row, featurising_seconds, seconds))
            print(*found[-1], flush=True)
    print("\n| accuracy | settings | features | featurising processor s | classifier processor s |\n|---|---|---|---|---|")
    for accuracy, settings, size, featurising, seconds in sorted(found, key=lambda row: -row[0]):
        print(f"| {accuracy:.4f} | {settings} | {size} | {featurising:.1f} | {seconds:.1f} |")


main()
