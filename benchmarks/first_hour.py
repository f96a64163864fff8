"""Are npae's defaults as good as principal component analysis, on any table, at the first try?

    python benchmarks/first_hour.py                    # 20 seeds; exit code 1 if a ratio is above 1
    python benchmarks/first_hour.py iris circle --seeds 5 --codes 2 3
    python benchmarks/first_hour.py --quick            # only shows that it runs

Each entry is `Autoencoder([16, k], random_state=seed).fit(X)`: its mean squared error, divided by that of the best
linear code of k numbers. Where that is below 1e-20 of the variance, which is rounding, it is taken as 1e-12 of it. The
table in docs/first_hour.md is what this prints, without the seconds.
"""

import argparse
import sys
import time
import warnings
from pathlib import Path

import numpy as np
from sklearn import datasets
from sklearn.preprocessing import StandardScaler

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that npae is that of this checkout
import npae

CODES = (1, 2, 3, 5)
BUNDLED = ("iris", "wine", "breast_cancer", "digits", "diabetes")
ROUNDING, FLOOR = 1e-20, 1e-12  # shares of the variance


def main(argv=None):
    """Print the table; return 1 if a ratio is above 1, otherwise 0."""
    args = arguments(argv)
    widths = "| {:27} |" + " {:^17} |" * len(args.codes) + " {:>7} |"
    print(f"Error of the defaults as a multiple of PCA's, median of {args.seeds} seed(s) (worst):\n")
    print(widths.format("table", *(f"code of {k}" for k in args.codes), "longest"))
    print(widths.format("-" * 27, *("-" * 17 for _ in args.codes), "-" * 7), flush=True)
    worst = 0.0
    for name in args.tables:
        X = TABLES[name]()
        found = [measured(X, k, args.seeds) for k in args.codes]
        worst = max(worst, *(ratios.max() for ratios, _ in found))
        cells = (f"{shown(np.median(ratios))} ({shown(ratios.max())})" for ratios, _ in found)
        print(widths.format(name, *cells, f"{max(seconds for _, seconds in found):.2f} s"), flush=True)
    print(f"\n{'Not all' if worst > 1 else 'All'} ratios are at most 1; the worst is {worst:.6f}.")
    return int(worst > 1)


def measured(X, k, seeds):
    """Return the ratios of all seeds, and the longest fit in seconds."""
    ratios, longest, best = [], 0.0, linear_error(X, k)
    for seed in range(seeds):
        began = time.perf_counter()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", npae.TrainingWarning)
            model = npae.Autoencoder([16, k], random_state=seed).fit(X)
        longest = max(longest, time.perf_counter() - began)
        ratios.append(np.mean(np.square(X - model.reconstruct(X))) / best)
    return np.array(ratios), longest


def linear_error(X, k):
    """Return the mean squared error of PCA with k components."""
    centred = X - X.mean(axis=0)
    squares = np.linalg.svd(centred, compute_uv=False) ** 2
    error, variance = squares[k:].sum() / X.size, squares.sum() / X.size
    return error if error > ROUNDING * variance else FLOOR * variance


def shown(ratio):
    """Return a ratio as text, so that nothing above 1 looks like 1."""
    above = f"{ratio:.5g}" if ratio > 1.0001 else f"1 + {ratio - 1:.0e}"
    return f"{ratio:.2f}" if ratio <= 1 else f"**{above}**"


def bundled(name):
    """Return one of scikit-learn's tables, as it comes."""
    return getattr(datasets, f"load_{name}")().data


def standardised(name):
    """Return the same with mean 0 and variance 1 in each column."""
    return StandardScaler().fit_transform(bundled(name))


def generator():
    """Return the source of the tables that are made here."""
    return np.random.default_rng(5)


def low_rank(rows, columns, rank, noise=0.1):
    """Return normal data that mostly vary along a few directions."""
    rng = generator()
    return rng.standard_normal((rows, rank)) @ rng.standard_normal((rank, columns)) + noise * rng.standard_normal(
        (rows, columns)
    )


def skewed():
    """Return lognormal columns."""
    return np.exp(low_rank(300, 8, 3))


def heavy_tailed():
    """Return columns whose variance is infinite."""
    return generator().standard_t(1.5, (400, 6))


def constant():
    """Return columns that vary, two that do not, and one that hardly does."""
    rng = generator()
    return np.c_[rng.random((200, 4)), np.full((200, 2), 7.0), 5 + 1e-9 * rng.random((200, 1))]


def bits():
    """Return columns of 0 and 1."""
    return (generator().random((500, 12)) < 0.3).astype(float)


def scales():
    """Return columns of deviations 1 to 1e6."""
    return low_rank(300, 7, 3, 1.0) * 10.0 ** np.arange(7)


def circle():
    """Return points on a closed curve."""
    t = 2 * np.pi * generator().random(500)
    return np.c_[np.cos(t), np.sin(t), np.cos(2 * t)]


TABLES = {
    **{name: lambda name=name: bundled(name) for name in BUNDLED},
    **{f"{name}, standardised": lambda name=name: standardised(name) for name in BUNDLED},
    "skewed": skewed,
    "heavy-tailed": heavy_tailed,
    "constant columns": constant,
    "0 and 1": bits,
    "5 rows": lambda: generator().random((5, 6)),
    "50,000 x 10": lambda: low_rank(50_000, 10, 4, 0.5),
    "1,000 x 500": lambda: low_rank(1_000, 500, 10, 0.5),
    "offset of 1e6": lambda: 1e6 + low_rank(300, 7, 3),
    "scales of 1 to 1e6": scales,
    "circle": circle,
}


def arguments(argv):
    """Return tables, codes and seeds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", nargs="*", help="tables, all by default")
    parser.add_argument("--seeds", type=int, default=20, help="fits of each table and code, default 20")
    parser.add_argument("--codes", type=int, nargs="+", default=CODES, help="sizes of the code, default 1 2 3 5")
    parser.add_argument("--quick", action="store_true", help="iris and wine, one seed, code of 2")
    args = parser.parse_args(argv)
    unknown = [name for name in args.tables if name not in TABLES]
    if unknown:
        parser.error(f"tables must be among {', '.join(map(repr, TABLES))}, got {', '.join(unknown)}.")
    if args.seeds < 1 or min(args.codes) < 1:
        parser.error(f"--seeds and --codes must be at least 1, got {args.seeds} and {args.codes}.")
    if args.quick:
        args.tables, args.seeds, args.codes = args.tables or ["iris", "wine"], 1, (2,)
    args.tables = args.tables or list(TABLES)
    return args


if __name__ == "__main__":
    sys.exit(main())
