"""Whether the output of a dense layer, a matrix (N, K), lies in memory by row or by column.

Each rule was measured; docs/decisions.md has the numbers. *Small and narrow outputs lie by column.* By row, their
column of ones (see `affine`) leaves a gap after each short row, which makes elementwise functions slow: 3,200 samples
of the letter network take 1.5 times PyTorch's time by row, and 0.9 by column. *The others lie by row.* From 64 units on
products count for more, and they prefer rows (500 x 64: 377 us instead of 509). *The last layer's output* lies by row
and has no ones: its target lies by row, and elementwise functions of two orders are slow.
"""

SMALL = 4_000  # numbers up to which a call of NumPy costs more than its arithmetic
WIDE = 64  # units from which on a row is long enough to be processed row by row


def lies_by_column(samples: int, units: int) -> bool:
    """Return whether an output (N, K) lies by column."""
    return units < WIDE or samples * units <= SMALL
