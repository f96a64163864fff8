"""What does a fit on a DataFrame cost, as a multiple of the fit on its array?

    python benchmarks/frames.py                 # 200,000 x 30, 15 interleaved rounds
    python benchmarks/frames.py --rows 2000     # only shows that it runs

Each round fits the same model to both, in turn the one and the other first. The ratio is that of the two fits of one
round.
"""

import argparse
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that npae is that of this checkout
import npae


def main(argv=None):
    """Print the median and the quartiles of the ratios, and the ratio of the fastest fits."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000, help="rows of the table (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=15, help="interleaved rounds (default: %(default)s)")
    args = parser.parse_args(argv)
    array = np.random.default_rng(0).normal(size=(args.rows, 30))
    frame = pd.DataFrame(array, columns=[f"sensor {i}" for i in range(30)])
    seconds(array)
    rounds = np.array([one_round(array, frame, frame_first=bool(i % 2)) for i in range(args.rounds)])
    low, middle, high = np.quantile(rounds[:, 1] / rounds[:, 0], [0.25, 0.5, 0.75])
    print(f"fit on a DataFrame / fit on its array: {middle:.3f} (quartiles {low:.3f} to {high:.3f})")
    fastest = rounds.min(axis=0)
    print(f"the fastest of each: {fastest[1] / fastest[0]:.3f} ({fastest[1]:.2f} s / {fastest[0]:.2f} s)")


def one_round(array, frame, *, frame_first):
    """Return the seconds of the fit on the array, and of that on the frame."""
    if frame_first:
        there = seconds(frame)
        return seconds(array), there
    return seconds(array), seconds(frame)


def seconds(X):
    """Return how long five epochs of Adam take on `X`."""
    model = npae.Autoencoder([16, 2], optimizer="adam", epochs=5, batch_size=256, random_state=0)
    began = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", npae.TrainingWarning)
        model.fit(X)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
