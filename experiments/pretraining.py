"""Do weights learned by reconstruction start a classifier better, and does its loss fall faster, than random ones?

    python experiments/pretraining.py                            # MNIST, three activations, 5 seeds
    python experiments/pretraining.py --activations tanh --data fashion-mnist

An encoder 784-256-128-64 with a softmax head learns 100, 1,000 and 10,000 labels by 600 steps of Adam, from random
weights and from two kinds of pre-training on all 60,000 images without their labels: as one autoencoder ("whole"), and
as three, each on the codes of the one before ("greedy"). The runs of one seed learn the same labelled images. It prints
a table and writes runs.jsonl (the same command goes on where it was stopped), results.json, pretraining.png (test
loss) and pretraining_accuracy.png under --out.

The test loss is looked at after some epochs, on all test images. `area` is its mean over the steps in between;
`matches` the step at which it reaches the least loss that the random weights of the same seed ever reach.

Last result (MNIST, 5 seeds, points of test accuracy gained over random weights at 100 / 1,000 / 10,000 labels): tanh
+3.3 / +2.0 / +0.7 as a whole and +1.1 / +2.0 / +0.9 layer by layer; sigmoid +3.3 / +1.7 / +1.0 layer by layer, -14.3 /
-3.1 / -1.0 as a whole; relu nothing or a loss (-0.8 / 0.0 / -0.3 and -2.4 / -0.9 / -1.4). The test loss falls faster
from the first steps only with sigmoid, layer by layer; with tanh it overtakes after some 100 steps. 30 minutes of one
busy core.
"""

import argparse
import json
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from command_line import one_message
from font_latent2 import count, writable_folder
from pretraining_figures import STARTS, draw

import npae
from npae.datasets import load_images

ACTIVATIONS = ("relu", "tanh", "sigmoid")
SIZES = [256, 128, 64]
STEPS = 600
LOOKS = (1, 2, 4, 8, 12, 20, 30)  # epochs after which the test loss is measured


def main(argv=None):
    """Run the study; what cannot work ends with one message."""
    args = parser().parse_args(argv)
    with one_message("pretraining"):
        experiment(args, writable_folder(args.out))


def parser():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--data", default="mnist", help="mnist, fashion-mnist or a folder of IDX files (default mnist)")
    p.add_argument("--activations", nargs="+", choices=ACTIVATIONS, default=list(ACTIVATIONS))
    p.add_argument("--labels", nargs="+", type=count, default=[100, 1000, 10_000], help="(default 100 1000 10000)")
    p.add_argument("--epochs", type=count, default=3, help="of pre-training (default 3)")
    p.add_argument("--seeds", type=count, help="runs of each start (default 5)")
    p.add_argument("--workers", type=count, help="processes (default: one a core)")
    p.add_argument("--out", type=Path, default=Path("out/pretraining"), metavar="DIR")
    p.add_argument("--quick", action="store_true", help="a short run that shows that everything works")
    return p


def experiment(args, out):
    """Carry out the runs, or what is left of them, and report."""
    began, seeds = time.perf_counter(), args.seeds or (2 if args.quick else 5)
    data, labels = images(args.data), tuple(sorted(set(args.labels)))
    if labels[-1] > len(data.train):
        raise ValueError(f"--labels must be at most the {len(data.train):,} training images, got {labels[-1]:,}.")
    results = npae.study.run_all(
        Train(args.data, labels, args.epochs, 20 if args.quick else STEPS),
        [{"activation": activation, "start": start} for activation in args.activations for start in STARTS],
        seeds=seeds,
        path=out / "runs.jsonl",
        executor="serial" if args.quick else None,
        workers=args.workers,
    )
    compared = comparison(results.rows, labels)
    print(f"\n{data}, {seeds} seeds\n{table(compared)}")
    if failures := [f"{row['activation']}, {row['start']}: {row['reason']}" for row in failed(results.rows)]:
        print("failed:", *failures, sep="\n")
    for curve, name in (("loss", "pretraining.png"), ("accuracy", "pretraining_accuracy.png")):
        draw(results.rows, args.activations, labels, curve).savefig(out / name, dpi=150)
    document = {"data": args.data, "seeds": seeds, "comparison": compared, "summary": results.summary()}
    npae.settings.archive.write_text(out / "results.json", json.dumps(document, indent=1))
    print(f"written to {out} after {time.perf_counter() - began:.0f} s")


@lru_cache(maxsize=1)
def images(folder):
    """Return the images, read once a process."""
    return load_images(folder)


@dataclass(frozen=True)
class Train:
    """A run of the study: pre-train once, then learn each number of labels from there."""

    data: str
    labels: tuple
    epochs: int
    steps: int

    def __call__(self, *, seed, activation, start):
        data, row = images(self.data), {}
        begun = time.perf_counter()
        first = pretrained(start, activation, data.train, self.epochs, seed)
        row["seconds_pretraining"] = time.perf_counter() - begun
        for n in self.labels:
            row |= {
                f"{name} {n}": value for name, value in learned(first, activation, data, n, self.steps, seed).items()
            }
        return row


def pretrained(start, activation, X, epochs, seed):
    """Return what the classifier starts from: None, one autoencoder, or one for each layer of the encoder."""
    shared = {"activation": activation, "epochs": epochs, "batch_size": min(250, len(X)), "random_state": seed}
    shared |= {"optimizer": npae.Adam(0.001), "dtype": "float32", "threads": 1}
    if start == "random":
        return None
    if start == "whole":
        return npae.Autoencoder(SIZES, loss="bce", **shared).fit(X)
    stack = []
    for size in SIZES:  # pixels are grey levels in [0, 1]; codes are any numbers
        stack.append(npae.Autoencoder([size], loss="mse" if stack else "bce", **shared).fit(X))
        X = stack[-1].encode(X)
    return stack


def learned(first, activation, data, n, steps, seed):
    """Return what became of a classifier that learned n labels, as `Curve.numbers` says."""
    rows = np.random.default_rng([seed, n]).permutation(len(data.train))[:n]
    batch = max(1, min(n // 20, 200))
    curve = Curve(data.test, data.test_labels, -(-n // batch))
    npae.Classifier(
        SIZES if first is None else None,
        start=first,
        activation=activation,
        optimizer=npae.Adam(0.001),
        epochs=max(1, steps * batch // n),
        batch_size=batch,
        callbacks=[curve],
        dtype="float32",
        threads=1,
        random_state=seed,
    ).fit(data.train[rows], data.train_labels[rows])
    return curve.numbers()


class Curve:
    """A callback that measures loss and accuracy on test images after the epochs in LOOKS, and after the last one."""

    def __init__(self, X, labels, steps_an_epoch):
        self.X, self.labels, self.steps_an_epoch = X, labels, steps_an_epoch
        self.steps, self.loss, self.accuracy, self.training_loss = [], [], [], []

    def __call__(self, training):
        self.training_loss.append(training.history["loss"][-1])
        if training.epoch in LOOKS or training.epoch == training.last_epoch:
            p = training.network.reconstruct(training.theta, self.X)
            right = p[np.arange(len(p)), self.labels].astype(float)
            self.steps.append(training.epoch * self.steps_an_epoch)
            self.loss.append(-np.log(np.maximum(right, 1e-30)).mean())
            self.accuracy.append(100 * (p.argmax(axis=1) == self.labels).mean())

    def numbers(self):
        """Return the curve as plain numbers by name, and what it amounts to; accuracies in per cent."""
        steps, loss = np.array(self.steps), np.array(self.loss)
        pieces = np.diff(steps) @ (loss[1:] + loss[:-1]) / 2  # trapezoids
        return {
            "accuracy": self.accuracy[-1],
            "least_loss": loss.min(),
            "area": pieces / (steps[-1] - steps[0]) if len(steps) > 1 else loss[0],
            "training_loss": float(np.mean(self.training_loss)),
            "curve": json.dumps([self.steps, loss.round(5).tolist()]),
            "accuracy_curve": json.dumps([self.steps, np.round(self.accuracy, 2).tolist()]),
        }


def comparison(rows, labels):
    """Return a dict for each activation, number of labels and start: means over seeds, and against random weights."""
    groups = {}
    for row in rows:
        if row["status"] == "finished":
            groups.setdefault((row["activation"], row["start"]), {})[row["seed"]] = row
    return [
        compared(n, activation, start, group, groups.get((activation, "random"), {}))
        for n in labels
        for (activation, start), group in groups.items()
    ]


def compared(n, activation, start, group, random):
    """Compare the runs of one start, by seed, with those from random weights."""
    own = {name: [row[f"{name} {n}"] for row in group.values()] for name in ("accuracy", "area", "training_loss")}
    seeds = sorted(group.keys() & random.keys())
    gains = [group[seed][f"accuracy {n}"] - random[seed][f"accuracy {n}"] for seed in seeds]
    areas = [group[seed][f"area {n}"] / random[seed][f"area {n}"] for seed in seeds]
    matches = [reached(group[seed][f"curve {n}"], random[seed][f"least_loss {n}"]) for seed in seeds]
    met = [step for step in matches if step is not None]
    return {
        "labels": n,
        "activation": activation,
        "start": start,
        **{f"{name}_mean": float(np.mean(values)) for name, values in own.items()},
        "accuracy_std": float(np.std(own["accuracy"], ddof=1)) if len(group) > 1 else 0.0,
        "gain": float(np.mean(gains)) if seeds else None,
        "gain_range": [min(gains), max(gains)] if seeds else None,
        "area_ratio": float(np.mean(areas)) if seeds else None,
        "matched": len(met),
        "pairs": len(seeds),
        "matches_median": float(np.median(met)) if met else None,
    }


def reached(curve, target):
    """Return the step at which a curve first is at most `target`, log-linear between two looks, or None."""
    steps, loss = map(np.array, json.loads(curve))
    below = np.flatnonzero(loss <= target + 1e-5)
    if not len(below):
        return None
    i = below[0]
    if i == 0:
        return float(steps[0])
    share = min(1.0, (loss[i - 1] - target) / (loss[i - 1] - loss[i]))
    return float(np.exp(np.log(steps[i - 1]) + share * np.log(steps[i] / steps[i - 1])))


def failed(rows):
    return [row for row in rows if row["status"] == "failed"]


def table(compared):
    """Return the comparison as text, a line each."""
    titles = ["labels", "activation", "start", "accuracy (%)", "gain over random (seeds)", "area", "of random's"]
    lines = [[*titles, "training loss", "matches random's best"], *map(cells, compared)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)


def cells(each):
    accuracy = f"{each['accuracy_mean']:.2f} +- {each['accuracy_std']:.2f}"
    area, training = f"{each['area_mean']:.3f}", f"{each['training_loss_mean']:.3f}"
    gain = ratio = matched = "-"
    if each["pairs"]:
        low, high = each["gain_range"]
        gain, ratio = f"{each['gain']:+.2f} ({low:+.2f} to {high:+.2f})", f"{each['area_ratio']:.2f}"
        at = f" at step {each['matches_median']:.0f}" if each["matched"] else ""
        matched = f"{each['matched']}/{each['pairs']}{at}"
    return [f"{each['labels']:,}", each["activation"], each["start"], accuracy, gain, area, ratio, training, matched]


if __name__ == "__main__":
    main()
