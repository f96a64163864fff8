"""What training makes small.

Losses are means over samples and features; of series, over what is not padding. Cross-entropy is a sum over the
classes, and "mse" and "bce" are sums over features if the code is variational.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

import numpy as np

from .activations import ACTIVATIONS
from .layers.context import Context
from .settings.array_types import AnyArray, FloatArray
from .settings.checks import choose, digits, within
from .settings.description import Description

LOG_2 = float(np.log(2.0))

LossPass: TypeAlias = tuple[float, Callable[[], FloatArray]]
LossAlong: TypeAlias = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True)
class LossCurvature:
    """The second derivatives H of a convex loss with respect to the logits z, which `curvature` of a loss returns.

    H has a block of each sample, with the sample's share of the loss in it.

    Parameters
    ----------
    times : callable
        `times(rz) -> H rz`, both like z.
    draw : callable
        `draw(signs) -> dz`, the root of H times an array like z of numbers with mean 0 and variance 1, independent of
        one another: dz has mean 0 and covariance H.
    total : callable or None, default None
        `total()`, the sum of the blocks of all samples z (N, D): an array (D, D), or (D,) if all blocks are diagonal.
        None if nobody knows it more exactly than `draw` does.

    Examples
    --------
    Half the squared error, a mean over samples and features, whose second derivative is 1 / (N D).

    >>> from dataclasses import dataclass
    >>> import numpy as np
    >>> import npae
    >>> @dataclass(frozen=True)
    ... class Half(npae.Loss):
    ...     "mean((z - t)^2) / 2; dz = (z - t) / (N D)."
    ...
    ...     def forward(self, z, target, context):
    ...         difference, share = context.blank(z - target), context.share_of_mean(z)  # 0 at padding, and 1 / (N D)
    ...         return float(np.sum(share * difference**2) / 2), lambda: share * difference
    ...
    ...     def curvature(self, z, target, context):
    ...         H = context.blank(context.share_of_mean(z) * np.ones_like(z))
    ...         return npae.LossCurvature(lambda rz: H * rz, lambda signs: np.sqrt(H) * signs)
    >>> npae.Network([npae.Dense(2)], [npae.Dense(5)], Half(), in_shape=(5,)).has_gauss_newton
    True
    """

    times: Callable[[FloatArray], FloatArray]
    draw: Callable[[FloatArray], FloatArray]
    total: Callable[[], FloatArray] | None = None


class Loss(Description):
    """A function of the decoder's last output z, the logits, and of the target t.

    A loss of your own is a frozen dataclass that derives from Loss and defines `forward`.

    Attributes
    ----------
    link : str, default "identity"
        Name of the activation that turns z into a prediction. The loss is fused with it: it sees z itself, which allows
        stable formulas, and a last layer with that activation gives it up to the loss.
    second_order : callable or None, default None
        A method `second_order(z, target, context)` that makes exact Hessians possible. It returns `along(rz) -> rdz`,
        the derivative of dz along a direction in which z changes by rz.
    curvature : callable or None, default None
        A method `curvature(z, target, context)` that makes Gauss-Newton matrices and `KFAC` possible, if the loss is a
        convex function of z. It returns a `LossCurvature`. `npae.check_gradients` tells whether it is right.

    Examples
    --------
    A loss that a single wild pixel does not rule: log cosh(z - t), a mean over samples and features.

    >>> from dataclasses import dataclass
    >>> import numpy as np
    >>> import npae
    >>> @dataclass(frozen=True)
    ... class LogCosh(npae.Loss):
    ...     "mean(log cosh(z - t)); dz = tanh(z - t) / (N D)."
    ...
    ...     def forward(self, z, target, context):
    ...         difference, share = context.blank(z - target), context.share_of_mean(z)  # 0 at padding, and 1 / (N D)
    ...         value = float(np.sum(share * np.log(np.cosh(difference))))
    ...         return value, lambda: share * np.tanh(difference)
    >>> network = npae.Network([npae.Dense(2, "tanh")], [npae.Dense(5)], LogCosh(), in_shape=(5,))
    >>> npae.check_gradients(network, np.random.default_rng(0).random((3, 5))).error < 1e-6
    True
    >>> npae.Autoencoder([2], loss=LogCosh(), epochs=5).fit(np.eye(4)).network_
    Network(4-2 | 4, LogCosh, 22 parameters)
    """

    _must_define = "forward"
    link: ClassVar[str] = "identity"
    second_order: Callable[[FloatArray, AnyArray, Context], LossAlong] | None = None
    curvature: Callable[[FloatArray, AnyArray, Context], LossCurvature] | None = None

    def forward(self, z: FloatArray, target: AnyArray, context: Context) -> LossPass:
        """Return the loss of these rows, and the way back.

        The loss is a mean over the whole batch, of which these rows may be a part: their sum times
        `context.share_of_mean(z)`, or times `context.share_of_samples(z)` if it adds up features. Either is a number,
        or an array that broadcasts against z if samples have weights: multiply before you add up.

        Parameters
        ----------
        z : array (N, *out_shape)
            The decoder's output before the link: logits. Not to be written to.
        target : array (N, *out_shape)
            What the prediction is compared with. Not to be written to.
        context : Context
            Scratch memory and the circumstances of the pass: see `Layer`. `context.blank` sets padding to 0.

        Returns
        -------
        value : float
            The share of these rows in the loss.
        backward : callable
            `backward() -> dz`, the derivative of the value with respect to z.
        """
        raise NotImplementedError(f"{type(self).__name__} must define forward(z, target, context).")

    @property
    def restricts_targets(self) -> bool:
        """Whether there are targets that the loss is not defined on."""
        return type(self).check_target is not Loss.check_target

    def check_target(self, target: AnyArray) -> None:
        """Refuse targets that the loss is not defined on.

        Parameters
        ----------
        target : array (N, *out_shape)
            Some of the targets.

        Raises
        ------
        ValueError
            If the loss is not defined on them.
        """

    def predict(self, z: FloatArray, context: Context) -> None:
        """Replace logits by the prediction, in place.

        Parameters
        ----------
        z : array (N, *out_shape)
            The decoder's output before the link.
        context : Context
            Scratch memory.
        """
        ACTIVATIONS[self.link].apply(z, context.scratch)


@dataclass(frozen=True)
class _Elementwise(Loss):
    """A loss of each feature of each sample.

    `reduction` is "mean", over samples and features, or "sum": over features, and then the mean over samples.
    """

    reduction: str = "mean"

    def __post_init__(self) -> None:
        if self.reduction not in ("mean", "sum"):
            raise ValueError(f"reduction must be 'mean' or 'sum', got {self.reduction!r}.")

    def share(self, z: FloatArray, context: Context) -> float | FloatArray:
        """Return the weight of each number of z: a number, or an array that broadcasts against z."""
        return context.share_of_mean(z) if self.reduction == "mean" else context.share_of_samples(z)


@dataclass(frozen=True)
class MeanSquaredError(_Elementwise):
    """Mean squared error: mean((z - t)^2) over samples and features; dz = 2 (z - t) / (N D), rdz = 2 rz / (N D).

    With reduction="sum" D is 1, and the loss is -log N(t; z, 1/2) up to log(pi) / 2 per feature.

    Parameters
    ----------
    reduction : str, default "mean"
        "mean", over samples and features, or "sum": over features, and then the mean over samples.
    """

    def forward(self, z: FloatArray, target: AnyArray, context: Context) -> LossPass:
        scale, scratch = self.share(z, context), context.scratch
        dz = context.blank(np.subtract(z, target, out=scratch.empty_like(z)))
        value = float(np.vdot(dz, dz)) * scale if isinstance(scale, float) else total(dz * dz, scale)

        def backward() -> FloatArray:
            np.multiply(dz, 2.0 * scale, out=dz)
            return dz

        return value, backward

    def second_order(self, z: FloatArray, target: AnyArray, context: Context) -> LossAlong:
        """Return along(rz) -> 2 rz / (N D)."""
        curvature = 2.0 * self.share(z, context)
        return lambda rz: curvature * rz

    def curvature(self, z: FloatArray, target: AnyArray, context: Context) -> LossCurvature:
        """Return H = 2 / (N D), which is diagonal."""
        share = np.asarray(2.0 * self.share(z, context), z.dtype)
        return _diagonal(context.blank(np.broadcast_to(share, z.shape).copy()))


@dataclass(frozen=True)
class BinaryCrossEntropy(_Elementwise):
    """Binary cross-entropy of logits: mean(-t log p - (1 - t) log(1 - p)) with p = sigmoid(z).

    dz = (p - t) / (N D), rdz = p (1 - p) rz / (N D). Computed as
    mean(|z| / 2 + (1/2 - t) z + log 2 - log(1 + |u|)) with u = tanh(z / 2) = 2 p - 1: finite for every finite z, and
    exact where p saturates. Targets lie in [0, 1]. With reduction="sum" D is 1.

    Parameters
    ----------
    reduction : str, default "mean"
        "mean", over samples and features, or "sum": over features, and then the mean over samples.
    """

    link = "sigmoid"

    def forward(self, z: FloatArray, target: AnyArray, context: Context) -> LossPass:
        scale, empty_like = self.share(z, context), context.scratch.empty_like
        centred = np.subtract(0.5, target, out=empty_like(z))
        half = np.multiply(z, 0.5, out=empty_like(z))
        u = np.tanh(half, out=empty_like(z))
        hinge = np.abs(half, out=half)
        part = np.multiply(z, centred, out=empty_like(z))
        hinge += part
        np.abs(u, out=part)
        part += 1.0
        np.log(part, out=part)  # of 1 to 2; log1p would add nothing to the sum's accuracy
        np.subtract(LOG_2, part, out=part)
        hinge += part
        value = total(context.blank(hinge), scale)

        def backward() -> FloatArray:
            dz = np.multiply(u, 0.5, out=u)
            dz += centred
            dz *= scale
            return context.blank(dz)

        return value, backward

    def second_order(self, z: FloatArray, target: AnyArray, context: Context) -> LossAlong:
        """Return along(rz) -> p (1 - p) rz / (N D)."""
        return self.curvature(z, target, context).times

    def curvature(self, z: FloatArray, target: AnyArray, context: Context) -> LossCurvature:
        """Return H = p (1 - p) / (N D), which is diagonal."""
        p = z.copy(order="K")
        self.predict(p, context)
        return _diagonal(context.blank(p * (1.0 - p) * self.share(z, context)))

    def check_target(self, target: AnyArray) -> None:
        low, high = target.min(), target.max()
        if not within(low, high, 0, 1):
            hint = "Scale the data, or use loss='mse'."
            got = f"{digits(low)} to {digits(high)}"
            raise ValueError(f"targets must lie in [0, 1] for the loss 'bce', got values from {got}. {hint}")


@dataclass(frozen=True)
class CrossEntropy(Loss):
    """Cross-entropy of logits: -sum_k t_k log p_k with p = softmax(z), a mean over samples.

    dz = (p - t) / N, rdz = p (rz - <p, rz>) / N. For classes: z and t (N, K), each row of t holds probabilities that
    add up to 1. Computed as log(sum exp(z - max z)) - <t, z - max z>, which cannot overflow. Predictions are the
    softmax of z. (For rows of t that add up to s, p stands for s p in dz and rdz.)
    """

    def forward(self, z: FloatArray, target: AnyArray, context: Context) -> LossPass:
        scale, empty_like = context.share_of_samples(z), context.scratch.empty_like
        shifted = np.subtract(z, z.max(axis=1, keepdims=True), out=empty_like(z))
        p = np.exp(shifted, out=empty_like(z))
        norm = p.sum(axis=1, keepdims=True)
        mass = target.sum(axis=1, keepdims=True)
        if isinstance(scale, float):
            value = (float(np.vdot(mass, np.log(norm))) - float(np.vdot(shifted, target))) * scale
        else:
            value = total(mass * np.log(norm), scale) - total(shifted * target, scale)

        def backward() -> FloatArray:
            dz: FloatArray = np.multiply(p, mass / norm, out=p)
            dz -= target
            dz *= scale
            return dz

        return value, backward

    def second_order(self, z: FloatArray, target: AnyArray, context: Context) -> LossAlong:
        """Return along(rz) -> p (rz - <p, rz>) / N."""
        return self.curvature(z, target, context).times

    def curvature(self, z: FloatArray, target: AnyArray, context: Context) -> LossCurvature:
        """Return H = (diag p - p p^T) / N of each sample, whose root is (diag sqrt(p) - p sqrt(p)^T) / sqrt(N)."""
        p = z.copy(order="K")
        self.predict(p, context)
        mass = target.sum(axis=1, keepdims=True)
        weight = mass / context.samples if context.weights is None else mass * context.share_of_samples(z)

        def times(rz: FloatArray) -> FloatArray:
            product: FloatArray = weight * p * (rz - (p * rz).sum(axis=1, keepdims=True))
            return product

        def draw(signs: FloatArray) -> FloatArray:
            spread = np.sqrt(p) * signs
            dz: FloatArray = np.sqrt(weight) * (spread - p * spread.sum(axis=1, keepdims=True))
            return dz

        def total() -> FloatArray:
            matrix: FloatArray = np.diag((weight * p).sum(axis=0)) - np.dot((weight * p).T, p)
            return matrix

        return LossCurvature(times, draw, total)

    def predict(self, z: FloatArray, context: Context) -> None:
        z -= z.max(axis=1, keepdims=True)
        np.exp(z, out=z)
        z /= z.sum(axis=1, keepdims=True)

    def check_target(self, target: AnyArray) -> None:
        rule = "targets must be rows of probabilities that add up to 1 for 'cross_entropy', got"
        hint = "Encode classes as rows of an identity matrix."
        if target.ndim != 2:
            raise ValueError(f"{rule} an array of shape {target.shape}. {hint}")
        low, sums = target.min(), target.sum(axis=1)
        if not within(low, 0.0, 0, 1):
            raise ValueError(f"{rule} a value of {digits(low)}. {hint}")
        if not np.allclose(sums, 1, atol=1e-4):
            raise ValueError(f"{rule} a row that adds up to {digits(sums[np.argmax(np.abs(sums - 1))])}. {hint}")


def _diagonal(h: FloatArray) -> LossCurvature:
    """Return the curvature of a loss that looks at each number of z alone: h, like z."""
    root = np.sqrt(h)
    return LossCurvature(lambda rz: h * rz, lambda signs: root * signs, lambda: h.sum(axis=0))


def total(values: FloatArray, share: float | FloatArray) -> float:
    """Return the sum of all values, each times its share."""
    if isinstance(share, float):
        return float(np.add.reduce(values, axis=None)) * share
    return float(np.sum(values * share, dtype=np.float64))


LOSSES: dict[str, Loss] = {"mse": MeanSquaredError(), "bce": BinaryCrossEntropy(), "cross_entropy": CrossEntropy()}


def chosen_loss(loss: str | Loss, summed: bool = False) -> Loss:
    """Return the Loss with this name, the one that adds up features if `summed`; a Loss is returned as it is.

    >>> chosen_loss("bce", summed=True)
    BinaryCrossEntropy(reduction='sum')
    """
    known: Loss = choose("loss", loss, LOSSES, Loss)
    if summed and known is not loss and isinstance(known, _Elementwise):
        return dataclasses.replace(known, reduction="sum")
    return known
