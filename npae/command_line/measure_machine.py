"""``npae bench``: how fast npae is on this machine, alone and beside its peers."""

from __future__ import annotations

import dataclasses
import os
import platform
import statistics
import time
from collections.abc import Callable
from typing import Any

import click
import numpy as np
import scipy

from ..datasets import load_font
from ..estimators import Autoencoder
from ..execution.screen import tell
from .checkout import script
from .written_tables import Columns, format_option, only_tables_on_output, print_table

REPETITIONS, QUICK = 7, 3
Task = Callable[[], object]


@click.command()
@click.argument("names", nargs=-1)
@click.option("--peers", is_flag=True, help="Beside PyTorch and scikit-learn: all comparisons whose peer is installed.")
@click.option("--list", "listed", is_flag=True, help="List the comparisons, which NAMES choose from.")
@click.option("--quick", is_flag=True, help="Fewer repetitions.")
@format_option
def bench(names: tuple[str, ...], peers: bool, listed: bool, quick: bool, form: str) -> None:
    """Measure npae on this machine; a median of a few repetitions each.

    NAMES of comparisons, or --peers for all, measure npae and a peer in turns, after a check that both compute the
    same. Peers: pip install "npae[bench]". Close other programs first.

    \b
    Examples:
      npae bench
      npae bench --quick --format json
      npae bench --list
      npae bench gradient-sklearn
    """
    if names or peers or listed:
        _compare(names, listed, quick, form)
        return
    tell(f"npae bench: {machine()}")
    rows = [(what, _seconds(task, QUICK if quick else REPETITIONS)) for what, task in tasks()]
    table: Columns = {"what": [what for what, _ in rows], "seconds": [float(f"{seconds:.3g}") for _, seconds in rows]}
    print_table(table, form)


def _compare(names: tuple[str, ...], listed: bool, quick: bool, form: str) -> None:
    """Run the benchmarks that are not part of the library's code; as text, they print a table of their own."""
    module = script("benchmarks", "run")
    for name in module.MODULES:  # whose decorators fill the table of entries
        script("benchmarks", name)
    unknown = [name for name in names if name not in module.ENTRIES]
    if unknown:
        raise click.UsageError(f"NAMES must be among those that npae bench --list shows, got {unknown[0]!r}.")
    if form == "text":
        module.main([*names, *(["--list"] if listed else []), *(["--quick"] if quick else [])])
        return
    with only_tables_on_output(form):
        table = _listed(module.ENTRIES) if listed else _compared(module.run(names or list(module.ENTRIES), quick)[0])
    print_table(table, form)


def _listed(entries: dict[str, Any]) -> Columns:
    return {"comparison": list(entries), "summary": [entry.summary for entry in entries.values()]}


def _compared(rows: list[tuple[str, Any]]) -> Columns:
    """Return the rows of comparisons as columns: what was measured, the numbers and the verdict."""
    facts = [{"comparison": name, **dataclasses.asdict(row), "verdict": row.verdict} for name, row in rows]
    return {name: [fact[name] for fact in facts] for name in (facts[0] if facts else ("comparison",))}


def machine() -> str:
    """Return the processors and versions that numbers depend on."""
    threads = os.environ.get("OMP_NUM_THREADS") or "all"
    versions = f"Python {platform.python_version()}, NumPy {np.__version__}, SciPy {scipy.__version__}"
    return f"{platform.machine()}, {os.cpu_count()} processors ({threads} for BLAS), {versions}"


def tasks() -> list[tuple[str, Task]]:
    """Return what is measured, each with a function that does it once."""
    letters, rng = load_font("capitals").pixels, np.random.default_rng(0)
    ae = Autoencoder([29, 23, 2], loss="bce", random_state=0, threads=1).fit(letters)
    network, theta = ae.network_, ae.theta_
    many, images = rng.random((100_000, 35)), rng.random((10_000, 784), dtype=np.float32)
    digits = Autoencoder([64], optimizer="adam", epochs=1, batch_size=1000, dtype="float32", scale=None, random_state=0)
    return [
        ("letters: value and gradient, 32 x 35 through 29-23-2", lambda: network.value_and_gradient(theta, letters)),
        ("letters: a fit with the defaults", lambda: ae.fit(letters)),
        ("codes of 100,000 x 35", lambda: ae.encode(many)),
        ("an epoch of 10,000 x 784 through 64, batches of 1,000, float32", lambda: digits.fit(images)),
    ]


def _seconds(task: Task, repetitions: int) -> float:
    """Return the median seconds that a task takes, after one call to warm up; short ones are called many times."""
    task()
    began = time.perf_counter()
    task()
    calls = max(1, int(0.02 / max(time.perf_counter() - began, 1e-9)))
    found = []
    for _ in range(repetitions):
        began = time.perf_counter()
        for _ in range(calls):
            task()
        found.append((time.perf_counter() - began) / calls)
    return statistics.median(found)
