"""How well does one hidden layer rebuild MNIST, and what does a larger one add?

    python experiments/digits/mnist_dense.py                      # 784-L-784, L = 64 to 512, with Adam
    python experiments/digits/mnist_dense.py --setting published  # as published: gradient descent, eta 0.001
    python experiments/digits/mnist_dense.py --setting changes    # L = 64, one change at a time: what is decisive?
    python experiments/digits/mnist_dense.py --setting best       # our best: codes of 64, 32 and 2 numbers
    python experiments/digits/mnist_dense.py --setting denoising  # trained on clean digits and on noisy ones

It needs MNIST (--data FOLDER; without it the message says how to get the set). Each run keeps a checkpoint under --out:
the same command resumes where it was stopped, and does not repeat runs that have ended. It prints tables and writes
results.json, curves.png (loss and accuracy over the epochs), noise.png (reconstructions of digits with salt-and-pepper
noise), levels.png (the error against the noise) and sizes.png (the error against the code size) under --out.

What is measured, with dropout off: the mean squared error and the binary accuracy (the share of equal pixels of rounded
images) on all training and test images (the curve of the training accuracy is that of the first 10,000 images), and
the error of as many principal components of the training images; `epochs`, after how many of them the test loss was
down to the published 0.0119; `s per epoch`, the median without metrics (the fastest is in results.json); `MB`, the peak
of what an epoch allocates beyond the images, by tracemalloc. With noise, `readable` is the share of 1,000 pictures
whose nearest of 10,000 training images shows the same digit.

Last result (seed 0), test loss: as published 0.2309 at L = 64; Adam 0.0069, 0.0036, 0.0021 and 0.0013 at L = 64 to 512
(PCA 0.0091 to 0.00004); best 0.0034 with a code of 64, 0.0055 with 32 and 0.0345 with 2 (PCA 0.0091, 0.0168, 0.0557).
"""

import re
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))  # where the package `experiments` is
import npae
from experiments.digits import mnist_dense_figures as figures
from experiments.digits.memory import training_megabytes
from experiments.digits.mnist_dense_recipes import SETTINGS, short
from experiments.shared.command_line import count, one_message, script_parser, writable_folder
from experiments.shared.images import DATA_HELP
from experiments.shared.principal_components import PrincipalComponents
from experiments.shared.results import save_results
from experiments.shared.training import fitted
from npae.datasets import load_images
from npae.metrics import binary_accuracy, mse

LEVELS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
PUBLISHED = 0.0119  # the study's test loss at L = 64
CURVES = ("loss", "val_loss", "binary_accuracy", "val_binary_accuracy")
SEEN = 10_000  # training images whose accuracy is measured after every epoch: all would take as long as the training
LIBRARY, JUDGED = 10_000, 1_000  # training images that the reader knows, and pictures that it judges
TRACED = 4  # batches of the training whose memory is traced


def main(argv=None):
    """Run the experiment."""
    args = parser().parse_args(argv)
    with one_message("mnist_dense"):
        data, out = load_images(args.data), writable_folder(args.out or Path("out/mnist_dense") / args.setting)
        experiment(shortened(data) if args.quick else data, args, out)


def parser():
    p = script_parser(__doc__, "mnist_dense/SETTING")
    p.set_defaults(out=None)
    p.add_argument("--setting", default="reached", choices=list(SETTINGS))
    p.add_argument("--networks", nargs="+", metavar="NAME", help="only these of the setting's networks")
    p.add_argument("--epochs", type=count, help="passes over the training images (default 50)")
    p.add_argument("--seed", type=int, default=0, help="the first seed (default 0)")
    p.add_argument("--seeds", type=count, default=1, help="runs of each network (default 1)")
    p.add_argument("--threads", type=count, default=2, help="of a run (default 2)")
    p.add_argument("--data", metavar="DIR", help=DATA_HELP)
    return p


def shortened(data):
    """Return the first images of a set."""
    few = {"train": 2_000, "train_labels": 2_000, "test": 500, "test_labels": 500}
    return replace(data, **{name: getattr(data, name)[:n] for name, n in few.items()})


def experiment(data, args, out):
    """Train or restore every network, then report."""
    began, recipes = time.perf_counter(), chosen(args, len(data.train))
    pca, reader = PrincipalComponents(data.train), Reader(data)
    rows, first = [], {}
    for seed in range(args.seed, args.seed + args.seeds):
        for name, recipe in recipes.items():
            model = trained(name, recipe, data, seed, writable_folder(out / "runs"))
            rows.append({"name": name, "seed": seed, **measured(model, recipe, data, pca)})
            first.setdefault(name, model)
    levels = noise_levels(first, recipes, pca, reader, data)
    print_runs(rows)
    print_levels(levels)
    settings = {"recipes": {name: repr(recipe) for name, recipe in recipes.items()}, "threads": args.threads}
    save_results(out, {"setting": args.setting, **settings, "rows": rows, "levels": levels})
    draw(first, rows, levels, pca, data, out)
    print(f"\nwritten to {out} after {time.perf_counter() - began:.0f} s")


def chosen(args, images):
    """Return the recipes that the arguments ask for, by name."""
    known = SETTINGS[args.setting]
    for name in args.networks or ():
        if name not in known:
            raise ValueError(f"--networks must be among {'; '.join(known)}, got {name!r}.")
    recipes = {name: replace(known[name], threads=args.threads) for name in args.networks or known}
    if args.epochs:
        recipes = {name: replace(recipe, epochs=args.epochs) for name, recipe in recipes.items()}
    return {name: short(recipe, images) for name, recipe in recipes.items()} if args.quick else recipes


def trained(name, recipe, data, seed, folder):
    """Return the fitted model of a recipe, from its checkpoint as far as that goes."""
    path = folder / f"{re.sub(r'[^a-z0-9.-]+', '_', name.lower())}-seed{seed}.npz"
    callbacks = [
        training_accuracy,
        npae.Record(["val_binary_accuracy"]),
        npae.Progress(),
        npae.Checkpoint(path, every=5),
    ]
    hint = "interrupted; the same command resumes from the last checkpoint"
    model = recipe.autoencoder(seed, callbacks)
    fitted(model, data.train, f"{name}, seed {seed}", validation_data=data.test, interrupted=hint)
    return model


def training_accuracy(training):
    """Record the binary accuracy on the first training images, dropout off."""
    X = training.data.X[:SEEN]
    rebuilt = training.network.reconstruct(training.theta, X, threads=training.threads)
    training.record("binary_accuracy", binary_accuracy(X, rebuilt))


def measured(model, recipe, data, pca):
    """Return the scores of a network, what its training cost, and its history."""
    seconds = np.diff([0.0, *model.history_["seconds"]])
    train, test = (model.reconstruct(X) for X in (data.train, data.test))
    return {
        "code": recipe.code_size,
        "parameters": model.network_.n_parameters,
        "test_mse": mse(data.test, test),
        "test_accuracy": binary_accuracy(data.test, test),
        "train_mse": mse(data.train, train),
        "train_accuracy": binary_accuracy(data.train, train),
        "pca_mse": mse(data.test, pca.reconstruct(data.test, recipe.code_size)),
        "epochs": reached(model.history_["val_loss"], PUBLISHED),
        "seconds": float(seconds.sum()),
        "seconds_an_epoch": float(np.median(seconds)),
        "fastest_epoch": float(seconds.min()),
        "megabytes": training_megabytes(recipe, data.train[: TRACED * recipe.batch_size]),
        "history": {name: model.history_[name] for name in CURVES},
    }


def reached(losses, level):
    """Return the first epoch, from 1 on, that ended at `level` or below, or None."""
    below = np.flatnonzero(np.asarray(losses) <= level)
    return int(below[0]) + 1 if len(below) else None


class Reader:
    """Reads a picture as the digit of the nearest one of the first 10,000 training images."""

    def __init__(self, data):
        self._X, self._labels = data.train[:LIBRARY], data.train_labels[:LIBRARY]
        self._half = np.square(self._X).sum(axis=1) / 2

    def right(self, pictures, labels):
        """Return the share of pictures that are read as their labels say."""
        nearest = np.argmin(self._half - pictures @ self._X.T, axis=1)
        return float((self._labels[nearest] == labels).mean())


def noise_levels(models, recipes, pca, reader, data):
    """Return a row for each level of noise and each way to clean the test images; all ways get the same noise."""
    ways = {"untouched": (None, lambda x: x)}
    for name, model in models.items():
        size = recipes[name].code_size
        ways |= {f"{size} components": (size, partial(pca.reconstruct, size=size)), name: (size, model.reconstruct)}
    rows = []
    for level in LEVELS:
        noisy = npae.SaltAndPepper(level).apply(data.test, np.random.default_rng(1))
        for way, (size, clean) in ways.items():
            made = clean(noisy)
            readable = reader.right(made[:JUDGED], data.test_labels[:JUDGED])
            scores = {"mse": mse(data.test, made), "accuracy": binary_accuracy(data.test, made), "readable": readable}
            rows.append({"way": way, "code": size, "level": level, **scores})
    return rows


def print_runs(rows):
    """Print a line for each run, then the medians of networks with several seeds."""
    print(
        "\n                                        test mse   PCA      accuracy  train mse  accuracy  epochs"
        "  s per epoch     MB"
    )
    for row in rows:
        print(one_line(f"{row['name']}, seed {row['seed']}", row))
    names = dict.fromkeys(row["name"] for row in rows)
    for name in names if len(names) < len(rows) else ():
        group = [row for row in rows if row["name"] == name]
        medians = {
            key: np.median([np.inf if row[key] is None else row[key] for row in group])
            for key in group[0]
            if key not in ("name", "history")
        }
        low, high = (f(row["test_mse"] for row in group) for f in (min, max))
        print(f"{one_line(f'{name}, median', medians)}   test mse {low:.5f} to {high:.5f}")


def one_line(what, row):
    """Return a line of the table of runs."""
    scores = f"{row['test_mse']:.5f}  {row['pca_mse']:.5f}   {row['test_accuracy']:.4f}    {row['train_mse']:.5f}"
    cost = f"{row['epochs'] or '-':>6}  {row['seconds_an_epoch']:10.2f}  {row['megabytes']:6.1f}"
    return f"{what:<40} {scores}    {row['train_accuracy']:.4f}  {cost}"


def print_levels(rows):
    """Print the error and the readability of the pictures per level."""
    table = {(row["way"], row["level"]): row for row in rows}
    for name, text in (("mse", "mean squared error"), ("readable", "share read as the right digit")):
        print(f"\nsalt and pepper, {text}\n{'':<26}" + "".join(f"{level:>8}" for level in LEVELS))
        for way in dict.fromkeys(way for way, _ in table):
            print(f"{way:<26}" + "".join(f"{table[way, level][name]:8.3f}" for level in LEVELS))


def draw(models, rows, levels, pca, data, out):
    """Write the figures."""
    shown = [row for row in rows if row["seed"] == rows[0]["seed"]]
    digits = data.test[[int(np.argmax(data.test_labels == digit)) for digit in range(10)]]
    noisy = {level: npae.SaltAndPepper(level).apply(digits, np.random.default_rng(2)) for level in LEVELS}
    name, first = next(iter(models.items()))
    drawn = {
        "curves": figures.curves(shown, data.name),
        "noise": figures.noise(noisy, first, data.shape, name, data.name),
        "levels": figures.levels(levels, data.name),
        "sizes": figures.sizes(shown, lambda size: mse(data.test, pca.reconstruct(data.test, size)), data.name),
    }
    for name, figure in drawn.items():
        figure.savefig(out / f"{name}.png", dpi=150)


if __name__ == "__main__":
    main()
