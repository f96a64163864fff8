"""Codes: what keeps few of their numbers active."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

import numpy as np

from ..layers import Layer
from ..layers.context import Context
from ..settings.array_types import FloatArray
from ..settings.checks import number_in
from .penalty import Penalty

MARGIN = 1e-6  # mean activations are kept this far from 0 and 1, where the divergence is infinite

PenaltyPass: TypeAlias = tuple[float, Callable[[FloatArray], None]]


class CodePenalty(Penalty):
    """A function of the codes of a batch; `Penalty` has an example.

    Attributes
    ----------
    whole_batch : bool, default False
        Whether the codes of all rows must be seen together. Such a network is evaluated by one thread, and its loss in
        one piece.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> import numpy as np
    >>> import npae
    >>> @dataclass(frozen=True)
    ... class CodeL2(npae.CodePenalty):
    ...     "weight * sum z^2 over the entries of a code, a mean over samples; derivative 2 weight z / N."
    ...
    ...     weight: float = 0.1
    ...
    ...     def forward(self, code, context):
    ...         weighted = self.weight * context.share_of_samples(code) * code
    ...
    ...         def backward(dcode):
    ...             dcode += 2 * weighted
    ...
    ...         return float(np.sum(weighted * code)), backward
    >>> network = npae.Network([npae.Dense(2)], [npae.Dense(5)], in_shape=(5,), penalty=CodeL2())
    >>> npae.check_gradients(network, np.random.default_rng(0).random((3, 5))).error < 1e-6
    True
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

    Examples
    --------
    >>> import numpy as np
    >>> import npae
    >>> letters = npae.datasets.load_font("capitals")
    >>> def size_of_codes(penalty):
    ...     ae = npae.Autoencoder([20], penalty=penalty, epochs=20, random_state=0)
    ...     return abs(ae.fit(letters).encode(letters)).mean()
    >>> bool(size_of_codes(npae.CodeL1(0.01)) < size_of_codes(None))
    True
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

    Examples
    --------
    >>> import npae
    >>> letters = npae.datasets.load_font("capitals")
    >>> ae = npae.Autoencoder(
    ...     [npae.Dense(50, "sigmoid")], penalty=npae.CodeKL(target=0.05, weight=0.1), epochs=200, random_state=0
    ... ).fit(letters)
    >>> bool(ae.encode(letters).mean() < 0.3)                    # without the penalty, about 0.5
    True
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
