"""Small CSV files for the tests of the command line."""

import numpy as np

NAMES = ["temp", "load", "flow", "volt", "amps"]


def numbers(rows=60, seed=0):
    """Return correlated columns, the third of which is wild in row 7."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((rows, 2)) @ rng.standard_normal((2, 5)) + 0.1 * rng.standard_normal((rows, 5))
    X[7, 2] += 9
    return X


def write_csv(path, X, names=NAMES, cells=None):
    """Write numbers as a CSV file, some cells replaced: {(row, column): text}."""
    rows = [[repr(float(value)) for value in row] for row in X]
    for (row, column), text in (cells or {}).items():
        rows[row][column] = text
    lines = ([names] if names else []) + rows
    path.write_text("\n".join(",".join(line) for line in lines) + "\n")
