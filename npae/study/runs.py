"""Carry out the runs that are not yet in the file, in any order, and return all of them in one order."""

import itertools
import numbers
import warnings
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass

from .executors import RunLost, opened
from .identity import brief, key_of, plain
from .journal import RESERVED, Journal
from .results import Results
from .study_progress import progress
from .under_way import under_way


def run_all(
    function,
    settings=({},),
    *,
    seeds=20,
    success=None,
    path=None,
    executor=None,
    workers=None,
    retry_failed=False,
    show_progress=True,
):
    """Call function(seed=seed, **setting) for every setting and seed; return what the calls returned, a row each.

    A run that raises an exception becomes a row with the status "failed" and the reason; the others go on. Rows depend
    neither on the executor nor on the order in which runs end (`seconds` apart). Budgets in seconds inside a run, such
    as `Refine(max_seconds=)`, would break that: count iterations or evaluations.

    Parameters
    ----------
    function : called with keywords only; returns a dict of numbers, strings and None by name. It may be a
        `functools.partial` or an instance of a dataclass; with the default executor it must be picklable, and the
        calling script importable (`if __name__ == "__main__":`).
    settings : sequence of dicts, what the function gets besides the seed; they must differ.
    seeds : number of runs of each setting, with the seeds 0, 1, ..., or a sequence of different integers; default 20.
    success : which runs succeed: the name of a column, or a function of a row; failed runs never do. None (default):
        the column "success" if there is one, else all that did not fail.
    path : file of JSON lines that gets a row as soon as a run ends, and is resumed from: finished runs that are in it
        are not repeated. A run is the same if the function's name and data (not its code), the setting and the seed are
        the same; rows of other studies are left alone. None (default): rows are kept in memory.
    executor : any `concurrent.futures.Executor`, which stays open; "serial" for this thread; None (default) for a pool
        of processes of our own.
    workers : processes of the default pool; None (default) for one a core.
    retry_failed : whether runs that are in the file as failed are done again; default false.
    show_progress : a progress bar on a terminal, a line every 10 s in a log; default true.

    Returns
    -------
    Results, in the order of the settings and seeds.

    Raises
    ------
    ValueError, TypeError for arguments that cannot work. FileError for a file of something else, BlockingIOError for
    one that another study is writing.
    KeyboardInterrupt (Ctrl-C) and BrokenExecutor (a worker process died): what has finished is in the file, and in
    the exception's attribute `results`.
    """
    runs = _planned(function, settings, seeds)
    with Journal(path) as journal:
        kept = [row for run in runs if (row := journal.rows.get(run.key))]
        if retry_failed:
            kept = [row for row in kept if row["status"] != "failed"]
        done = {row["key"] for row in kept}
        todo, failed = [run for run in runs if run.key not in done], sum(row["status"] == "failed" for row in kept)
        try:
            with (
                progress(len(runs), len(kept), failed, show_progress) as tell,
                opened(executor, workers, function, len(todo)) as submit,
                under_way(submit, lambda run, outcome: tell(journal.append(run.row(outcome)))) as begun,
            ):
                for run in todo:
                    begun.begin(run, run.settings, run.seed)
                    begun.take_ended()
        except (KeyboardInterrupt, BrokenExecutor) as error:
            raise ended_early(error, Results(_rows(runs, journal), success), len(runs), path) from error
    results = Results(_rows(runs, journal), success)
    warn_if_nothing_works(results)
    return results


@dataclass(frozen=True)
class _Run:
    settings: dict
    described: dict
    seed: int
    key: str

    def row(self, outcome):
        """Return the row of the file: the key, the settings, the seed, how it ended, numbers."""
        return {"key": self.key, **self.described, "seed": self.seed, **outcome}


def _planned(function, settings, seeds):
    if not callable(function):
        raise TypeError(f"function must be callable, got {function!r}.")
    settings, seeds, identity = checked_settings(settings), _checked_seeds(seeds), plain(function)
    described = [{name: plain(value) for name, value in setting.items()} for setting in settings]
    runs = [
        _Run(setting, document, seed, key_of(identity, document, seed))
        for setting, document in zip(settings, described, strict=True)
        for seed in seeds
    ]
    keys = set()
    for run in runs:
        if run.key in keys:
            raise ValueError(f"settings must differ from each other, got {_written(run.described)} twice.")
        keys.add(run.key)
    return runs


def checked_settings(settings):
    """Return settings as a list of dicts whose names can stand in a row."""
    settings = list(settings) if hasattr(settings, "__iter__") else settings
    if not settings or not isinstance(settings, list) or not all(isinstance(setting, dict) for setting in settings):
        raise ValueError(f"settings must be dicts of parameters, at least one, got {settings!r}.")
    for name in itertools.chain.from_iterable(settings):
        if not isinstance(name, str) or name in RESERVED:
            raise ValueError(f"names of settings must be strings other than {', '.join(RESERVED)}, got {name!r}.")
    return settings


def _checked_seeds(seeds):
    """Return the seeds that a number of them, or a sequence, stands for."""
    whole = isinstance(seeds, numbers.Integral) and not isinstance(seeds, bool)
    listed = range(seeds) if whole else list(seeds) if hasattr(seeds, "__iter__") else []
    good = all(isinstance(seed, numbers.Integral) and seed >= 0 for seed in listed)
    if not listed or not good or len({*listed}) < len(listed):
        raise ValueError(f"seeds must be a number of runs or different integers >= 0, at least one, got {seeds!r}.")
    return [int(seed) for seed in listed]


def _rows(runs, journal):
    return [journal.rows[run.key] for run in runs if run.key in journal.rows]


def ended_early(error, results, total, path, runs="runs"):
    """Return the same kind of exception with the results so far, and a message that says how to go on."""
    kept = f"{len(results)} of {total} {runs} have finished"
    where = f"and are in {path}: the same call goes on from there" if path else "(give a path to resume from)"
    what = "interrupted"
    if isinstance(error, BrokenExecutor):
        what = f"a worker process died: killed, short of memory, or unable to import the calling script ({error})"
        what = str(error) if isinstance(error, RunLost) else what
    early = type(error)(f"{what}; {kept} {where}.")
    early.results = results
    return early


def warn_if_nothing_works(results, runs="runs"):
    """Warn if every row is that of a failure."""
    reasons = {row["reason"] for row in results.rows}
    if all(row["status"] == "failed" for row in results.rows):
        others = f" ({len(reasons)} different reasons)" if len(reasons) > 1 else ""
        text = f"all {len(results.rows)} {runs} failed, the first with {results.rows[0]['reason']}{others}"
        warnings.warn(text, stacklevel=3)


def _written(settings):
    return ", ".join(f"{name}={brief(value)}" for name, value in settings.items()) or "one without parameters"
