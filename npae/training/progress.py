"""How far training is: a bar on a terminal or in a notebook, lines in a log file."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from typing import Any

from ..execution.screen import bar_class, shows_bars, tell
from ..optimize.time_left import Status
from ..settings.checks import number_in
from .callbacks import AfterEpoch, Callback, added
from .loop import Training

LONG = 1.0  # seconds after which a refinement shows how far it is


@dataclass(frozen=True)
class Progress(Callback):
    """Show a progress bar on a terminal or in a notebook, or write a line now and then to a log file.

    Without a standard error, nothing is shown.

    A refinement that takes more than a second has a bar or lines of its own: the iteration, the least loss so far, and
    an estimate of the time left.

    Parameters
    ----------
    every : float, default 10.0
        Seconds between two lines in a log file.

    Raises
    ------
    ValueError
        If `every` is negative or not finite.

    Examples
    --------
    >>> import numpy as np
    >>> import npae
    >>> ae = npae.Autoencoder([2], callbacks=[npae.Progress(every=60)], epochs=5, random_state=0).fit(np.eye(4))
    >>> ae.n_epochs_
    5
    """

    every: float = 10.0

    def __post_init__(self) -> None:
        number_in("every", self.every, 0, math.inf)

    def begin(self, training: Training, memory: dict[str, Any]) -> AbstractContextManager[AfterEpoch]:
        return _bar(training) if shows_bars() else _lines(training, self.every)


@contextmanager
def _bar(training: Training) -> Iterator[AfterEpoch]:
    tqdm = bar_class()
    with (
        tqdm(total=training.epochs, unit="epoch", leave=False) as bar,
        closing(_RefinementBar(tqdm)) as refinement,
        added(training.listeners, refinement.show),
    ):

        def after_epoch() -> None:
            refinement.close()
            bar.set_postfix_str(f"loss {training.history['loss'][-1]:.4g}", refresh=False)
            bar.update()

        yield after_epoch


class _RefinementBar:
    """A second bar, which is there only during a long refinement."""

    def __init__(self, tqdm: Any) -> None:
        self._tqdm = tqdm
        self._bar: Any = None

    def show(self, status: Status) -> None:
        """Show how far the refinement is."""
        if status.seconds < LONG:
            return
        if self._bar is None:
            self._bar = self._tqdm(total=1.0, leave=False, bar_format="{desc} |{bar}|")
        self._bar.n = status.share or 0.0
        self._bar.set_description_str(str(status))

    def close(self) -> None:
        """Remove the bar; the next refinement gets a new one."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None


@contextmanager
def _lines(training: Training, every: float) -> Iterator[AfterEpoch]:
    last = time.monotonic()

    def line(text: str) -> None:
        nonlocal last
        if time.monotonic() - last >= every:
            last = time.monotonic()
            tell(text)

    def after_epoch() -> None:
        line(f"epoch {training.epoch} of {training.last_epoch}, loss {training.history['loss'][-1]:.4g}")

    def refining(status: Status) -> None:
        if status.seconds >= LONG:
            line(str(status))

    with added(training.listeners, refining):
        yield after_epoch
