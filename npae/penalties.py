"""What training makes small besides the loss: weights, and the numbers of a code."""

import math
from dataclasses import dataclass

import numpy as np

from .settings.checks import number_in
from .settings.description import Description

MARGIN = 1e-6  # mean activations are kept so far from 0 and 1, where the divergence is infinite


class Penalty(Description):
    """A number added to the loss, or a bound on weights, described by immutable fields.

    A penalty of your own derives from WeightPenalty or CodePenalty.
    """


class WeightPenalty(Penalty):
    """A function of each array of weights (biases are left alone); values and derivatives are added up."""

    def charge(self, w, dw, share, context):
        """Return share * penalty(w) and add share * its derivative to dw in place; no derivative if dw is None."""
        raise NotImplementedError(f"{type(self).__name__} must define charge(w, dw, share, context).")


class CodePenalty(Penalty):
    """A function of the codes of a batch.

    Class attribute
    ---------------
    whole_batch : true where the codes of all rows must be seen together. Such a network gets one thread, and its loss
        is evaluated in one piece.
    """

    whole_batch = False

    def check(self, code_layer):
        """Raise ValueError for codes, those of `code_layer`, that the penalty is not defined on."""

    def forward(self, code, context):
        """Return the penalty of these rows, divided by the `context.samples` of the batch, and `backward(dcode)`.

        `backward` adds the derivative to dcode in place.
        """
        raise NotImplementedError(f"{type(self).__name__} must define forward(code, context).")


@dataclass(frozen=True)
class L1(WeightPenalty):
    """weight * sum |w| over all weights; derivative weight * sign(w). Drives weights to 0 (Tibshirani 1996)."""

    weight: float

    def __post_init__(self):
        number_in("weight", self.weight, 0, math.inf)

    def charge(self, w, dw, share, context):
        factor, scratch = float(self.weight * share), context.empty(*w.shape)
        if dw is not None:
            dw += np.multiply(np.sign(w, out=scratch), factor, out=scratch)
        return factor * float(np.abs(w, out=scratch).sum())


@dataclass(frozen=True)
class L2(WeightPenalty):
    """weight * sum w^2 over all weights; derivative 2 weight w. Keeps weights small (Hoerl & Kennard 1970).

    Plain gradient descent with `weight_decay=2 * weight` takes the same steps, but for biases, which decay there too.
    """

    weight: float

    def __post_init__(self):
        number_in("weight", self.weight, 0, math.inf)

    def charge(self, w, dw, share, context):
        factor = float(self.weight * share)
        if dw is not None:
            dw += np.multiply(w, 2.0 * factor, out=context.empty(*w.shape))
        return factor * float(np.vdot(w, w))


@dataclass(frozen=True)
class MaxNorm(Penalty):
    """Bound the norm of the weights that go into each unit: w <- w min(1, limit / |w|) after every step.

    Srivastava et al., "Dropout", JMLR 15 (2014), sec. 5.1. Nothing is added to the loss. A refinement by SciPy does not
    know the bound: its result is cut back, and taken if the loss is still less than before.

    Parameters
    ----------
    limit : largest Euclidean norm of a unit's weights, positive; 3 to 4 is usual.
    """

    limit: float = 3.0

    def __post_init__(self):
        number_in("limit", self.limit, 0, math.inf, closed=False)

    def project(self, w):
        """Cut the weights of each unit back, in place; the last axis of w counts the units."""
        norm = np.sqrt(np.square(w).sum(axis=tuple(range(w.ndim - 1))))
        w *= np.minimum(1.0, self.limit / np.maximum(norm, np.finfo(w.dtype).tiny)).astype(w.dtype)


@dataclass(frozen=True)
class CodeL1(CodePenalty):
    """weight * sum |z| over the entries of a code, a mean over samples; derivative weight * sign(z) / N.

    Makes codes sparse (Olshausen & Field 1996): with a relu code, entries become exactly 0.
    """

    weight: float

    def __post_init__(self):
        number_in("weight", self.weight, 0, math.inf)

    def forward(self, code, context):
        factor, scratch = float(self.weight) / context.samples, context.empty_like(code)
        value = factor * float(np.abs(code, out=scratch).sum())

        def backward(dcode):
            dcode += np.multiply(np.sign(code, out=scratch), factor, out=scratch)

        return value, backward


@dataclass(frozen=True)
class CodeKL(CodePenalty):
    """weight * sum_j KL(target || r_j), where r_j is the mean of code entry j over the batch.

    KL(t || r) = t log(t / r) + (1 - t) log((1 - t) / (1 - r)); its derivative is (1 - t) / (1 - r) - t / r. Keeps each
    entry quiet for most samples (Ng, "Sparse autoencoder", CS294A lecture notes, 2011, sec. 3).

    Parameters
    ----------
    target : mean activation that is wanted, in ]0, 1[, such as 0.05.
    weight : at least 0. The code needs the activation "sigmoid".
    """

    target: float
    weight: float

    whole_batch = True

    def __post_init__(self):
        number_in("target", self.target, 0, 1, closed=False)
        number_in("weight", self.weight, 0, math.inf)

    def check(self, code_layer):
        activation = getattr(code_layer, "activation", "identity")
        if activation != "sigmoid":
            hint = "Use Dense(units, 'sigmoid') for the code, or CodeL1."
            raise ValueError(f"code must have the activation 'sigmoid' for CodeKL, got {activation!r}. {hint}")

    def forward(self, code, context):
        t, weight = float(self.target), float(self.weight)
        r = np.clip(code.mean(axis=0, dtype=np.float64), MARGIN, 1 - MARGIN)
        value = weight * float(np.sum(t * np.log(t / r) + (1 - t) * np.log((1 - t) / (1 - r))))

        def backward(dcode):
            dcode += (weight / len(code) * ((1 - t) / (1 - r) - t / r)).astype(code.dtype)

        return value, backward


def checked_penalties(penalty):
    """Return a penalty, or a list of them, or None, as a tuple; ValueError for anything else."""
    listed = penalty if isinstance(penalty, (list, tuple)) else () if penalty is None else (penalty,)
    for item in listed:
        if not isinstance(item, Penalty):
            raise ValueError(f"penalty must be a penalty such as L2(1e-4), or a list of them, got {item!r}.")
    return tuple(listed)
