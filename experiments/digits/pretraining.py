"""Do weights learned by reconstruction give a classifier a better start than random ones, and does it learn faster?

    python experiments/digits/pretraining.py                            # MNIST, three activations, 5 seeds
    python experiments/digits/pretraining.py --activations tanh --data fashion-mnist

An encoder 784-256-128-64 with a softmax head learns 100, 1,000 and 10,000 labels in 600 steps of Adam: from random
weights, and from two kinds of pre-training on all 60,000 images without their labels: as one autoencoder ("whole"), and
as three, each on the codes of the one before ("greedy"). The runs of one seed learn the same labelled images. The
script prints a table and writes runs.jsonl (the same command resumes where it was stopped), results.json,
pretraining.png (test loss) and pretraining_accuracy.png under --out.

The test loss is measured after some epochs, on all test images. `area` is its mean over the steps; `matches` is the
step at which it reaches the least loss that the random weights of the same seed ever reach.

Last result (MNIST, 5 seeds, points of test accuracy gained over random weights at 100 / 1,000 / 10,000 labels): tanh
+3.3 / +2.0 / +0.7 as a whole and +1.1 / +2.0 / +0.9 layer by layer; sigmoid +3.3 / +1.7 / +1.0 layer by layer, -14.3 /
-3.1 / -1.0 as a whole; relu nothing or a loss (-0.8 / 0.0 / -0.3 and -2.4 / -0.9 / -1.4). The test loss falls faster
from the first steps only with sigmoid, layer by layer; with tanh it overtakes after some 100 steps. 30 minutes of one
busy core.
"""

import json
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))  # where the package `experiments` is
import npae
from experiments.digits.pretraining_figures import STARTS, draw
from experiments.shared.command_line import count, one_message, study_parser, writable_folder
from experiments.shared.images import images
from experiments.shared.results import save_results
from experiments.shared.results import table as aligned
from experiments.shared.training import fitted, run_study

ACTIVATIONS = ("relu", "tanh", "sigmoid")
SIZES = [256, 128, 64]
STEPS = 600
LOOKS = (1, 2, 4, 8, 12, 20, 30)  # epochs after which the test loss is measured


def main(argv=None):
    """Run the study."""
    args = parser().parse_args(argv)
    with one_message("pretraining"):
        experiment(args, writable_folder(args.out))


def parser():
    p = study_parser(__doc__, "pretraining", seeds=5)
    p.add_argument("--data", default="mnist", help="mnist, fashion-mnist or a folder of IDX files (default mnist)")
    p.add_argument("--activations", nargs="+", choices=ACTIVATIONS, default=list(ACTIVATIONS))
    p.add_argument("--labels", nargs="+", type=count, default=[100, 1000, 10_000], help="(default 100 1000 10000)")
    p.add_argument("--epochs", type=count, default=3, help="of pre-training (default 3)")
    return p


def experiment(args, out):
    """Carry out the runs, or what is left of them, and report."""
    began, seeds = time.perf_counter(), args.seeds or (2 if args.quick else 5)
    data, labels = images(args.data), tuple(sorted(set(args.labels)))
    if labels[-1] > len(data.train):
        raise ValueError(f"--labels must be at most the {len(data.train):,} training images, got {labels[-1]:,}.")
    learn = partial(pretrain_and_learn, args.data, labels, args.epochs, 20 if args.quick else STEPS)
    settings = [{"activation": activation, "start": start} for activation in args.activations for start in STARTS]
    results = run_study(learn, settings, args, out, seeds)
    compared = comparison(results.rows, labels)
    print(f"\n{data}, {seeds} seeds\n{table(compared)}")
    if failures := [f"{row['activation']}, {row['start']}: {row['reason']}" for row in failed(results.rows)]:
        print("failed:", *failures, sep="\n")
    for curve, name in (("loss", "pretraining.png"), ("accuracy", "pretraining_accuracy.png")):
        draw(results.rows, args.activations, labels, curve).savefig(out / name, dpi=150)
    document = {"data": args.data, "seeds": seeds, "comparison": compared, "summary": results.summary()}
    save_results(out, document)
    print(f"written to {out} after {time.perf_counter() - began:.0f} s")


def pretrain_and_learn(folder, labels, epochs, steps, *, seed, activation, start):
    """Carry out a run of the study: pre-train once, then learn each number of labels from there; return numbers."""
    data, began = images(folder), time.perf_counter()
    first = pretrained(start, activation, data.train, epochs, seed)
    row = {"seconds_pretraining": time.perf_counter() - began}
    for n in labels:
        numbers = learned(first, activation, data, n, steps, seed)
        row |= {f"{name} {n}": value for name, value in numbers.items()}
    return row


def pretrained(start, activation, X, epochs, seed):
    """Return what the classifier starts from: None, one autoencoder, or one for each layer of the encoder."""
    shared = {"activation": activation, "epochs": epochs, "batch_size": min(250, len(X)), "random_state": seed}
    shared |= {"scale": None, "optimizer": npae.Adam(0.001), "dtype": "float32", "threads": 1}
    if start == "random":
        return None
    if start == "whole":
        return fitted(npae.Autoencoder(SIZES, loss="bce", **shared), X)
    stack = []
    for size in SIZES:  # pixels are grey levels in [0, 1], for "bce"; codes are any numbers
        stack.append(fitted(npae.Autoencoder([size], loss="mse" if stack else "bce", **shared), X))
        X = stack[-1].encode(X)
    return stack


def learned(first, activation, data, n, steps, seed):
    """Train a classifier on n labels; return the numbers of its `Curve`."""
    rows = np.random.default_rng([seed, n]).permutation(len(data.train))[:n]
    batch = max(1, min(n // 20, 200))
    curve = Curve(data.test, data.test_labels, -(-n // batch))
    network = {"encoder": SIZES, "activation": activation} if first is None else {"start": first}
    classifier = npae.Classifier(
        **network,
        scale=None,
        optimizer=npae.Adam(0.001),
        epochs=max(1, steps * batch // n),
        batch_size=batch,
        callbacks=[curve],
        dtype="float32",
        threads=1,
        random_state=seed,
    )
    fitted(classifier, data.train[rows], y=data.train_labels[rows])
    return curve.numbers()


class Curve:
    """A callback that measures loss and accuracy on test images after the epochs in LOOKS, and after the last one."""

    def __init__(self, X, labels, steps_per_epoch):
        self.X, self.labels, self.steps_per_epoch = X, labels, steps_per_epoch
        self.steps, self.loss, self.accuracy, self.training_loss = [], [], [], []

    def __call__(self, training):
        self.training_loss.append(training.history["loss"][-1])
        if training.epoch in LOOKS or training.epoch == training.last_epoch:
            p = training.network.reconstruct(training.theta, self.X)
            right = p[np.arange(len(p)), self.labels].astype(float)
            self.steps.append(training.epoch * self.steps_per_epoch)
            self.loss.append(-np.log(np.maximum(right, 1e-30)).mean())
            self.accuracy.append(100 * (p.argmax(axis=1) == self.labels).mean())

    def numbers(self):
        """Return the curve and its summary as numbers and texts by name; accuracies are in per cent."""
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
    """Return a dict for each number of labels, activation and start: means over seeds, gains over random weights."""
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
    """Compare the runs of one start with those from random weights, seed by seed."""
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
    """Return the step at which a curve reaches `target`, interpolated in the logarithm of the step, or None."""
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
    """Return the comparison as text, with a line for each dict."""
    titles = ["labels", "activation", "start", "accuracy (%)", "gain over random (seeds)", "area", "of random's"]
    lines = [[*titles, "training loss", "matches random's best"], *map(cells, compared)]
    return aligned(lines, left=len(lines[0]))


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
