"""Do memory, open files, threads and the time of a step stay the same in a process that trains for a long time?

    python benchmarks/endurance.py              # 10^6 steps of partial_fit, 10^4 fits, 10^3 saves; some ten minutes
    python benchmarks/endurance.py --steps 20000 --fits 400 --saves 100     # only shows that it runs

Each line is one measure. It is "flat" if all of this holds, and the exit code is 1 if one measure is not:

- over the second half, resident memory grows by less than 1 MB per tenth of the work. A history has an entry for each
  call of partial_fit, as it should; its bytes do not count, and stand beside.
- descriptors and threads are as many at the end as after the first tenth.
- the median time of the processor for a step in the last tenth is within 10 % of that in the first tenth (not with
  --any-time, for machines whose caches other programs use meanwhile).

The steps run one after the other on one core. The first tenth warms up what is kept for later.
"""

import argparse
import os
import statistics
import sys
import tempfile
import threading
import time
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that npae is that of this checkout
import npae

LOOKS = 100  # at the process, evenly over the work
GROWTH = 1.0  # MB of memory per tenth of the work
SPREAD = 0.10  # of the median times
ENTRY = 32  # bytes of a number in a list, besides its place there
X = np.random.default_rng(0).random((16, 4))


@dataclass
class Course:
    """What a process looks like while it works: one entry per look, and the seconds of the processor for each step."""

    name: str
    seconds: np.ndarray
    memory: list = field(default_factory=list)  # MB, without the history
    history: float = 0.0  # MB
    descriptors: list = field(default_factory=list)
    threads: list = field(default_factory=list)

    def look(self, history):
        self.history = size_of(history) / 1e6
        self.memory.append(resident() - self.history)
        self.descriptors.append(len(os.listdir("/proc/self/fd")))
        self.threads.append(threading.active_count())

    @property
    def growth(self):
        """MB per tenth of the work, by the least squares through the second half."""
        half = self.memory[len(self.memory) // 2 :]
        return np.polyfit(np.arange(len(half)), half, 1)[0] * len(self.memory) / 10

    @property
    def medians(self):
        tenth = len(self.seconds) // 10
        return statistics.median(self.seconds[:tenth]), statistics.median(self.seconds[-tenth:])

    def is_flat(self, any_time):
        first, last = self.medians
        early = len(self.memory) // 10
        counts = all(numbers[-1] == numbers[early] for numbers in (self.descriptors, self.threads))
        return self.growth < GROWTH and counts and (any_time or abs(last / first - 1) <= SPREAD)

    def line(self, any_time):
        first, last = self.medians
        parts = [
            f"{self.name}: {len(self.seconds):,} in {self.seconds.sum():.0f} s of the processor",
            f"step {1e3 * first:.3f} ms -> {1e3 * last:.3f} ms ({100 * (last / first - 1):+.1f} %)",
            f"memory {self.memory[0]:.1f} -> {self.memory[-1]:.1f} MB, {self.growth:+.3f} MB per tenth at the end",
            *([f"history {self.history:.1f} MB"] if self.history else []),
            f"descriptors {self.descriptors[0]} -> {self.descriptors[-1]}",
            f"threads {self.threads[0]} -> {self.threads[-1]}",
            "flat" if self.is_flat(any_time) else "NOT FLAT",
        ]
        return "; ".join(parts)


def resident():
    """Return the memory of this process in MB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def size_of(history):
    """Return the bytes of a history: its lists, and the numbers in them that are not one and the same."""
    total = 0
    for column in (history or {}).values():
        last = column[-1000:]
        shared = len({*map(id, last)}) / max(len(last), 1)
        total += sys.getsizeof(column) + round(shared * len(column)) * ENTRY
    return total


def course_of(name, count, step, history=lambda: None):
    """Carry out `step(number)` so many times; return the Course."""
    course, every = Course(name, np.zeros(count)), max(1, count // LOOKS)
    for number in range(count):
        began = time.process_time()
        step(number)
        course.seconds[number] = time.process_time() - began
        if number % every == 0:
            course.look(history())
    course.look(history())
    return course


def streaming(count):
    """A stream: one call of partial_fit, with one step of Adam, after the other."""
    ae = npae.Autoencoder([2], optimizer="adam", threads=1, random_state=0)
    return course_of("steps of partial_fit", count, lambda _: ae.partial_fit(X), lambda: ae.history_)


def fitting(count):
    """Fits of four kinds in turn, each a new model; a step is four of them."""
    with tempfile.TemporaryDirectory() as folder:
        kinds = [
            {"optimizer": "adam", "batch_size": 8, "epochs": 3},
            {"epochs": 3},
            {"optimizer": "adam", "threads": 2, "epochs": 3},
            {"optimizer": "adam", "epochs": 2, "callbacks": [npae.JSONLog(f"{folder}/log"), checkpoint(folder)]},
        ]

        def step(number):
            for kind in kinds:
                npae.Autoencoder([2], random_state=number, **kind).fit(X)

        return course_of("fits, four at a step", count // 4, step)


def checkpoint(folder):
    return npae.Checkpoint(f"{folder}/training.npz", resume=False)


def saving(count):
    """A model saved and loaded again, one file replacing the one before."""
    ae = npae.Autoencoder([2], optimizer="adam", epochs=2, random_state=0).fit(X)
    with tempfile.TemporaryDirectory() as folder:

        def step(_):
            ae.save(f"{folder}/model.npz")
            npae.load(f"{folder}/model.npz").encode(X)

        return course_of("saves", count, step)


def main(argv=None):
    """Print a line for each measure; return 1 if one is not flat."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("steps", 10**6), ("fits", 10**4), ("saves", 10**3)):
        parser.add_argument(f"--{name}", type=int, default=default, help="how many (default: %(default)s)")
    parser.add_argument("--any-time", action="store_true", help="do not judge the times")
    args = parser.parse_args(argv)
    flat = True
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for measure, count in ((streaming, args.steps), (fitting, args.fits), (saving, args.saves)):
            course = measure(count)
            print(course.line(args.any_time), flush=True)
            flat = flat and course.is_flat(args.any_time)
    return 0 if flat else 1


if __name__ == "__main__":
    sys.exit(main())
