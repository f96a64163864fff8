"""Training that cannot be lost: its whole state in a file, from which it resumes as if nothing had happened."""

from __future__ import annotations

import contextlib
import glob
import re
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..samples import Samples
from ..samples.rows import pick
from ..settings import archive
from ..settings.array_types import AnyArray
from ..settings.checks import number_in, positive_integer, true_or_false
from ..settings.description import IF_GIVEN
from .callbacks import AfterEpoch, Callback
from .restored_state import check_document, restored_network, restored_state
from .state import TrainingState

if TYPE_CHECKING:
    from .loop import Training

COMPARED = 1000  # samples that tell one data set from another
HINT = "Give another path, delete the file, or set resume=False to replace it."
UNKNOWN_TO_0_1_0 = {"scaling": "None", "missing": "error"}  # and what its files stand for
SHOWN = {"seed": "random_state", "scaling": "scale"}  # the parameters that parts of the identity come from
UNFINISHED = ("", "epochs", "interrupted")  # reasons to stop that do not count if there are more epochs


@dataclass(frozen=True)
class Checkpoint(Callback):
    """Save the state of training in a file; a `fit` that finds the file resumes from it.

    Training may be killed at any moment. Started again by the same program, it ends with the same theta, history
    (except `seconds`) and predictions, to the bit on the same machine; another processor rounds differently. Training
    that has ended is not repeated: its result is in the file. The file is replaced as a whole or not at all.

    Between the two, `epochs` may have grown, and fields of callbacks may have changed that only decide when to stop or
    what is shown, as docs/how_to/resume.md lists. Training that has ended then goes on, until the new value ends it.
    Anything else that has changed is refused by name.

    A `partial_fit` that begins a model resumes from its file too, and trains one more epoch on its chunk; the file does
    not say which chunks were seen.

    Parameters
    ----------
    path : str or Path
        The file, in a folder that exists. Each training needs a file of its own.
    every : int, default 1
        Epochs from one writing to the next. The file is also written after the last epoch.
    seconds : float, default 0.0
        The least number of seconds from one writing to the next.
    resume : bool, default True
        Whether to resume from the file; if not, training starts from scratch and replaces it.

    Raises
    ------
    ValueError
        For a field that cannot work; in `fit`, if the file belongs to another network, plan, seed or data, or to more
        epochs.
    FileError
        In `fit`, if the file is damaged. It is a ValueError.
    OSError
        In `fit`, if the file cannot be written; what was written before remains.

    Examples
    --------
    >>> import numpy as np, npae
    >>> X, checkpoint = np.eye(6), npae.Checkpoint("training.npz")
    >>> half = npae.Autoencoder([3], epochs=50, callbacks=[checkpoint], random_state=0).fit(X)
    >>> whole = npae.Autoencoder([3], epochs=100, callbacks=[checkpoint], random_state=0).fit(X)    # 50 more
    >>> bool((whole.theta_ == npae.Autoencoder([3], epochs=100, random_state=0).fit(X).theta_).all())
    True
    """

    path: str | Path
    every: int = 1
    seconds: float = 0.0
    resume: bool = True

    acts_last = True

    def __post_init__(self) -> None:
        if not isinstance(self.path, (str, Path)) or not str(self.path):
            raise ValueError(f"path must be the path of a file, got {self.path!r}.")
        positive_integer("every", self.every)
        number_in("seconds", self.seconds, 0, float("inf"))
        true_or_false("resume", self.resume)

    @contextmanager
    def begin(self, training: Training, memory: dict[str, Any]) -> Iterator[AfterEpoch]:
        self._remove_parts()
        own, written = identity(training), time.monotonic()
        self._write(training, own)

        def after_epoch() -> None:
            nonlocal written
            due = training.epoch % self.every == 0 and time.monotonic() - written >= self.seconds
            if due or training.epoch == training.last_epoch or training.state.stopped not in UNFINISHED:
                self._write(training, own)
                written = time.monotonic()

        yield after_epoch

    def restored(self, training: Training) -> TrainingState | None:
        """Return the state that a training resumes from.

        Parameters
        ----------
        training : Training
            What is to resume; it must be the training that the file was written by.

        Returns
        -------
        TrainingState or None
            The state in the file; None if there is no file, or without `resume`.
        """
        if not self.resume or not Path(self.path).exists():
            return None
        document, arrays = archive.read(self.path, "checkpoint")
        with archive.complete(self.path, "checkpoint"):
            check_document(document)
        self._compare(document, training)
        with archive.complete(self.path, "checkpoint"):
            optimizer, data = training.plan.optimizer, training.data
            state = restored_state(document["state"], arrays, training.state, optimizer, data)
            training.network = restored_network(document, arrays, training.network)
        training.stopped_by = document.get("stopped_by", "")
        if training.stopped_by and _changed(training.stopped_by, document, training):
            state.stopped, training.stopped_by = "epochs", ""  # what ended training has changed, and decides again
        if state.epoch > training.last_epoch and not training.stream:
            rule = f"epochs must be at least the {state.epoch} of the checkpoint {self.path}, got {training.last_epoch}"
            raise ValueError(f"{rule}. {HINT}")
        return state

    def _compare(self, document: dict[str, Any], training: Training) -> None:
        """Raise ValueError for a checkpoint of another training."""
        mine, theirs = identity(training), {**UNKNOWN_TO_0_1_0, **document.get("identity", {})}
        if "callbacks" not in document and theirs.get("seed") == "" and mine["seed"].startswith("generator"):
            theirs["seed"] = mine["seed"]  # files of 0.1.0 do not tell generators apart
        remembered = {key: callback.remembered for key, callback in _described(training)}
        for key, values in document.get("callbacks", {}).items():
            for name in remembered.get(key, ()):
                theirs[f"{name} of callback {key}"] = values.get(name)
                mine[f"{name} of callback {key}"] = _fields(dict(_described(training))[key])[name]
        for name, value in mine.items():
            if theirs.get(name) != value:
                rule = f"{self.path} must be a checkpoint of this training, with {SHOWN.get(name, name)} {value}"
                raise ValueError(f"{rule}, got {theirs.get(name)}. {HINT}")

    def _write(self, training: Training, own: dict[str, str]) -> None:
        arrays: dict[str, AnyArray] = {}
        callbacks = {key: _fields(callback) for key, callback in _described(training)}
        document: dict[str, Any] = {"identity": own, "callbacks": callbacks, "stopped_by": training.stopped_by}
        document["state"] = _document(training, arrays)
        scaling = training.network.scaling
        if scaling is not None:
            document["scaling"] = scaling.kind
            arrays |= {"shift": scaling.shift, "unit": scaling.unit}
        version = 2 if scaling else 1  # readers of version 1 know no scaling
        targets = training.network.target_scaling
        if targets is not scaling and not training.network.loss.restricts_targets:
            document["target_scaling"], version = None if targets is None else targets.kind, 3
            if targets is not None:
                arrays |= {"target_shift": targets.shift, "target_unit": targets.unit}
        if training.network.fill is not None:
            document["fill"] = True
            arrays["fill"] = training.network.fill
            version = archive.VERSION
        try:
            archive.write(self.path, "checkpoint", document, arrays, version=version)
        except OSError as error:
            shared = isinstance(error, FileNotFoundError) and Path(self.path).parent.is_dir()
            hint = (
                "Another training writes this file: give each its own" if shared else "Free space or give another path"
            )
            hint += "; the model so far is kept, and so is what was written before."
            message = f"checkpoint must be written, got: {error.strerror}. {hint}"
            raise type(error)(error.errno, message, str(self.path)) from error

    def _remove_parts(self) -> None:
        """Remove the unfinished files of a process that was killed."""
        path = Path(self.path)
        for part in path.parent.glob(f".{glob.escape(path.name)}.*.part"):
            with contextlib.suppress(OSError):
                part.unlink()


def identity(training: Training) -> dict[str, str]:
    """Return what a training must have in common with a checkpoint to resume from it, as strings by name."""
    network, plan = training.network, training.plan
    parts = {
        "in_shape": network.in_shape,
        "encoder": network.encoder.layers,
        "decoder": network.decoder.layers,
        "loss": network.loss,
        "init": network.initializer,
        "noise": network.noise,
        "penalty": network.penalties,
        "dtype": network.dtype,
        "scaling": network.scaling and network.scaling.kind,
        "missing": "error" if network.fill is None else "ignore",
        "optimizer": plan.optimizer,
        "refine": plan.refine,
        "batch_size": plan.batch_size,
        "seed": plan.seed,
        "data": "a stream" if training.stream else _digest(training.data),
        "validation": None if training.validation is None else _digest(training.validation),
    }
    return {name: _without_address(str(part)) for name, part in parts.items()}


def _without_address(text: str) -> str:
    return re.sub(r" at 0x[0-9A-Fa-f]+", "", text)


def _described(training: Training) -> list[tuple[str, Callback]]:
    """Return the callbacks whose fields can be compared, which a function has none of."""
    return [(key, callback) for key, callback in training.callbacks if isinstance(callback, Callback)]


def _fields(callback: Callback) -> dict[str, str]:
    described = fields(callback) if is_dataclass(callback) else ()
    return {field.name: _without_address(repr(getattr(callback, field.name))) for field in described}


def _changed(key: str, document: dict[str, Any], training: Training) -> bool:
    """Return whether the callback that ended the training of a file is no longer there, or has other fields."""
    callback = dict(training.callbacks).get(key)
    if not isinstance(callback, Callback):
        return callback is None or document.get("callbacks", {}).get(key) is not None
    theirs = document.get("callbacks", {}).get(key)
    return theirs is None or {**_fields_since(callback), **theirs} != _fields(callback)


def _fields_since(callback: Callback) -> dict[str, str]:
    """Return the fields that an older file may not have, at the values that stand for what was done before."""
    described = fields(callback) if is_dataclass(callback) else ()
    return {field.name: repr(field.default) for field in described if field.metadata == IF_GIVEN}


def _digest(samples: Samples) -> str:
    """Return what tells one data set from another: its shape, and a checksum of some samples."""
    step = max(1, len(samples) // COMPARED)
    checksum = 0
    for array in (samples.X, samples.T, samples.mask, samples.weights):
        if array is not None:
            checksum = zlib.crc32(np.ascontiguousarray(pick(array, slice(None, None, step))).data, checksum)
    return f"{samples.X.shape}, checksum {checksum:08x}"


def _document(training: Training, arrays: dict[str, AnyArray]) -> Any:
    """Return the state as what JSON can hold, and put its arrays into `arrays`, by name."""
    state = training.state
    content = {field.name: getattr(state, field.name) for field in fields(state)}
    gradient = None if training.stream else training.gradient  # the next chunk has another
    content.update(rng=state.rng.bit_generator.state, gradient=gradient, threads=training.threads)
    return _without_arrays(content, "", arrays)


def _without_arrays(value: Any, name: str, arrays: dict[str, AnyArray]) -> Any:
    if isinstance(value, np.ndarray):
        arrays[name] = value
        return {"array of": name}
    if isinstance(value, dict):
        return {key: _without_arrays(item, f"{name}/{key}", arrays) for key, item in value.items()}
    return value
