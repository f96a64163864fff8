"""Is this checkout as fast as another one?

    git worktree add /tmp/before COMMIT
    python benchmarks/against.py /tmp/before             # every case, about 3 minutes on 2 cores
    python benchmarks/against.py /tmp/before letters lstm --rounds 41
    python benchmarks/against.py /tmp/before letters --worst 1.3    # exit code 1 if it has become that much slower
    python benchmarks/against.py /tmp/before --instructions    # where other programs run: valgrind counts, 20 minutes

Two processes, one for each checkout, take turns: one measures a case while the other waits. A ratio is the median over
neighbours of this checkout's time divided by the other's. Where a process lies in memory can cost it some per cent for
as long as it lives, so that several pairs of processes share the rounds. Only public names that both have are used.

Instructions do not depend on what else runs, nor on where memory lies. They tell a change of the code of 1 % from the
10 % by which times can vary. What they do not see is time spent on waiting for memory, a lock or another thread.
"""

import argparse
import math
import os
import re
import statistics
import subprocess
import sys
import time
import warnings
from functools import partial
from pathlib import Path

import numpy as np

HERE = Path(__file__).parents[1]
PAIRS = 5  # of processes


def main(argv=None):
    """Measure the cases, and print a table."""
    args = parser().parse_args(argv)
    if args.instructions:
        print("| case | ratio of instructions |\n| --- | --- |")
        for case in args.cases or CASES:
            here, there = (instructions(case, folder) for folder in (HERE, args.other))
            print(f"| {case} | {here / there:.4f} |", flush=True)
        return
    print("| case | ratio | quartiles |\n| --- | --- | --- |")
    slower = []
    for case in args.cases or CASES:
        ratios = [r for _ in range(PAIRS) for r in compare(case, args.other, -(-args.rounds // PAIRS))]
        low, ratio, high = statistics.quantiles(ratios, n=4)
        print(f"| {case} | {ratio:.3f} | {low:.3f} to {high:.3f} |", flush=True)
        slower += [case] if low > args.worst else []
    if slower:
        sys.exit(f"slower than {args.worst} times the other checkout: {', '.join(slower)}")


def compare(case, other, rounds):
    """Return the ratios of the rounds of one pair of processes."""
    here, there = workers = [Worker(folder) for folder in (HERE, other)]
    for worker in workers:
        worker.measure(case)  # the first time is another one: memory is new
    ratios = []
    for turn in range(rounds):
        times = {worker: worker.measure(case) for worker in workers[:: 1 if turn % 2 else -1]}
        ratios.append(times[here] / times[there])
    for worker in workers:
        worker.end()
    return ratios


def parser():
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("other", type=Path, help="folder of the other checkout")
    parser.add_argument("cases", nargs="*", help=f"some of {', '.join(CASES)}; all by default")
    parser.add_argument("--rounds", type=int, default=25, help="pairs of measurements of each case; default 25")
    parser.add_argument("--worst", type=float, default=math.inf, help="fail if a lower quartile is greater than this")
    parser.add_argument("--instructions", action="store_true", help="compare instructions, counted by valgrind")
    return parser


def instructions(case, folder):
    """Return the instructions of one call of a case, by the difference between few calls and more."""
    few = 20 if case == "letters" else 1
    counts = [_instructions_of(case, folder, calls) for calls in (few, 3 * few)]
    return (counts[1] - counts[0]) / (2 * few)


def _instructions_of(case, folder, calls):
    same = {"PYTHONPATH": str(folder.resolve()), "PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1"}
    tool = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
    command = [*tool, sys.executable, __file__, "call", case, str(calls)]
    run = subprocess.run(command, env={**os.environ, **same}, cwd="/", capture_output=True, text=True, check=True)
    return int(re.search(r"I +refs: +([\d,]+)", run.stderr).group(1).replace(",", ""))


class Worker:
    """A process that measures cases with the code of one checkout."""

    def __init__(self, folder):
        environment = {**os.environ, "PYTHONPATH": str(folder.resolve())}
        command = [sys.executable, __file__, "worker"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": "/"}
        self.process = subprocess.Popen(command, env=environment, **pipes)
        found = self.process.stdout.readline().strip()
        if not Path(found).is_relative_to(folder.resolve()):
            raise SystemExit(f"other must be a checkout with npae in it, got {folder}: npae came from {found}.")

    def measure(self, case):
        """Return the seconds of a case."""
        print(case, file=self.process.stdin, flush=True)
        return float(self.process.stdout.readline())

    def end(self):
        """End the process."""
        self.process.communicate()


def work():
    """Answer the names of cases, one per line, with seconds."""
    import npae

    print(npae.__file__, flush=True)
    warnings.simplefilter("ignore", UserWarning)  # of trainings that are short on purpose
    ready = {}
    for line in sys.stdin:
        case = line.strip()
        if case not in ready:
            ready[case] = CASES[case](npae)
        function, repetitions = ready[case]
        times = []
        for _ in range(repetitions):
            began = time.perf_counter()
            function()
            times.append(time.perf_counter() - began)
        print(statistics.median(times), flush=True)


def evaluation(network, X, repetitions, training=False):
    """Return a value and a gradient of a network on one thread, and how often to take them."""
    theta, rng = network.init(np.random.default_rng(0)), np.random.default_rng(1)

    def function():
        network.value_and_gradient(theta, X, rng=rng if training else None)

    return function, repetitions


def letters(npae):
    """Value and gradient of the letter network on 32 letters."""
    sizes = [npae.Dense(units, "tanh") for units in (29, 23, 2, 23, 29)]
    network = npae.Network(sizes[:3], [*sizes[3:], npae.Dense(35, "sigmoid")], "bce", in_shape=(35,))
    return evaluation(network, npae.datasets.load_font("capitals").pixels, 2_000)


def mnist(npae):
    """An epoch of 784-64-784 on 10,000 rows, batch 1,000, two threads."""
    X = np.random.default_rng(0).random((10_000, 784), dtype=np.float32)
    options = {"loss": "mse", "batch_size": 1_000, "dtype": "float32", "threads": 2, "random_state": 0}
    unscaled = {"scale": None} if hasattr(npae.Autoencoder(), "scale") else {}  # the other checkout may be older
    model = npae.Autoencoder([npae.Dense(64, "relu")], epochs=1, **options, **unscaled).fit(X)
    return lambda: model.partial_fit(X), 3


def convolution(npae):
    """Value and gradient of a convolutional network, 16-32 filters, 64 images."""
    encoder = [npae.Conv2D(16, 3, 2, activation="relu"), npae.Conv2D(32, 3, 2, activation="relu"), npae.Flatten()]
    encoder.append(npae.Dense(16))
    decoder = [npae.Dense(7 * 7 * 32, "relu"), npae.Reshape((7, 7, 32))]
    decoder += [npae.ConvTranspose2D(16, 3, 2, activation="relu"), npae.ConvTranspose2D(1, 3, 2, activation="sigmoid")]
    network = npae.Network(encoder, decoder, "bce", in_shape=(28, 28, 1), dtype="float32")
    return evaluation(network, np.random.default_rng(0).random((64, 28, 28, 1), dtype=np.float32), 15)


def lstm(npae):
    """Value and gradient of an LSTM of 64 units each way, 100 steps, 64 series."""
    encoder = [npae.LSTM(64)]
    decoder = [npae.Repeat(100), npae.LSTM(64, sequences=True), npae.Dense(6)]
    network = npae.Network(encoder, decoder, in_shape=(100, 6), dtype="float32")
    return evaluation(network, np.random.default_rng(0).standard_normal((64, 100, 6), dtype=np.float32), 5)


def vae(npae):
    """Value and gradient of a variational 784-400-20, 128 rows, with draws."""
    encoder = [npae.Dense(400, "relu"), npae.GaussianCode(20)]
    decoder = [npae.Dense(400, "relu"), npae.Dense(784, "sigmoid")]
    network = npae.Network(encoder, decoder, "bce", in_shape=(784,), dtype="float32")
    X = np.random.default_rng(0).random((128, 784), dtype=np.float32)
    return evaluation(network, X, 50, training=True)


def refinement(npae):
    """Twenty iterations of BFGS on the letter network."""
    model = partial(npae.Autoencoder, [29, 23, 2], activation="tanh", loss="bce", init=npae.Gaussian(std=0.3))
    refine = npae.Refine("BFGS", max_iterations=20)
    X = npae.datasets.load_font("capitals").pixels
    return lambda: model(optimizer=None, refine=refine, epochs=1, random_state=0).fit(X), 10


def descent(npae):
    """Three hundred epochs of descent with an eta that adapts, on the letter network."""
    model = partial(npae.Autoencoder, [29, 23, 2], activation="tanh", loss="bce", init=npae.Gaussian(std=0.3))
    optimizer = npae.GradientDescent(0.5, adapt=npae.AdaptiveEta())
    X = npae.datasets.load_font("capitals").pixels
    return lambda: model(optimizer=optimizer, epochs=300, random_state=0).fit(X), 5


def call(case, calls):
    """Call a case some times, and nothing else."""
    import npae

    warnings.simplefilter("ignore", UserWarning)
    function, _ = CASES[case](npae)
    for _ in range(calls):
        function()


CASES = {f.__name__: f for f in (letters, mnist, convolution, lstm, vae, refinement, descent)}


if __name__ == "__main__":
    if sys.argv[1:] == ["worker"]:
        work()
    elif sys.argv[1:2] == ["call"]:
        call(sys.argv[2], int(sys.argv[3]))
    else:
        main()
