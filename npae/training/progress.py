"""How far a run is: a bar on a terminal, lines in a log file."""

import math
import sys
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass

from ..settings.checks import number_in
from .callbacks import Callback

LONG = 1.0  # seconds from which on a refinement shows how far it is


@dataclass(frozen=True)
class Progress(Callback):
    """A progress bar on a terminal; in a log file, one line now and then.

    A refinement that takes more than a second has a bar, or lines, of its own, with about how long it will last.

    Parameters
    ----------
    every : seconds between two lines in a log file; default 10.
    """

    every: float = 10.0

    def __post_init__(self):
        number_in("every", self.every, 0, math.inf)

    def begin(self, training, memory):
        return _bar(training) if sys.stderr.isatty() else _lines(training, self.every)


@contextmanager
def _bar(training):
    from tqdm import tqdm

    with (
        tqdm(total=training.epochs, unit="epoch", leave=False) as bar,
        closing(_RefinementBar(tqdm)) as refinement,
        _heard(training, refinement.show),
    ):

        def after_epoch():
            refinement.close()
            bar.set_postfix_str(f"loss {training.history['loss'][-1]:.4g}", refresh=False)
            bar.update()

        yield after_epoch


class _RefinementBar:
    """A second bar, there only while a refinement takes its time."""

    def __init__(self, tqdm):
        self._tqdm, self._bar = tqdm, None

    def show(self, status):
        """Move the bar to where the refinement is."""
        if status.seconds < LONG:
            return
        if self._bar is None:
            self._bar = self._tqdm(total=1.0, leave=False, bar_format="{desc} |{bar}|")
        self._bar.n = status.share or 0.0
        self._bar.set_description_str(str(status))

    def close(self):
        """Remove the bar; the next refinement gets a new one."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None


@contextmanager
def _lines(training, every):
    last = time.monotonic()

    def line(text):
        nonlocal last
        if time.monotonic() - last >= every:
            last = time.monotonic()
            print(text, file=sys.stderr, flush=True)

    def after_epoch():
        line(f"epoch {training.epoch} of {training.last_epoch}, loss {training.history['loss'][-1]:.4g}")

    def refining(status):
        if status.seconds >= LONG:
            line(str(status))

    with _heard(training, refining):
        yield after_epoch


@contextmanager
def _heard(training, listener):
    training.listeners.append(listener)
    try:
        yield
    finally:
        training.listeners.remove(listener)
