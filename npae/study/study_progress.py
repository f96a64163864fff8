"""How far a study is: a bar on a terminal or in a notebook, a line every few seconds in a log."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from ..execution.screen import bar_class, shows_bars, tell
from .run_types import Row, Tell


@contextmanager
def progress(total: int, finished: int = 0, failed: int = 0, show: bool = True, every: float = 10.0) -> Iterator[Tell]:
    """Show how many runs have ended.

    Parameters
    ----------
    total : int
        Runs of the study.
    finished, failed : int, default 0
        How many of them are in the file already, and how many of these failed.
    show : bool, default True
        False for silence.
    every : float, default 10.0
        Seconds between two lines in a log.

    Yields
    ------
    function
        Call it with the row of each run that ends.
    """
    if not show:
        yield lambda _: None
    elif shows_bars():
        yield from _bar(total, finished, failed)
    else:
        yield _lines(total, finished, failed, every)


def _bar(total: int, finished: int, failed: int) -> Iterator[Tell]:
    with bar_class()(total=total, initial=finished, unit="run", leave=False) as bar:

        def ended(row: Row) -> None:
            nonlocal failed
            failed += row["status"] == "failed"
            bar.set_postfix_str(f"{failed} failed" if failed else "", refresh=False)
            bar.update()

        yield ended


def _lines(total: int, finished: int, failed: int, every: float) -> Tell:
    began = last = time.monotonic()
    done = 0

    def ended(row: Row) -> None:
        nonlocal failed, done, last
        failed, done, now = failed + (row["status"] == "failed"), done + 1, time.monotonic()
        if now - last >= every:
            last, left = now, (now - began) / done * (total - finished - done)
            tell(f"run {finished + done} of {total}, {failed} failed, about {left:.0f} s left")

    return ended
