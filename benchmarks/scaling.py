"""How do studies, and training on a distributed array, scale with the number of workers?

    python benchmarks/scaling.py            # about 5 minutes on 2 cores; needs dask[distributed]
    python benchmarks/scaling.py --quick    # only shows that it runs

One worker and several take turns, 1 2 4 1 2 4 ..., and each ratio is the median over neighbours. "Busy" is the share
of the wall time in which a worker computed: it falls where other programs use the machine, and then the ratio means
little. Results and conclusions are in docs/scaling.md.
"""

import argparse
import functools
import os
import statistics
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))  # where the package `benchmarks` is
import npae
from benchmarks.shared.machine import describe_machine
from npae import distributed
from npae.study import run_all

WORKERS = (1, 2, 4)
RUNS = 64
ENCODERS = ((29, 23, 2), (128, 32), (700, 128))
ROWS, PARTS = 20_000, 4  # of 784 numbers; on every cluster the same parts
LETTERS = npae.datasets.load_font("capitals").pixels


def letter_run(*, seed, epochs):
    """Train the letter network; return its loss and the processor time."""
    began = time.process_time()
    recipe = {"activation": "tanh", "loss": "bce", "optimizer": "adam", "epochs": epochs, "threads": 1}
    model = npae.Autoencoder([29, 23, 2], random_state=seed, **recipe).fit(LETTERS)
    return {"loss": model.history_["loss"][-1], "processor": time.process_time() - began}


def study_seconds(workers, epochs):
    """Return (wall seconds, processor seconds of all runs) of a study on a new pool of processes."""
    began = time.perf_counter()
    results = run_all(letter_run, [{"epochs": epochs}], seeds=RUNS, workers=workers, show_progress=False)
    return time.perf_counter() - began, sum(row["processor"] for row in results.rows)


def _seconds(function, *arguments):
    began = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - began


def studies(repetitions, epochs):
    """Print a table of 64 letter runs on 1, 2 and 4 workers."""
    print(f"\n{RUNS} letter runs (35-29-23-2-23-29-35, {epochs} epochs of Adam), {repetitions} turns\n")
    print("| workers | wall   | speed-up | processor | busy  |\n| ------- | ------ | -------- | --------- | ----- |")
    turns = [[study_seconds(workers, epochs) for workers in WORKERS] for _ in range(repetitions)]
    for i, workers in enumerate(WORKERS):
        wall, processor = (statistics.median(turn[i][part] for turn in turns) for part in (0, 1))
        speedup = statistics.median(turn[0][0] / turn[i][0] for turn in turns)
        busy = processor / wall / min(workers, os.cpu_count())
        print(f"| {workers:<7} | {wall:4.1f} s | {speedup:8.2f} | {processor:7.1f} s | {busy:5.0%} |", flush=True)


def evaluations(repetitions, rows):
    """Print a table of the value and gradient of three networks on an array that 1, 2 or 4 workers hold."""
    print(f"\nvalue and gradient on {rows:,} rows of 784 float64 numbers, {repetitions} repetitions\n")
    print("| parameters | one process | 1 worker | 2 workers | 4 workers | speed-up 1 -> 2 | moved        |")
    print("| ---------- | ----------- | -------- | --------- | --------- | --------------- | ------------ |")
    X = np.concatenate([_part(number, rows) for number in range(PARTS)])
    for encoder in ENCODERS:
        network = _network(encoder)
        theta = network.init(np.random.default_rng(0))
        here = functools.partial(network.value_and_gradient, X=X)
        turns = _turns(network, theta, X, here, repetitions)
        one, *there = (statistics.median(column) for column in zip(*turns, strict=True))
        gain = statistics.median(turn[1] / turn[2] for turn in turns)
        moved = f"{2 * 8 * theta.size / 1e6:.2f} MB/part"
        cells = [f"{1e3 * seconds:6.0f} ms" for seconds in (one, *there)]
        print(
            f"| {theta.size:10,} | {cells[0]:11} | {cells[1]} | {cells[2]} | {cells[3]} | {gain:15.2f} | {moved} |",
            flush=True,
        )


def _part(number, rows):
    return np.random.default_rng(number).random((rows // PARTS, 784))


def _network(encoder):
    layers = [npae.Dense(units, "tanh") for units in encoder]
    mirror = [npae.Dense(units, "tanh") for units in encoder[-2::-1]]
    return npae.Network(layers, [*mirror, npae.Dense(784)], in_shape=(784,))


def _turns(network, theta, X, here, repetitions):
    """Return rows of seconds: in this process with one thread, and on 1, 2 and 4 workers, taken in turn."""
    from dask.distributed import Client, LocalCluster

    with ExitStack() as stack, npae.execution.blas.blas_threads(1):
        measures = [here]
        for workers in WORKERS:
            options = {"n_workers": workers, "threads_per_worker": 1, "processes": True, "dashboard_address": ":0"}
            client = stack.enter_context(Client(stack.enter_context(LocalCluster(**options))))
            parts = client.map(_part, range(PARTS), rows=len(X))
            measures.append(distributed.DistributedObjective(network, parts, client).value_and_gradient)
        _check_same([measure(theta) for measure in measures])
        return [[_seconds(measure, theta) for measure in measures] for _ in range(repetitions)]


def _check_same(results):
    """Raise AssertionError unless all compute the same."""
    (value, gradient), *others = results
    for other, slope in others:
        np.testing.assert_allclose(other, value, rtol=1e-12)
        np.testing.assert_allclose(slope, gradient, rtol=0, atol=1e-12)


def main(argv=None):
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a short run that only shows that everything works")
    quick = parser.parse_args(argv).quick
    print("\n".join(f"- {what}: {text}" for what, text in describe_machine().items()))
    print(f"- load before: {os.getloadavg()[0]:.1f}")
    studies(1 if quick else 3, 20 if quick else 4000)
    evaluations(2 if quick else 7, 500 if quick else ROWS)


if __name__ == "__main__":
    main()
