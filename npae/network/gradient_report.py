"""What a comparison of derivatives has found."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..settings.description import IF_GIVEN
from ..settings.html_table import html_table

WAYS = ("backpropagation", "central differences")


@dataclass(frozen=True)
class GradientReport:
    """The entry at which backpropagation and central differences differ most.

    It is one of what `linearize` or `curvature` returns if that is wrong.

    Parameters
    ----------
    error : float
        |backprop - numeric|, less what rounding accounts for, divided by the largest numeric derivative of the same
        array.
    name : str
        The name of the entry, such as "encoder.0.W[3, 0]".
    backprop, numeric : float
        The derivative by backpropagation, and by central differences.
    entries : int
        How many entries were checked.
    ways : tuple of str, default ()
        Where the two numbers come from if it is not "backpropagation" and "central differences".

    Examples
    --------
    >>> import npae
    >>> report = npae.check_gradients(npae.Dense(4, "tanh"), in_shape=(5,))
    >>> report.entries, report.error < 1e-6
    (44, True)
    """

    error: float
    name: str
    backprop: float
    numeric: float
    entries: int
    ways: tuple[str, ...] = field(default=(), metadata=IF_GIVEN)

    def __str__(self) -> str:
        one, other = self.ways or WAYS
        return (
            f"worst of {self.entries} entries: {self.name}, {self.backprop:.9g} by {one}, "
            f"{self.numeric:.9g} by {other} (relative error {self.error:.3g})"
        )

    def _repr_html_(self) -> str:
        line = [self.name, f"{self.backprop:.9g}", f"{self.numeric:.9g}", f"{self.error:.3g}"]
        header = ["entry", *(f"by {way}" for way in self.ways or WAYS), "relative error"]
        return html_table(header, [line], f"The worst of {self.entries:,} entries")
