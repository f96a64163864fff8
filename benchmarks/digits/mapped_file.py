"""Training on a memory-mapped file of 10 GB, against the same rows in memory; two threads.

The file is made in a temporary folder (in TMPDIR) and deleted afterwards. It has just been written, so that the system
still caches as much of it as it has room for: the measure is npae's reading, not the disk's.
"""

import tempfile
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from benchmarks.shared.digits import THREADS, mnist_like, seconds_of_epoch, started
from benchmarks.shared.harness import alone, benchmark, compare, in_fresh_process, on, peak_megabytes

GIGABYTES = 10
BLOCK = 50_000  # rows that are made once and written repeatedly
UNITS, BATCH = 64, 1_000


@benchmark("memmap", long=True)
def memmap(quick):
    """An epoch of 784-64-784 on rows spread over a mapped file, and the peak memory of an epoch of all of it."""
    with mapped_file(0.2 if quick else GIGABYTES) as path:
        X = opened(path)
        yield _speed(X, 20_000 if quick else 300_000, 1 if quick else 5)
        what, code = (
            f"{_name(X)}, memory",
            f"from benchmarks.digits import mapped_file; print(mapped_file.peak_of_an_epoch({str(path)!r}))",
        )
        note = f"an epoch of all {len(X):,} rows"
        yield alone(what, lambda _: in_fresh_process(code), repetitions=1, unit="MB", limit=1_000, note=note)


def _speed(X, rows, repetitions):
    """Compare epochs on every k-th row of X, mapped and in memory: a ratio of 1.43 is 70 % of the speed."""
    mapped = X[:: len(X) // rows][:rows]
    copy = np.array(mapped)
    ours, theirs = started(mapped, UNITS, BATCH), started(copy, UNITS, BATCH)
    np.testing.assert_array_equal(ours.theta_, theirs.theta_)
    return compare(
        f"{_name(X)}, an epoch of {rows:,} rows",
        on(THREADS, lambda _: seconds_of_epoch(ours, mapped)),
        "npae, the rows in memory",
        on(THREADS, lambda _: seconds_of_epoch(theirs, copy)),
        repetitions=repetitions,
        target=1.43,
    )


def _name(X):
    return f"784-{UNITS}-784 on a memmap of {X.nbytes / 1e9:.3g} GB"


def peak_of_an_epoch(path):
    """Return the most memory, in MB, that this process held by the end of a fit of one epoch."""
    started(opened(path), UNITS, BATCH)
    return peak_megabytes()


@contextmanager
def mapped_file(gigabytes):
    """Yield the path of a file of so many GB of MNIST-like rows, float32, that is deleted afterwards."""
    block = mnist_like(BLOCK)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.f32"
        with path.open("wb") as file:
            while file.tell() < gigabytes * 1e9:
                file.write(block)
        yield path


def opened(path):
    """Return the rows of such a file as a read-only np.memmap (N, 784)."""
    return np.memmap(path, np.float32, "r").reshape(-1, 784)
