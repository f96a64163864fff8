"""Carry out the runs that are not in the file yet, in any order, and return all of them in one order."""

from __future__ import annotations

import itertools
import numbers
import warnings
from collections.abc import Iterable, Sequence
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass, replace
from typing import Any

from ..settings.archive import FileError
from .executors import RunLost, opened
from .identity import brief, key_of, plain
from .journal import RESERVED, Journal
from .results import Results
from .run_types import FilePath, Function, Outcome, Row, Settings, Submit, Success, Tell, Where
from .search_results import SearchResults
from .study_progress import progress
from .under_way import under_way


def run_all(
    function: Function,
    settings: Iterable[Settings] = ({},),
    *,
    seeds: int | Iterable[int] = 20,
    success: Success = None,
    path: FilePath | None = None,
    executor: Where = None,
    workers: int | None = None,
    retry_failed: bool = False,
    show_progress: bool = True,
) -> Results:
    """Call function(seed=seed, **setting) for every setting and seed; return one row per call.

    A run that raises an exception becomes a row with the status "failed" and the reason; the others go on. Except for
    `seconds`, rows depend neither on the executor nor on the order in which runs end. A budget in seconds inside a run,
    such as `Refine(max_seconds=)`, would break that: count iterations or evaluations instead.

    Parameters
    ----------
    function : callable
        Called with keywords only; returns a dict of numbers, strings and None by name. It may be a `functools.partial`
        or an instance of a dataclass. With the default executor it must be picklable, and the calling script must be
        importable (`if __name__ == "__main__":`).
    settings : iterable of dict, default ({},)
        What the function gets besides the seed. The settings must differ.
    seeds : int or iterable of int, default 20
        Number of runs per setting, with the seeds 0, 1, ...; or the seeds themselves, which must differ.
    success : str or callable, optional
        Which runs succeed: the name of a column, or a function of a row. Failed runs never do. None means the column
        "success" if there is one, otherwise every run that did not fail.
    path : path-like, optional
        File of JSON lines. Each row is added to it as soon as its run ends. Finished runs that it holds are not
        repeated. Two runs are the same if the function's name and data (not its code), the setting and the seed are the
        same. Rows of other studies are left alone. None keeps the rows in memory.
    executor : Executor or "serial", optional
        Any `concurrent.futures.Executor`, which stays open; or "serial" for this thread. None means a pool of processes
        that ends with the study.
    workers : int, optional
        Processes of the default pool; None means one per core.
    retry_failed : bool, default False
        Whether to repeat runs that failed according to the file.
    show_progress : bool, default True
        Show a progress bar on a terminal, a line every 10 s in a log.

    Returns
    -------
    Results
        The rows, in the order of the settings and seeds.

    Raises
    ------
    ValueError, TypeError
        For arguments that cannot work.
    FileError
        If the file holds something else; or, of `repeat` or `sweep`, if it holds runs whose loss version 0.1.0 measured
        in another way, and more such runs are left.
    BlockingIOError
        If another study is writing the file.
    KeyboardInterrupt, BrokenExecutor
        After Ctrl-C, or if a worker process dies. The runs that have finished are in the file, and in the exception's
        attribute `results`.
    """
    runs = _planned(function, settings, seeds)
    with Journal(path) as journal:
        runs = _resumed(runs, journal, retry_failed, path)
        kept = [row for run in runs if (row := journal.rows.get(run.key))]
        if retry_failed:
            kept = [row for row in kept if row["status"] != "failed"]
        done = {row["key"] for row in kept}
        todo, failed = [run for run in runs if run.key not in done], sum(row["status"] == "failed" for row in kept)
        try:
            with (
                progress(len(runs), len(kept), failed, show_progress) as tell,
                opened(executor, workers, function, len(todo)) as submit,
            ):
                _carry_out(todo, journal, submit, tell)
        except (KeyboardInterrupt, BrokenExecutor) as error:
            raise ended_early(error, Results(_rows(runs, journal), success), len(runs), path) from error
    results = Results(_rows(runs, journal), success)
    warn_if_nothing_works(results)
    return results


class Renewed:
    """A function whose runs may measure something else than those of the same name did in version 0.1.0."""

    def meaning(self, settings: Settings) -> str:
        """Return what a run with these settings measures that it did not measure then; "" if there is nothing."""
        raise NotImplementedError


@dataclass(frozen=True)
class _Run:
    settings: Settings
    described: dict[str, Any]
    seed: int
    key: str
    former: str = ""  # the key that it had in version 0.1.0, where it measured something else

    @classmethod
    def of(cls, settings: Settings, seed: int, identity: Any, meaning: str) -> _Run:
        """Return the run of a function with this identity."""
        described = {name: plain(value) for name, value in settings.items()}
        key = key_of(identity, described, seed)
        if not meaning:
            return cls(settings, described, seed, key)
        return cls(settings, described, seed, key_of([identity, meaning], described, seed), key)

    def row(self, outcome: Outcome) -> Row:
        """Return the row for the file: key, settings, seed, outcome."""
        return {"key": self.key, **self.described, "seed": self.seed, **outcome}


def _planned(function: Function, settings: Iterable[Settings], seeds: int | Iterable[int]) -> list[_Run]:
    if not callable(function):
        raise TypeError(f"function must be callable, got {function!r}.")
    settings, seeds, identity = checked_settings(settings), _checked_seeds(seeds), plain(function)
    runs = [
        _Run.of(setting, seed, identity, function.meaning(setting) if isinstance(function, Renewed) else "")
        for setting in settings
        for seed in seeds
    ]
    keys = set()
    for run in runs:
        if run.key in keys:
            raise ValueError(f"settings must differ from each other, got {_written(run.described)} twice.")
        keys.add(run.key)
    return runs


def checked_settings(settings: Any) -> list[Settings]:
    """Return settings as a list of dicts whose names can stand in a row."""
    listed = list(settings) if hasattr(settings, "__iter__") else settings
    if not listed or not isinstance(listed, list) or not all(isinstance(setting, dict) for setting in listed):
        raise ValueError(f"settings must be dicts of parameters, at least one, got {listed!r}.")
    for name in itertools.chain.from_iterable(listed):
        if not isinstance(name, str) or name in RESERVED:
            raise ValueError(f"names of settings must be strings other than {', '.join(RESERVED)}, got {name!r}.")
    return listed


def _checked_seeds(seeds: Any) -> list[int]:
    """Return the seeds, given how many there are or which ones."""
    whole = isinstance(seeds, numbers.Integral) and not isinstance(seeds, bool)
    listed: Sequence[Any] = range(seeds) if whole else list(seeds) if hasattr(seeds, "__iter__") else []
    good = all(isinstance(seed, numbers.Integral) and int(seed) >= 0 for seed in listed)
    if not listed or not good or len({*listed}) < len(listed):
        raise ValueError(f"seeds must be a number of runs or different integers >= 0, at least one, got {seeds!r}.")
    return [int(seed) for seed in listed]


def _resumed(runs: list[_Run], journal: Journal, retry_failed: bool, path: FilePath | None) -> list[_Run]:
    """Return the runs, those that version 0.1.0 finished under the keys that they had there.

    Raises FileError if others are left whose loss would mean something else than theirs.
    """

    def kept(key: str) -> bool:
        row = journal.rows.get(key)
        return row is not None and not (retry_failed and row["status"] == "failed")

    former = [run for run in runs if run.former and kept(run.former)]
    left = [run for run in runs if run.former and not kept(run.former) and not kept(run.key)]
    if former and left:
        rule = f"{path} must hold runs whose loss is that of the model that fit returns"
        got = f"{len(former)} that an earlier version measured during the last epoch, and {len(left)} are left"
        raise FileError(f"{rule}, got {got}. Give another path, or a measure of your own.")
    return [replace(run, key=run.former) if run.former and kept(run.former) else run for run in runs]


def _carry_out(todo: list[_Run], journal: Journal, submit: Submit, tell: Tell) -> None:
    """Submit all runs; write them down as they end."""

    def keep(run: _Run, outcome: Outcome) -> None:
        tell(journal.append(run.row(outcome)))

    with under_way(submit, keep) as begun:
        for run in todo:
            begun.begin(run, run.settings, run.seed)
            begun.take_ended()


def _rows(runs: list[_Run], journal: Journal) -> list[Row]:
    return [journal.rows[run.key] for run in runs if run.key in journal.rows]


def ended_early(
    error: KeyboardInterrupt | BrokenExecutor,
    results: Results | SearchResults,
    total: int,
    path: FilePath | None,
    runs: str = "runs",
) -> BaseException:
    """Return an exception of the same class with the results so far, whose message says how to go on."""
    kept = f"{len(results)} of {total} {runs} have finished"
    where = f"and are in {path}: the same call goes on from there" if path else "(give a path to resume from)"
    what = "interrupted"
    if isinstance(error, BrokenExecutor):
        what = f"a worker process died: killed, short of memory, or unable to import the calling script ({error})"
        what = str(error) if isinstance(error, RunLost) else what
    early = type(error)(f"{what}; {kept} {where}.")
    early.results = results  # type: ignore[union-attr]  # its class does not declare the attribute
    return early


def warn_if_nothing_works(results: Results | SearchResults, runs: str = "runs") -> None:
    """Warn if every run failed."""
    reasons = {row["reason"] for row in results.rows}
    if all(row["status"] == "failed" for row in results.rows):
        others = f" ({len(reasons)} different reasons)" if len(reasons) > 1 else ""
        text = f"all {len(results.rows)} {runs} failed, the first with {results.rows[0]['reason']}{others}"
        warnings.warn(text, stacklevel=3)


def _written(settings: dict[str, Any]) -> str:
    return ", ".join(f"{name}={brief(value)}" for name, value in settings.items()) or "one without parameters"
