"""What all penalties have in common."""

from __future__ import annotations

from ..settings.checks import own_hint
from ..settings.description import Description


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


def checked_penalties(penalty: object) -> tuple[Penalty, ...]:
    """Return a penalty, or a list of them, or None, as a tuple; ValueError for anything else."""
    listed = penalty if isinstance(penalty, (list, tuple)) else () if penalty is None else (penalty,)
    for item in listed:
        if not isinstance(item, Penalty):
            raise ValueError(
                f"penalty must be a penalty such as L2(1e-4), or a list of them, got {item!r}.{own_hint(item, Penalty)}"
            )
    return tuple(listed)
