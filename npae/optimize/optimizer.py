"""What every optimizer has: its settings, its memory, and the step that moves theta piece by piece."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from ..settings.array_types import FloatArray
from ..settings.checks import number_in, own_hint
from ..settings.description import Description
from ..settings.returned import promise
from .eta import EtaSchedule, Memory
from .protocols import CurvatureView, NetworkView, ThreadsView

PIECE = 65_536  # entries of theta that are updated at a time: their temporaries stay in the processor's cache
WORTH_SHARING = 500_000  # entries of theta above which several threads are faster: each call hands over Python's lock
UNIT = "loss unit"  # where the memory keeps what gradients are divided by
ORDINARY = 1e-4, 1e12  # units of the loss beside which no epsilon matters, and whose squares every dtype holds


class Optimizer(Description):
    """A rule that moves theta along a gradient, described by immutable fields.

    A rule of your own is a frozen dataclass with a field `eta` that derives from Optimizer and defines `update`. The
    other attributes are optional: declare those as fields that a user should be able to set. Whatever the rule must
    remember lives in `memory`, a dict that belongs to the training state and is saved with it: override `start` to
    return it, `begin` to count steps, and `after_refinement` if the memory depends on where theta was.

    Attributes
    ----------
    eta : float
        Learning rate, at the start if `adapt` changes it.
    adapt : EtaSchedule or None, default None
        How eta changes while training runs; None for a constant eta.
    weight_decay : float, default 0.0
        theta <- (1 - eta weight_decay) theta before each step. The decay acts on theta and not through the moments of
        the gradient (decoupled, [1]_): Adam with it is AdamW, and gradient descent with it equals gradient descent with
        the penalty weight_decay / 2 |theta|^2. Biases decay too, unlike with `npae.L2`.
    clip : float or None, default None
        Largest Euclidean norm of a gradient; a longer gradient is shortened to it ([2]_, algorithm 1). None for no
        limit.
    wants_curvature : bool, default False
        Whether `step` gets the loss of the batch to second order, as that of `KFAC` does.

    References
    ----------
    .. [1] Loshchilov & Hutter, "Decoupled weight decay regularization", ICLR 2019.
    .. [2] Pascanu, Mikolov & Bengio, "On the difficulty of training recurrent neural networks", ICML 2013.

    Examples
    --------
    Steps of equal size in every direction, along the sign of an average of gradients, `m`:

    >>> from dataclasses import dataclass
    >>> import numpy as np
    >>> import npae
    >>> @dataclass(frozen=True)
    ... class SignDescent(npae.Optimizer):
    ...     "m <- keep m + (1 - keep) g, theta <- theta - eta sign(m)."
    ...
    ...     eta: float = 0.01
    ...     keep: float = 0.9
    ...
    ...     def start(self, theta):
    ...         return {"m": np.zeros_like(theta)}
    ...
    ...     def update(self, theta, g, arrays, numbers, scratch):
    ...         m, eta = arrays["m"], numbers  # what `begin` returned, which is eta
    ...         m *= self.keep
    ...         m += (1 - self.keep) * g
    ...         theta -= eta * np.sign(m)
    >>> ae = npae.Autoencoder([2], optimizer=SignDescent(), epochs=100, random_state=0).fit(np.eye(4))
    >>> ae.history_["loss"][-1] < ae.history_["loss"][0] / 2
    True
    """

    eta: float
    adapt: EtaSchedule | None = None
    weight_decay: float = 0.0
    clip: float | None = None

    wants_curvature: ClassVar[bool] = False
    _free_of_unit: ClassVar[bool] = False  # whether steps must not depend on the unit of the loss

    _must_define = "update"
    _renamed_hooks = {"moved": "after_refinement"}

    def check(self, network: NetworkView) -> None:
        """Raise an error before training if the rule cannot work on a network; by default all can be trained.

        Parameters
        ----------
        network : Network
            The network whose theta is to move.

        Raises
        ------
        ValueError
            If the rule cannot work.
        """

    def start(self, theta: FloatArray) -> Memory:
        """Return the memory before the first step.

        Parameters
        ----------
        theta : array of shape (P,)
            The first theta.

        Returns
        -------
        dict
            Arrays like theta, and numbers, by name.
        """
        return {}

    def begin(self, eta: float, memory: Memory) -> Any:
        """Begin a step: count it in the memory, and compute the numbers that `update` needs.

        Parameters
        ----------
        eta : float
            Learning rate of this step.
        memory : dict
            What `start` returned, changed in place.

        Returns
        -------
        object
            What `update` gets as `numbers`, such as rates.
        """
        return eta

    def update(
        self, theta: FloatArray, g: FloatArray, arrays: Mapping[str, FloatArray], numbers: Any, scratch: FloatArray
    ) -> None:
        """Move a piece of theta in place.

        Parameters
        ----------
        theta : array
            A piece of theta, changed in place.
        g : array
            The same piece of the gradient, which stays as it is.
        arrays : dict of array
            The same piece of each array in the memory, by name, changed in place.
        numbers : object
            What `begin` returned.
        scratch : array
            Uninitialised memory like the piece.
        """
        raise NotImplementedError(f"{type(self).__name__} must define update(theta, g, arrays, numbers, scratch).")

    def step(
        self,
        theta: FloatArray,
        gradient: FloatArray,
        eta: float,
        memory: Memory,
        threads: ThreadsView | None = None,
        curvature: CurvatureView | None = None,
    ) -> None:
        """Move theta in place by one step.

        Parameters
        ----------
        theta : array of shape (P,)
            Changed in place.
        gradient : array of shape (P,)
            Gradient of the loss at theta; `clip` shortens it in place.
        eta : float
            Learning rate of this step.
        memory : dict
            What `start` returned, changed in place.
        threads : Threads or None, default None
            Threads that share a large theta; None for the calling one.
        curvature : BatchCurvature or None, default None
            The loss of the batch to second order, for a rule that `wants_curvature`. Others do not get it.
        """
        prepare_gradient(self, gradient, memory)
        numbers, kept = self.begin(eta, memory), 1 - eta * self.weight_decay
        arrays = arrays_of(memory)
        if threads is None or theta.size < WORTH_SHARING:
            self.move_part(theta, gradient, arrays, numbers, kept, slice(0, theta.size))
        else:
            parts = threads.part
            threads.do(lambda i: self.move_part(theta, gradient, arrays, numbers, kept, parts(i, theta.size)))

    def move_part(
        self,
        theta: FloatArray,
        gradient: FloatArray,
        arrays: Mapping[str, FloatArray],
        numbers: Any,
        kept: float,
        part: slice,
    ) -> None:
        """Move a part of theta in place, piece by piece: what each thread or process does of a step.

        Parameters
        ----------
        theta, gradient, arrays : arrays of shape (P,), and a dict of them
            As in `update`, but whole.
        numbers : object
            What `begin` returned.
        kept : float
            What theta is multiplied by first.
        part : slice
            Which entries, with start and stop.
        """
        scratch = np.empty(min(PIECE, part.stop - part.start), theta.dtype)
        for start in range(part.start, part.stop, PIECE):
            piece = slice(start, min(start + PIECE, part.stop))
            pieces = {name: array[piece] for name, array in arrays.items()}
            if kept != 1:
                theta[piece] *= kept
            made = self.update(theta[piece], gradient[piece], pieces, numbers, scratch[: piece.stop - start])  # type: ignore[func-returns-value]  # a rule of one's own may
            if made is not None:
                rule = "nothing, and change theta in place"
                promise(False, f"update of {type(self).__name__}", rule, made, "Write theta -= ..., for instance.")

    def after_refinement(self, memory: Memory) -> None:
        """Adjust the memory after a refinement has moved theta.

        Parameters
        ----------
        memory : dict
            What `start` returned, changed in place.
        """


def remember_unit(rule: object, memory: Memory, unit: float) -> None:
    """Note what to divide gradients by where they are lost beside epsilon, or have squares beyond the dtype.

    Great ones stay as great as they may be: epsilon is nothing beside them, as without a division.
    """
    low, high = ORDINARY
    if getattr(rule, "_free_of_unit", False) and not low <= unit <= high:
        memory[UNIT] = unit if unit < low else unit / high


def changes_gradient(rule: Optimizer, memory: Memory) -> bool:
    """Return whether `prepare_gradient` does anything."""
    return rule.clip is not None or UNIT in memory


def prepare_gradient(rule: Optimizer, gradient: FloatArray, memory: Memory) -> None:
    """Shorten a gradient in place as the rule asks, and bring it to an ordinary unit."""
    if rule.clip is not None:
        shorten(gradient, rule.clip)
    if UNIT in memory:
        gradient /= memory[UNIT]


def arrays_of(memory: Memory) -> dict[str, FloatArray]:
    """Return the arrays in a memory, by name."""
    return {name: array for name, array in memory.items() if isinstance(array, np.ndarray)}


def check_optimizer(optimizer: Optimizer) -> None:
    """Raise ValueError for an optimizer of one's own whose attributes cannot work; npae's check their fields."""
    name = type(optimizer).__name__
    if not hasattr(optimizer, "eta"):
        raise ValueError(f"optimizer must have a field eta, its learning rate, got {name} without one.")
    if not dataclasses.is_dataclass(optimizer):
        raise ValueError(f"optimizer must be a dataclass, got {name}. Put @dataclass(frozen=True) before the class.")
    check_common(optimizer.eta, optimizer.adapt, optimizer.weight_decay, optimizer.clip)


def check_common(eta: float, adapt: EtaSchedule | None, weight_decay: float, clip: float | None) -> None:
    """Raise ValueError for an invalid one of the fields that all optimizers have."""
    number_in("eta", eta, 0, math.inf, closed=False)
    if adapt is not None and not isinstance(adapt, EtaSchedule):
        raise ValueError(
            f"adapt must be None or an eta schedule such as AdaptiveEta(), got {adapt!r}.{own_hint(adapt, EtaSchedule)}"
        )
    number_in("weight_decay", weight_decay, 0, math.inf)
    if clip is not None:
        number_in("clip", clip, 0, math.inf, closed=False)


def shorten(gradient: FloatArray, limit: float) -> None:
    """Shorten a gradient in place to a largest Euclidean norm."""
    norm = _norm(gradient)
    if norm > limit and math.isfinite(norm):
        gradient *= limit / norm


def _norm(gradient: FloatArray) -> float:
    """Return the Euclidean norm, even if the squares overflow: such a gradient needs `clip` most."""
    with np.errstate(all="ignore"):
        norm = float(np.linalg.norm(gradient))
        if math.isfinite(norm):
            return norm
        largest = float(np.abs(gradient).max())
        return largest * float(np.linalg.norm(gradient.astype(np.float64) / largest))
