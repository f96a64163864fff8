"""A run that cannot be lost: its whole state in a file, from which it goes on as if nothing had happened."""

import contextlib
import glob
import re
import time
import zlib
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from ..samples.rows import pick
from ..settings import archive as persistence
from ..settings.checks import number_in, positive_integer
from .callbacks import Callback
from .state import TrainingState

ROWS = 1000  # of the data that tell one data set from another
CURE = "Give another path, delete the file, or set resume=False to replace it."
UNFINISHED = ("", "epochs", "interrupted")  # reasons to stop that more epochs overrule


@dataclass(frozen=True)
class Checkpoint(Callback):
    """Keep the state of the run in a file; a `fit` that finds the file goes on from there.

    A run that was killed at any moment, and is started again by the same program, ends with the same theta, history
    (but for `seconds`) and predictions, to the bit. A run that had ended is not repeated: its result is in the file.
    Only `epochs` may have grown in between. The file is replaced as a whole or not at all. A `partial_fit` that begins
    a model goes on from its file too, one epoch more on its chunk; which chunks were seen, the file does not say.

    Parameters
    ----------
    path : file to keep; its folder must exist. One file a run.
    every : epochs from one writing to the next; default 1. The last epoch is always written.
    seconds : write no sooner than so many seconds after the last time; default 0.
    resume : go on from the file (default), or begin anew and replace it.

    Raises (in fit)
    ---------------
    ValueError if the file is of another network, plan, seed or data, or of more epochs. FileError (a ValueError) if it
    is damaged.
    OSError if it cannot be written; what was written before stays good.

    Examples
    --------
    >>> import numpy as np, npae
    >>> X, checkpoint = np.eye(6), npae.Checkpoint("run.npz")
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

    def __post_init__(self):
        if not isinstance(self.path, (str, Path)) or not str(self.path):
            raise ValueError(f"path must be the path of a file, got {self.path!r}.")
        positive_integer("every", self.every)
        number_in("seconds", self.seconds, 0, float("inf"))
        if not isinstance(self.resume, bool):
            raise ValueError(f"resume must be True or False, got {self.resume!r}.")

    @contextmanager
    def begin(self, training, memory):
        self._remove_parts()
        own = identity(training)
        self._write(training, own)
        written = time.monotonic()

        def after_epoch():
            nonlocal written
            due = training.epoch % self.every == 0 and time.monotonic() - written >= self.seconds
            if due or training.epoch == training.last_epoch or training.state.stopped not in UNFINISHED:
                self._write(training, own)
                written = time.monotonic()

        yield after_epoch

    def restored(self, training):
        """Return the state in the file, or None if there is no file; raises as `fit` does."""
        if not self.resume or not Path(self.path).exists():
            return None
        document, arrays = persistence.read(self.path, "checkpoint")
        self._compare(document.get("identity", {}), identity(training))
        try:
            state = _restored(document["state"], arrays)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            rule = f"{self.path} must hold a complete checkpoint, got one without it: {error}"
            raise persistence.FileError(rule) from error
        if state.epoch > training.last_epoch and not training.stream:
            rule = f"epochs must be at least the {state.epoch} of the checkpoint {self.path}, got {training.last_epoch}"
            raise ValueError(f"{rule}. {CURE}")
        return state

    def _compare(self, theirs, mine):
        for name, value in mine.items():
            if theirs.get(name) != value:
                raise ValueError(
                    f"{self.path} must be a checkpoint of this run, with {name} {value}, got {theirs.get(name)}. {CURE}"
                )

    def _write(self, training, own):
        arrays = {}
        document = {"identity": own, "state": _document(training, arrays)}
        try:
            persistence.write(self.path, "checkpoint", document, arrays)
        except OSError as error:
            shared = isinstance(error, FileNotFoundError) and Path(self.path).parent.is_dir()
            hint = "Another run keeps the same file: give each its own" if shared else "Free space or give another path"
            hint += "; the model so far is kept, and so is what was written before."
            message = f"checkpoint must be written, got: {error.strerror}. {hint}"
            raise type(error)(error.errno, message, str(self.path)) from error

    def _remove_parts(self):
        """Remove what a killed process left unfinished."""
        path = Path(self.path)
        for part in path.parent.glob(f".{glob.escape(path.name)}.*.part"):
            with contextlib.suppress(OSError):
                part.unlink()


def identity(training):
    """Return what a run must have in common with a checkpoint to go on from it, as texts by name."""
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
        "optimizer": plan.optimizer,
        "refine": plan.refine,
        "batch_size": plan.batch_size,
        "seed": plan.seed,
        "data": "a stream" if training.stream else _digest(training.data),
        "validation": _digest(training.validation),
    }
    return {name: re.sub(r" at 0x[0-9A-Fa-f]+", "", str(part)) for name, part in parts.items()}


def _digest(data):
    """Tell one data set from another: its shape, and a checksum of some rows."""
    if data is None:
        return None
    step = max(1, len(data) // ROWS)
    checksum = 0
    for array in (data.X, data.T, data.mask):
        if array is not None:
            checksum = zlib.crc32(np.ascontiguousarray(pick(array, slice(None, None, step))), checksum)
    return f"{data.X.shape}, checksum {checksum:08x}"


def _document(training, arrays):
    """Return the state as what JSON can hold; its arrays go to `arrays`, by name."""
    state = training.state
    content = {field.name: getattr(state, field.name) for field in fields(state)}
    gradient = None if training.stream else training.gradient  # the next chunk has another
    content.update(rng=state.rng.bit_generator.state, gradient=gradient, threads=training.threads)
    return _without_arrays(content, "", arrays)


def _without_arrays(value, name, arrays):
    if isinstance(value, np.ndarray):
        arrays[name] = value
        return {"array of": name}
    if isinstance(value, dict):
        return {key: _without_arrays(item, f"{name}/{key}", arrays) for key, item in value.items()}
    return value


def _restored(document, arrays):
    content = _with_arrays(document, arrays)
    rng = content["rng"]
    generator = getattr(np.random, rng["bit_generator"])()
    generator.state = rng
    return TrainingState(**{**content, "rng": np.random.Generator(generator)})


def _with_arrays(value, arrays):
    if isinstance(value, dict):
        if set(value) == {"array of"}:
            return arrays[value["array of"]]
        return {key: _with_arrays(item, arrays) for key, item in value.items()}
    return value
