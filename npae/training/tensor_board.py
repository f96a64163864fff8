"""The history of a training as TensorBoard shows it, through the package tensorboardX."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..optimize.curve import Iteration
from ..settings.checks import positive_integer, true_or_false
from ..settings.description import IF_GIVEN, repr_of_given
from .callbacks import AfterEpoch, Callback, added
from .event_file import EventFile, event_file
from .history import NOT_PER_EPOCH
from .loop import Training


@dataclass(frozen=True)
class TensorBoard(Callback):
    """Write the history of a training into a folder, for TensorBoard.

    Needs tensorboardX: ``pip install npae[tensorboard]``. Each number of an epoch is a scalar under its name in the
    history; a list of numbers is one scalar for each entry. `tensorboard --logdir FOLDER` shows them while training
    goes on, and all trainings whose folders lie in FOLDER side by side. A training that resumes from a `Checkpoint`
    goes on with its curves. Each training needs a folder of its own.

    Parameters
    ----------
    logdir : str or Path
        The folder, which is made if it is not there.
    every : int, default 1
        Write after every so many epochs.
    histograms : int, default None
        Write histograms of all weights and biases after every so many epochs; None writes none.
    iterations : bool, default False
        Whether to write `loss` and `gradient_norm` after each iteration of a refinement, too. TensorBoard shows them as
        those of another training, in the folder "iterations" of `logdir`, over all iterations so far.

    Raises
    ------
    ValueError
        For a field that cannot work.
    ImportError
        In `fit`, if tensorboardX is missing.
    OSError
        In `fit`, if the folder cannot be written.

    Examples
    --------
    >>> import os
    >>> import numpy as np, npae
    >>> ae = npae.Autoencoder([2], epochs=3, callbacks=[npae.TensorBoard("runs/first")]).fit(np.eye(6))
    >>> [name.startswith("events.out") for name in os.listdir("runs/first")]
    [True]
    """

    logdir: Any
    every: int = 1
    histograms: int | None = None
    iterations: bool = field(default=False, metadata=IF_GIVEN)

    __repr__ = repr_of_given
    acts_last = True  # what other callbacks record is shown

    def __post_init__(self) -> None:
        if not isinstance(self.logdir, (str, os.PathLike)) or not os.fspath(self.logdir):
            raise ValueError(f"logdir must be the path of a folder, got {self.logdir!r}.")
        positive_integer("every", self.every)
        if self.histograms is not None:
            positive_integer("histograms", self.histograms)
        true_or_false("iterations", self.iterations)

    @contextmanager
    def begin(self, training: Training, memory: dict[str, Any]) -> Iterator[AfterEpoch]:
        with (
            self._following_iterations(training) if self.iterations else nullcontext(),
            event_file(os.fspath(self.logdir), training.epoch + 1) as events,
        ):

            def after_epoch() -> None:
                self._write(training, events)
                events.flush_now_and_then()

            yield after_epoch

    @contextmanager
    def _following_iterations(self, training: Training) -> Iterator[None]:
        """Write each iteration of a refinement, under its number in the whole training."""
        done = sum(record["iterations"] for record in training.history["refinements"])
        with event_file(os.path.join(self.logdir, "iterations"), done + 1) as events:

            def after_iteration(iteration: Iteration) -> None:
                nonlocal done
                done += 1
                events.add_scalar("loss", iteration.loss, done)
                if iteration.gradient_norm is not None:
                    events.add_scalar("gradient_norm", iteration.gradient_norm, done)
                events.flush_now_and_then()

            with added(training.after_iteration, after_iteration):
                yield

    def _write(self, training: Training, events: EventFile) -> None:
        """Write the numbers of an epoch."""
        if training.epoch % self.every == 0:
            for name, value in _scalars(training.history, training.epoch):
                events.add_scalar(name, value, training.epoch)
        if self.histograms is not None and training.epoch % self.histograms == 0:
            for name, array in training.network.parameters(training.theta).items():
                events.add_histogram(name.replace(".", "/", 1), array, training.epoch)


def _scalars(history: dict[str, Any], epoch: int) -> Iterator[tuple[str, float]]:
    """Yield the numbers that the history has of an epoch; "dead encoder.0" becomes one of the group "dead"."""
    for name, column in history.items():
        if name in NOT_PER_EPOCH or len(column) < epoch:
            continue
        value, tag = column[epoch - 1], name.replace(" ", "/")
        if isinstance(value, (list, tuple, np.ndarray)):
            yield from ((f"{tag}/{i}", number) for i, number in enumerate(np.ravel(value).tolist()))
        elif isinstance(value, (int, float, np.number)):
            yield tag, float(value)
