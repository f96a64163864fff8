"""What training makes small. Losses are means over samples and features (of series: over what is not padding);
cross-entropy is a sum over the classes, and "mse" and "bce" are sums over features where the code is variational.
"""

import dataclasses
from dataclasses import dataclass

import numpy as np

from .activations import ACTIVATIONS
from .settings.checks import choose
from .settings.description import Description

LOG_2 = float(np.log(2.0))


class Loss(Description):
    """A function of the decoder's last affine output z and of the target t.

    `link` names the activation that turns z into a prediction. A loss that is fused with its link works on
    z itself, which is where the stable formulas are; a last layer with that activation loses it to the loss.
    `second_order` is None, or a method that offers exact Hessians: `second_order(z, target, context)` returns
    `along(rz) -> rdz`, the derivative of dz along a direction in which z changes by rz.
    """

    link = "identity"
    second_order = None

    def forward(self, z, target, context):
        """Return the loss of these rows, and `backward() -> dz`.

        The mean is over the whole batch, of which these rows may be a part: a sum times `context.share_of_mean(z)`, or
        divided by `context.samples` where features are added up. What is padding, `context.blank` makes 0.
        """
        raise NotImplementedError

    @property
    def restricts_targets(self):
        """Whether there are targets that the loss is not defined on."""
        return type(self).check_target is not Loss.check_target

    def check_target(self, target):
        """Raise ValueError for targets that the loss is not defined on."""

    def predict(self, z, context):
        """Replace z by the prediction, in place."""
        ACTIVATIONS[self.link].apply(z, context)


@dataclass(frozen=True)
class _Elementwise(Loss):
    """A loss that every feature of every sample has one of.

    Parameters
    ----------
    reduction : "mean" (default), over samples and features; or "sum": over features, and the mean over samples.
    """

    reduction: str = "mean"

    def __post_init__(self):
        if self.reduction not in ("mean", "sum"):
            raise ValueError(f"reduction must be 'mean' or 'sum', got {self.reduction!r}.")

    def share(self, z, context):
        """Return what one number of z counts."""
        return context.share_of_mean(z) if self.reduction == "mean" else 1.0 / context.samples


@dataclass(frozen=True)
class MeanSquaredError(_Elementwise):
    """mean((z - t)^2), over samples and features; dz = 2 (z - t) / (N D), rdz = 2 rz / (N D).

    With reduction="sum" D is 1, and the loss is -log N(t; z, 1/2) but for log(pi) / 2 a feature.
    """

    def forward(self, z, target, context):
        scale = self.share(z, context)
        dz = context.blank(np.subtract(z, target, out=context.empty_like(z)))
        value = float(np.vdot(dz, dz)) * scale

        def backward():
            np.multiply(dz, 2.0 * scale, out=dz)
            return dz

        return value, backward

    def second_order(self, z, target, context):
        """Return along(rz) -> 2 rz / (N D)."""
        curvature = 2.0 * self.share(z, context)
        return lambda rz: curvature * rz


@dataclass(frozen=True)
class BinaryCrossEntropy(_Elementwise):
    """mean(-t log p - (1 - t) log(1 - p)) with p = sigmoid(z); dz = (p - t) / (N D), rdz = p (1 - p) rz / (N D).

    Computed as mean(|z| / 2 + (1/2 - t) z + log 2 - log(1 + |u|)) with u = tanh(z / 2) = 2 p - 1: finite for
    every finite z, and exact where p saturates. Targets lie in [0, 1]. With reduction="sum" D is 1.
    """

    link = "sigmoid"

    def forward(self, z, target, context):
        scale = self.share(z, context)
        centred = np.subtract(0.5, target, out=context.empty_like(z))
        half = np.multiply(z, 0.5, out=context.empty_like(z))
        u = np.tanh(half, out=context.empty_like(z))
        hinge = np.abs(half, out=half)
        part = np.multiply(z, centred, out=context.empty_like(z))
        hinge += part
        np.abs(u, out=part)
        part += 1.0
        np.log(part, out=part)  # of 1 to 2; log1p would add nothing to the sum's accuracy
        np.subtract(LOG_2, part, out=part)
        hinge += part
        value = float(np.add.reduce(context.blank(hinge), axis=None)) * scale

        def backward():
            dz = np.multiply(u, 0.5, out=u)
            dz += centred
            dz *= scale
            return context.blank(dz)

        return value, backward

    def second_order(self, z, target, context):
        """Return along(rz) -> p (1 - p) rz / (N D)."""
        p = z.copy(order="K")
        self.predict(p, context)
        curvature = p * (1.0 - p) * self.share(z, context)
        return lambda rz: curvature * rz

    def check_target(self, target):
        low, high = target.min(), target.max()
        if low < 0 or high > 1:
            hint = "Scale the data, or use loss='mse'."
            raise ValueError(
                f"targets must lie in [0, 1] for the loss 'bce', got values from {low:g} to {high:g}. {hint}"
            )


@dataclass(frozen=True)
class CrossEntropy(Loss):
    """-sum_k t_k log p_k with p = softmax(z), a mean over samples; dz = (p - t) / N, rdz = p (rz - <p, rz>) / N.

    For classes: z and t (N, K), each row of t holds probabilities that add up to 1. Computed as
    log(sum exp(z - max z)) - <t, z - max z>, which cannot overflow. Predictions are the softmax of z. (For rows of t
    that add up to s, p stands for s p in dz and rdz.)
    """

    def forward(self, z, target, context):
        scale = 1.0 / context.samples
        shifted = np.subtract(z, z.max(axis=1, keepdims=True), out=context.empty_like(z))
        p = np.exp(shifted, out=context.empty_like(z))
        total = p.sum(axis=1, keepdims=True)
        mass = target.sum(axis=1, keepdims=True)
        value = float(np.vdot(mass, np.log(total))) - float(np.vdot(shifted, target))

        def backward():
            dz = np.multiply(p, mass / total, out=p)
            dz -= target
            dz *= scale
            return dz

        return value * scale, backward

    def second_order(self, z, target, context):
        """Return along(rz) -> p (rz - <p, rz>) / N."""
        p = z.copy(order="K")
        self.predict(p, context)
        weight = target.sum(axis=1, keepdims=True) / context.samples
        return lambda rz: weight * p * (rz - (p * rz).sum(axis=1, keepdims=True))

    def predict(self, z, context):
        z -= z.max(axis=1, keepdims=True)
        np.exp(z, out=z)
        z /= z.sum(axis=1, keepdims=True)

    def check_target(self, target):
        if target.ndim != 2 or target.min() < 0 or not np.allclose(target.sum(axis=1), 1, atol=1e-4):
            hint = "Encode classes as rows of an identity matrix."
            raise ValueError(f"targets must be rows of probabilities that add up to 1 for 'cross_entropy'. {hint}")


LOSSES = {"mse": MeanSquaredError(), "bce": BinaryCrossEntropy(), "cross_entropy": CrossEntropy()}


def chosen_loss(loss, summed=False):
    """Return the Loss that a name stands for, the one that adds up features if `summed`; a Loss is taken at its word.

    >>> chosen_loss("bce", summed=True)
    BinaryCrossEntropy(reduction='sum')
    """
    known = choose("loss", loss, LOSSES, Loss)
    if summed and known is not loss and isinstance(known, _Elementwise):
        return dataclasses.replace(known, reduction="sum")
    return known
