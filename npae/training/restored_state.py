"""From the document of a checkpoint to the state of a training, each part of which is looked at before it is used.

A file may be damaged, or come from somebody else. Nothing in it names what is to be called, and no number in it is
believed where it decides how memory is read.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..network import Network
from ..network.scaling import SAME, Scaling, restored_fill, restored_scaling
from ..optimize import Optimizer
from ..samples import Samples
from ..settings.array_types import AnyArray, FloatArray
from .recorded_history import checked_history, is_real
from .state import TrainingState

GENERATORS = {
    kind.__name__: kind
    for kind in (np.random.MT19937, np.random.PCG64, np.random.PCG64DXSM, np.random.Philox, np.random.SFC64)
}
POSITIONS = {"pos": 624, "buffer_pos": 4, "has_uint32": 1, "uinteger": 2**32 - 1}  # and the highest; NumPy checks none
MOST_THREADS = 1024
REMEMBERING = ("EarlyStopping", "ReduceOnPlateau", "Converged")  # callbacks of npae's own that remember numbers
OPTIONAL = {"top"}  # what a schedule remembers today, but not in 0.1.0


def check_document(document: dict[str, Any]) -> None:
    """Raise ValueError unless what tells one training from another has the form that is compared."""
    callbacks = document.get("callbacks", {})
    whole = isinstance(document["identity"], dict) and isinstance(document.get("stopped_by", ""), str)
    if not whole or not all(isinstance(fields, dict) for fields in callbacks.values()):
        raise ValueError("a checkpoint must say which training it is of")


def restored_state(
    document: dict[str, Any],
    arrays: dict[str, AnyArray],
    fresh: TrainingState,
    optimizer: Optimizer | None,
    data: Samples,
) -> TrainingState:
    """Return the described state, which must be one that `fresh`, before training on `data`, may become.

    Whatever is missing or of another kind raises ValueError, KeyError, TypeError or the like.
    """
    content = _with_arrays(document, arrays)
    state = TrainingState(**{**content, "rng": _generator(content["rng"])})
    state.history = checked_history(state.history, state.epoch)
    _check_numbers(state)
    _check_arrays(state, fresh.theta)
    if state.fills is not None and state.fills.shape != (np.count_nonzero(np.isnan(data.X)),):
        raise ValueError("fills must be one number for each gap")
    _check_alike(fresh.optimizer, state.optimizer, counts=_is_own(optimizer))
    state.optimizer = {**{name: state.optimizer[name] for name in fresh.optimizer}, **state.optimizer}
    schedule = optimizer.adapt if optimizer else None
    if schedule is not None and state.schedule:
        numbers = dict.fromkeys(state.schedule, 0.0) if _is_own(schedule) else {}  # which npae's own remember, no more
        pattern = {"first": 0.0, **numbers, **schedule.start(state.loss)}
        _check_alike(pattern, state.schedule, counts=_is_own(schedule))
    return state


def _is_own(part: object) -> bool:
    return type(part).__module__.startswith("npae.")


def restored_network(document: dict[str, Any], arrays: dict[str, AnyArray], network: Network) -> Network:
    """Return the network with the scaling and the fill of a file: in a stream, those of its first chunk."""
    if "scaling" in document:
        scaling = restored_scaling(document["scaling"], arrays["shift"], arrays["unit"])
        targets: Scaling | str | None = SAME
        if "target_scaling" in document:
            kind, names = document["target_scaling"], ("target_shift", "target_unit")
            targets = None if kind is None else restored_scaling(kind, *(arrays[name] for name in names))
        network = network.scaled_by(scaling, targets)
    if "fill" in document:
        network = network.filled_by(restored_fill(arrays["fill"], network.in_shape), network.completes)
    return network


def _with_arrays(value: Any, arrays: dict[str, AnyArray]) -> Any:
    if isinstance(value, dict):
        if set(value) == {"array of"}:
            return arrays[value["array of"]]
        return {key: _with_arrays(item, arrays) for key, item in value.items()}
    return value


def _generator(described: Any) -> np.random.Generator:
    """Return a generator in a described state."""
    for numbers in (described, described["state"]):
        for name in POSITIONS.keys() & numbers.keys():
            if not isinstance(numbers[name], int) or not 0 <= numbers[name] <= POSITIONS[name]:
                raise ValueError(f"{name} of the random generator must lie in [0, {POSITIONS[name]}]")
    generator = GENERATORS[described["bit_generator"]]()
    generator.state = described
    return np.random.Generator(generator)


def _check_numbers(state: TrainingState) -> None:
    """Raise ValueError unless the numbers of a state are numbers, and go together."""
    threads = 1 if state.threads is None else state.threads
    counts = all(isinstance(n, int) and not isinstance(n, bool) for n in (state.epoch, threads))
    if not counts or state.epoch != len(state.history["loss"]) or not 1 <= threads <= MOST_THREADS:
        raise ValueError("epoch must be the number of epochs in the history, and threads a number of threads")
    if not all(map(is_real, (state.eta, state.seconds, state.loss))) or not isinstance(state.stopped, str):
        raise ValueError("eta, seconds and loss must be numbers, and stopped a text")
    if not (np.isfinite(state.eta) and state.eta >= 0 and np.isfinite(state.seconds)):
        raise ValueError("eta and seconds must be finite")


def _check_arrays(state: TrainingState, theta: FloatArray) -> None:
    """Raise ValueError unless the arrays of a state, and what its best and its callbacks remember, are like theta."""
    if not all(isinstance(memory, dict) for memory in (state.optimizer, state.schedule, state.best, state.callbacks)):
        raise ValueError("a state must have a memory for each part")
    given = {"theta": state.theta, "gradient": state.gradient, "fills": state.fills}
    _check_alike({"theta": theta, **({} if state.gradient is None else {"gradient": theta})}, given)
    if not np.isfinite(state.theta).all() or (state.fills is not None and state.fills.dtype.kind != "f"):
        raise ValueError("theta must be finite, and fills numbers")
    if state.best:
        _check_alike({"loss": 0.0, "epoch": 0, "theta": theta}, state.best, counts=True)
    remembered = {"theta": theta, "best": 0.0, "waited": 0, "loss": 0.0, "first": 0.0}
    for key, memory in state.callbacks.items():
        if key.rpartition(" ")[2] in REMEMBERING:
            known = {name: like for name, like in remembered.items() if name in memory}
            _check_alike(known, memory, counts=True)
        elif not isinstance(memory, dict):
            raise ValueError(f"a callback must have a memory, got another one for {key}")


def _check_alike(pattern: dict[str, Any], memory: dict[str, Any], counts: bool = False) -> None:
    """Raise ValueError unless a memory has what the pattern has: numbers, and arrays of its shapes and dtypes.

    With `counts`, what the pattern has as an integer is a count: an integer of at least 0.
    """
    for name in pattern.keys() - (OPTIONAL - memory.keys()):
        like, value = pattern[name], memory[name]
        if isinstance(like, np.ndarray):
            alike = isinstance(value, np.ndarray) and (like.shape, like.dtype) == (value.shape, value.dtype)
        elif counts and isinstance(like, int):
            alike = isinstance(value, int) and 0 <= value < 2**63
        else:
            alike = not isinstance(like, (int, float)) or is_real(value)
        if not alike:
            raise ValueError(f"{name} must be like that of a training that begins")
