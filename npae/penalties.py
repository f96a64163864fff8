"""What training makes small besides the loss: weights, and the numbers of a code."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

import numpy as np

from .layers import Layer
from .layers.context import Context
from .settings.array_types import FloatArray
from .settings.checks import number_in, own_hint
from .settings.description import Description

MARGIN = 1e-6  # mean activations are kept this far from 0 and 1, where the divergence is infinite

PenaltyPass: TypeAlias = tuple[float, Callable[[FloatArray], None]]


class Penalty(Description):
    """A number added to the loss, or a bound on weights, described by immutable fields.

    A penalty of your own is a frozen dataclass that derives from WeightPenalty and defines `charge`, or from
    CodePenalty and defines `forward`.

    Examples
    --------
    A penalty on the code: weight * sum z^4 over the entries of a code, a mean over samples.

    >>> from dataclasses import dataclass
    >>> import numpy as np
    >>> import npae
    >>> @dataclass(frozen=True)
    ... class Quartic(npae.CodePenalty):
    ...     "Keep codes inside the unit cube, softly."
    ...
    ...     weight: float = 0.1
    ...
    ...     def forward(self, code, context):
    ...         share = context.share_of_samples(code, self.weight)  # weight / N, or by the weights of samples
    ...
    ...         def backward(dcode):
    ...             dcode += 4 * share * code**3
    ...
    ...         return float(np.sum(share * code**4)), backward
    >>> network = npae.Network([npae.Dense(2)], [npae.Dense(5)], in_shape=(5,), penalty=Quartic())
    >>> npae.check_gradients(network, np.random.default_rng(0).random((3, 5))).error < 1e-6
    True
    """

    _must_define = "charge (as a WeightPenalty) or forward (as a CodePenalty)"


class WeightPenalty(Penalty):
    """A function of each array of weights, but not of biases; values and derivatives are added up.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> import numpy as np
    >>> import npae
    >>> @dataclass(frozen=True)
    ... class Smooth(npae.WeightPenalty):
    ...     "weight * sum log(1 + w^2); derivative 2 weight w / (1 + w^2)."
    ...
    ...     weight: float = 0.01
    ...
    ...     def charge(self, w, dw, share, context):
    ...         factor = self.weight * share
    ...         if dw is not None:
    ...             dw += 2 * factor * w / (1 + w**2)
    ...         return factor * float(np.log1p(w**2).sum())
    >>> network = npae.Network([npae.Dense(2)], [npae.Dense(5)], in_shape=(5,), penalty=Smooth())
    >>> npae.check_gradients(network, np.random.default_rng(0).random((3, 5))).error < 1e-6
    True
    """

    def charge(self, w: FloatArray, dw: FloatArray | None, share: float, context: Context) -> float:
        """Return the penalty of one array, and add its derivative.

        Parameters
        ----------
        w : array
            The weights. Not to be written to.
        dw : array or None
            The gradient, which share times the penalty's derivative is added to in place; None if none is wanted.
        share : float
            The part of the batch that this pass sees: the value, too, is multiplied by it.
        context : Context
            Scratch memory: see `Layer`.

        Returns
        -------
        float
            Share times the penalty.
        """
        raise NotImplementedError(f"{type(self).__name__} must define charge(w, dw, share, context).")


class CodePenalty(Penalty):
    """A function of the codes of a batch; `Penalty` has an example.

    Attributes
    ----------
    whole_batch : bool, default False
        Whether the codes of all rows must be seen together. Such a network is evaluated by one thread, and its loss in
        one piece.
    """

    whole_batch: ClassVar[bool] = False

    def check(self, code_layer: Layer) -> None:
        """Refuse codes that the penalty is not defined on.

        Parameters
        ----------
        code_layer : Layer
            The encoder's last layer, which makes the codes.

        Raises
        ------
        ValueError
            If the penalty is not defined on them.
        """

    def forward(self, code: FloatArray, context: Context) -> PenaltyPass:
        """Return the penalty of these rows, and the way back.

        Parameters
        ----------
        code : array (N, *code_shape)
            The codes of some rows of the batch. Not to be written to.
        context : Context
            Scratch memory, and `context.share_of_samples(code)`, the weight of each row in a mean over the whole batch:
            see `Layer`.

        Returns
        -------
        value : float
            The share of these rows in the penalty, a mean over the whole batch.
        backward : callable
            `backward(dcode)` adds the derivative to dcode in place.
        """
        raise NotImplementedError(f"{type(self).__name__} must define forward(code, context).")


@dataclass(frozen=True)
class L1(WeightPenalty):
    """Drive weights to 0: weight * sum |w| over all weights; derivative weight * sign(w).

    Parameters
    ----------
    weight : float
        At least 0.

    Raises
    ------
    ValueError
        If weight is out of range.

    References
    ----------
    .. [1] Tibshirani, "Regression shrinkage and selection via the lasso", 1996.
    """

    weight: float

    def __post_init__(self) -> None:
        number_in("weight", self.weight, 0, math.inf)

    def charge(self, w: FloatArray, dw: FloatArray | None, share: float, context: Context) -> float:
        factor, spare = float(self.weight * share), context.scratch.empty(*w.shape)
        if dw is not None:
            dw += np.multiply(np.sign(w, out=spare), factor, out=spare)
        return factor * float(np.abs(w, out=spare).sum())


@dataclass(frozen=True)
class L2(WeightPenalty):
    """Keep weights small: weight * sum w^2 over all weights; derivative 2 weight w.

    Plain gradient descent with `weight_decay=2 * weight` takes the same steps, except that biases decay there too.

    Parameters
    ----------
    weight : float
        At least 0.

    Raises
    ------
    ValueError
        If weight is out of range.

    References
    ----------
    .. [1] Hoerl & Kennard, "Ridge regression: biased estimation for nonorthogonal problems", 1970.
    """

    weight: float

    def __post_init__(self) -> None:
        number_in("weight", self.weight, 0, math.inf)

    def charge(self, w: FloatArray, dw: FloatArray | None, share: float, context: Context) -> float:
        factor = float(self.weight * share)
        if dw is not None:
            dw += np.multiply(w, 2.0 * factor, out=context.scratch.empty(*w.shape))
        return factor * float(np.vdot(w, w))


@dataclass(frozen=True)
class MaxNorm(Penalty):
    """Bound the norm of the weights that go into each unit: w <- w min(1, limit / |w|) after every step.

    Nothing is added to the loss. A refinement by SciPy does not know the bound: its result is projected onto it, and
    accepted if the loss is still smaller than before.

    Parameters
    ----------
    limit : float, default 3.0
        Largest Euclidean norm of a unit's weights, positive; 3 to 4 is usual.

    Raises
    ------
    ValueError
        If limit is out of range.

    References
    ----------
    .. [1] Srivastava et al., "Dropout", JMLR 15 (2014), sec. 5.1.
    """

    limit: float = 3.0

    def __post_init__(self) -> None:
        number_in("limit", self.limit, 0, math.inf, closed=False)

    def project(self, w: FloatArray) -> None:
        """Scale the weights of each unit down to the bound, in place.

        Parameters
        ----------
        w : array (..., K)
            The weights of K units.
        """
        norm = np.sqrt(np.square(w).sum(axis=tuple(range(w.ndim - 1))))
        w *= np.minimum(1.0, self.limit / np.maximum(norm, np.finfo(w.dtype).tiny)).astype(w.dtype)


@dataclass(frozen=True)
class CodeL1(CodePenalty):
    """Make codes sparse: weight * sum |z| over the entries of a code, a mean over samples.

    The derivative is weight * sign(z) / N. With a relu code, entries become exactly 0.

    Parameters
    ----------
    weight : float
        At least 0.

    Raises
    ------
    ValueError
        If weight is out of range.

    References
    ----------
    .. [1] Olshausen & Field, "Emergence of simple-cell receptive field properties by learning a sparse code for natural
       images", Nature 381 (1996).
    """

    weight: float

    def __post_init__(self) -> None:
        number_in("weight", self.weight, 0, math.inf)

    def forward(self, code: FloatArray, context: Context) -> PenaltyPass:
        factor, spare = context.share_of_samples(code, float(self.weight)), context.scratch.empty_like(code)
        size = np.abs(code, out=spare)
        value = factor * float(size.sum()) if isinstance(factor, float) else float(np.sum(factor * size))

        def backward(dcode: FloatArray) -> None:
            dcode += np.multiply(np.sign(code, out=spare), factor, out=spare)

        return value, backward


@dataclass(frozen=True)
class CodeKL(CodePenalty):
    """Keep each entry of the code quiet for most samples: weight * sum_j KL(target || r_j).

    r_j is the mean of entry j over the batch. KL(t || r) = t log(t / r) + (1 - t) log((1 - t) / (1 - r)), and its
    derivative is (1 - t) / (1 - r) - t / r. The code needs the activation "sigmoid".

    Parameters
    ----------
    target : float
        The mean activation that is wanted, in ]0, 1[, such as 0.05.
    weight : float
        At least 0.

    Raises
    ------
    ValueError
        If a parameter is out of range, or if the code has another activation.

    References
    ----------
    .. [1] Ng, "Sparse autoencoder", CS294A lecture notes, 2011, sec. 3.
    """

    target: float
    weight: float

    whole_batch = True

    def __post_init__(self) -> None:
        number_in("target", self.target, 0, 1, closed=False)
        number_in("weight", self.weight, 0, math.inf)

    def check(self, code_layer: Layer) -> None:
        activation = getattr(code_layer, "activation", "identity")
        if activation != "sigmoid":
            hint = "Use Dense(units, 'sigmoid') for the code, or CodeL1."
            raise ValueError(f"code must have the activation 'sigmoid' for CodeKL, got {activation!r}. {hint}")

    def forward(self, code: FloatArray, context: Context) -> PenaltyPass:
        t, weight = float(self.target), float(self.weight)
        mean, whole = context.mean_of_rows(code)
        r = np.clip(mean, MARGIN, 1 - MARGIN)
        value = whole * weight * float(np.sum(t * np.log(t / r) + (1 - t) * np.log((1 - t) / (1 - r))))

        def backward(dcode: FloatArray) -> None:
            share = weight / len(code) if context.weights is None else context.share_of_samples(code, weight)
            dcode += (share * ((1 - t) / (1 - r) - t / r)).astype(code.dtype)

        return value, backward


def checked_penalties(penalty: object) -> tuple[Penalty, ...]:
    """Return a penalty, or a list of them, or None, as a tuple; ValueError for anything else."""
    listed = penalty if isinstance(penalty, (list, tuple)) else () if penalty is None else (penalty,)
    for item in listed:
        if not isinstance(item, Penalty):
            raise ValueError(
                f"penalty must be a penalty such as L2(1e-4), or a list of them, got {item!r}.{own_hint(item, Penalty)}"
            )
    return tuple(listed)
