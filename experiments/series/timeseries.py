"""Do dense, convolutional and LSTM autoencoders compress real series, and do they find an anomaly in a recording?

    python experiments/series/timeseries.py                          # all; needs pip install "npae[experiments]"
    python experiments/series/timeseries.py --data ItalyPowerDemand  # only one of the four
    python experiments/series/timeseries.py --quick                  # sines, some seconds; needs nothing else

Three networks with codes of equal size learn the training series of ItalyPowerDemand (67 days), GunPoint (50 hands)
and BasicMotions (40 people with 6 sensors), and rebuild the test series. They are compared with PCA, with as many
components of the flattened series, and with the mean of the training series, which is all that an LSTM autoencoder
learns if it fails. Channels are scaled to variance 1 by the training series. A code also predicts a class: that of the
nearest code of a training series.

KDD-TSAD_135 is a recording of a patient with one labelled anomaly. The networks learn windows of its first 1,200 steps
and score the rest: a step's score is its squared error, averaged over all windows that hold it, then over the 9 steps
around it. The threshold is the highest score of those 1,200 steps.

Last result (3 seeds, medians; test MSE of mean / PCA / dense / Conv1D / LSTM): ItalyPowerDemand 0.234 / 0.030 / 0.031 /
0.031 / 0.029, GunPoint 0.222 / 0.025 / 0.016 / 0.008 / 0.016, BasicMotions 0.86 / 0.64 / 0.76 / 0.73 / 0.85: from 40
series with random phases, no network learns much. The highest score falls on the anomaly in 9 of 9 runs, 3.3 to 10
times the highest elsewhere. A minute of two cores, most of it in the LSTM.

It prints tables and writes results.json, reconstructions.png, codes.png and anomaly.png under --out.
"""

import sys
from dataclasses import replace
from pathlib import Path
from statistics import median

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))  # where the package `experiments` is
from experiments.series.timeseries_figures import anomaly_figure, codes_figure, reconstructions_figure
from experiments.series.timeseries_networks import HIDDEN, autoencoder, real_tasks, real_watch, sine_task, sine_watch
from experiments.shared.command_line import count, one_message, script_parser, writable_folder
from experiments.shared.principal_components import PrincipalComponents
from experiments.shared.results import save_results
from experiments.shared.training import fitted
from npae.metrics import mse
from npae.series import overlap_mean, windows

DATA = ("ItalyPowerDemand", "GunPoint", "BasicMotions", "KDD-TSAD_135")


def main(argv=None):
    """Run the experiment."""
    args = parser().parse_args(argv)
    with one_message("timeseries"):
        out = writable_folder(args.out)
        tasks, watch = chosen(args)
        results = [rebuilt(task, args) for task in tasks]
        watched = watch and observed(watch, args)
        if results:
            reconstructions_figure(results).savefig(out / "reconstructions.png", dpi=150)
            codes_figure(results).savefig(out / "codes.png", dpi=150)
        if watched:
            anomaly_figure(watch, watched).savefig(out / "anomaly.png", dpi=150)
        document = {"seeds": args.seeds, "series": [plain(result) for result in results]}
        document |= {"anomaly": watched and {key: watched[key] for key in ("name", "label", "rows")}}
        save_results(out, document)
        print(f"\nwritten to {out}")


def parser():
    p = script_parser(__doc__, "timeseries")
    p.add_argument("--data", nargs="+", choices=DATA, default=DATA, metavar="NAME", help=f"of {', '.join(DATA)}")
    p.add_argument("--epochs", type=count, help="passes over the data (default: what each data set needs)")
    p.add_argument("--seed", type=int, default=0, help="the first seed (default 0)")
    p.add_argument("--seeds", type=count, help="networks of each kind (default 3)")
    return p


def chosen(args):
    """Return the tasks and the Watch (or None) that the arguments name; fill in what was not given."""
    args.seeds = args.seeds or (1 if args.quick else 3)
    if args.quick:
        tasks, watch = [sine_task()], sine_watch()
    else:
        tasks = [task for task in real_tasks() if task.name in args.data]
        watch = real_watch() if DATA[-1] in args.data else None
    if args.epochs:
        tasks = [replace(task, epochs=args.epochs) for task in tasks]
        watch = watch and replace(watch, epochs=args.epochs)
    return tasks, watch


def rebuilt(task, args):
    """Train every kind of network with every seed; return rows, and the test series as the first seed rebuilds them."""
    X, test = task.scaled()
    mean, pca, size = X.mean(axis=0, keepdims=True), PrincipalComponents(X), task.code
    shown = {"mean": (np.broadcast_to(mean, test.shape), None)}
    shown["PCA"] = pca.reconstruct(test, size), pca.codes(test, size)
    rows = [row("mean", mse(X, np.broadcast_to(mean, X.shape)), mse(test, shown["mean"][0]))]
    same_class = nearest_class(pca.codes(X, size), task.y[0], shown["PCA"][1], task.y[1])
    train, numbers = mse(X, pca.reconstruct(X, size)), X[0].size * (size + 1)
    rows += [row("PCA", train, mse(test, shown["PCA"][0]), same_class, numbers)]
    for kind in HIDDEN:
        for seed in range(args.seed, args.seed + args.seeds):
            model = fitted(autoencoder(kind, task, seed), X, f"{task.name}, {kind}, seed {seed}")
            codes = model.encode(test)
            shown.setdefault(kind, (model.reconstruct(test), codes))
            right = nearest_class(model.encode(X), task.y[0], codes, task.y[1])
            rows.append(row(kind, -model.score(X), -model.score(test), right, model.theta_.size, seed, model))
    result = {"task": task, "test": test, "shown": shown, "rows": rows, "summary": summary(rows)}
    print_series(result)
    return result


def nearest_class(known, classes, codes, expected):
    """Return the share of codes whose nearest known code is of the expected class."""
    squares = (known**2).sum(axis=1) - 2 * codes @ known.T
    return float(np.mean(classes[squares.argmin(axis=1)] == expected))


def row(way, train, test, same_class=None, numbers=0, seed=None, model=None):
    """Return the row of one way to rebuild series: errors, share of codes next to their class, numbers learned."""
    seconds = model.history_["seconds"][-1] if model else 0.0
    names = ("way", "seed", "train", "test", "same_class", "numbers", "seconds")
    return dict(zip(names, (way, seed, train, test, same_class, numbers, seconds), strict=True))


def summary(rows):
    """Return medians over the seeds of each way, the range of its test error, and how much larger the mean's is."""
    mean, result = rows[0]["test"], []
    for way in dict.fromkeys(each["way"] for each in rows):
        own = [each for each in rows if each["way"] == way]
        test = [each["test"] for each in own]
        middle = {name: median(each[name] for each in own) for name in ("train", "test", "numbers", "seconds")}
        same_class = median(each["same_class"] for each in own) if way != "mean" else None
        ends = {"least": min(test), "greatest": max(test), "factor": mean / middle["test"]}
        result.append({"way": way, **middle, **ends, "same_class": same_class})
    return result


def plain(result):
    """Return the part of a result that goes into results.json."""
    return {"name": result["task"].name, "code": result["task"].code} | {k: result[k] for k in ("summary", "rows")}


def print_series(result):
    """Print how well each way rebuilds the test series of one data set."""
    task, test = result["task"], result["test"]
    train, (n, steps, channels) = len(task.X[0]), test.shape
    print(
        f"\n{task.name}: {train} + {n} series, {steps} x {channels} numbers; codes of {task.code}. Mean squared errors:"
    )
    print("way      train    test  (of the seeds)    mean's / test  same class  learned  seconds")
    for each in result["summary"]:
        share = "" if each["same_class"] is None else f"{100 * each['same_class']:.0f} %"
        print(
            f"{each['way']:<6} {each['train']:7.4f} {each['test']:7.4f}  ({each['least']:.4f}-{each['greatest']:.4f})"
            f"{each['factor']:14.1f}  {share:>10}  {each['numbers']:7,.0f}  {each['seconds']:7.1f}"
        )
    print()


def observed(watch, args):
    """Train every kind of network with every seed on the normal part and score the rest; return rows and scores."""
    normal, rest = (part.astype(np.float32) for part in watch.scaled())
    X, label, scores, rows = windows(normal, watch.length, watch.stride), watch.label[watch.normal :], {}, []
    for kind in HIDDEN:
        for seed in range(args.seed, args.seed + args.seeds):
            model = autoencoder(kind, watch, seed, eta=0.005, batch_size=64)
            fitted(model, np.ascontiguousarray(X), f"{watch.name}, {kind}, seed {seed}")
            raw = step_scores(model, rest, watch.length)
            smooth, limit = around(raw, watch), around(step_scores(model, normal, watch.length), watch).max()
            rows.append({"way": kind, "seed": seed, **verdict(raw, smooth, label, limit, watch)})
            scores.setdefault(kind, (smooth, limit))
    result = {"name": watch.name, "label": labelled(watch), "rows": rows, "scores": scores}
    print_anomaly(result)
    return result


def step_scores(model, recording, length):
    """Return the score of each step: its squared error, averaged over all windows that hold it."""
    return overlap_mean(model.score_samples(windows(recording, length), steps=True))


def around(scores, watch):
    """Return the mean score of the steps around each step."""
    return np.convolve(scores, np.ones(watch.near) / watch.near, "same")


def labelled(watch):
    """Return the first and the last labelled row of the recording."""
    return [int(row) for row in np.flatnonzero(watch.label)[[0, -1]]]


def verdict(raw, smooth, label, limit, watch):
    """Return where the highest score falls, and how far it stands out from steps that share no window with a label."""
    far = np.convolve(label, np.ones(2 * (watch.length + watch.near)), "same") < 0.5
    top, first = int(smooth.argmax()), watch.normal
    return {
        "row": first + top,
        "row_of_a_step": first + int(raw.argmax()),
        "hit": bool(label[top]),
        "score": float(smooth[top]),
        "highest_elsewhere": float(smooth[far].max()),
        "false_alarms": float((smooth[far] > limit).mean()),
    }


def print_anomaly(result):
    """Print where each network finds the anomaly."""
    first, last = result["label"]
    print(f"\n{result['name']}: labelled rows {first} to {last}")
    print("way     seed  highest score at row  of single steps  over the highest elsewhere  false alarms")
    for each in result["rows"]:
        hit = f"{each['row']} ({'hit' if each['hit'] else 'miss'})"
        factor = each["score"] / each["highest_elsewhere"]
        alarms = f"{100 * each['false_alarms']:.1f} %"
        print(f"{each['way']:<7} {each['seed']:4}  {hit:>20}  {each['row_of_a_step']:15}  {factor:26.1f}  {alarms:>12}")


if __name__ == "__main__":
    main()
