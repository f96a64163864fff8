"""Part two of vae_search.py: optimisers, each at its own eta, and what a schedule of eta adds."""

import json
from functools import partial

import numpy as np

import npae
from experiments.shared.results import table, written
from experiments.shared.training import fitted, run_study
from experiments.variational.vae_search_task import collapse_allowed, first_reaching, negative_bound

OPTIMISERS = {"SGD": npae.GradientDescent, "momentum": npae.Momentum, "RMSprop": npae.RMSprop, "Adam": npae.Adam}
LEAST, LARGEST = 1e-5, 1e-1  # eta that is tried
ETAS = 9  # of them
WIDTH, CODE, BATCH = 64, 10, 50
TUNING = 0  # the seed of the runs that choose eta; the others judge


def schedules(epochs):
    """Return the schedules of eta by name; None keeps it constant."""
    return {
        "constant": None,
        "cosine": npae.CosineDecay(),
        "warm-up": npae.WarmUp(max(1, epochs // 8), npae.CosineDecay()),
        "plateau": npae.ReduceOnPlateau(patience=1, min_delta=1.0),
        "adaptive": npae.AdaptiveEta(),
    }


def train_and_judge(task, *, seed, optimiser, schedule, eta):
    """Carry out a run: return the bound on the validation images after each epoch and, if it judges, the test bound."""
    train, validation, test = task.parts()
    model = task.network(
        encoder=[WIDTH, npae.GaussianCode(CODE)],
        activation="relu",
        optimizer=OPTIMISERS[optimiser](eta, adapt=schedules(task.epochs)[schedule]),
        batch_size=BATCH,
        random_state=seed,
    )
    with collapse_allowed():
        fitted(model, train, validation_data=validation)
    curve = model.history_["val_loss"]
    judged = {} if seed == TUNING else {"test": negative_bound(model, test)}
    return {"validation": curve[-1], "curve": json.dumps(curve), **judged}


def compare(task, etas, seeds, args, out):
    """Choose eta for each optimiser and schedule, then judge it; return the rows of both steps."""
    pairs = [(optimiser, schedule) for optimiser in OPTIMISERS for schedule in schedules(task.epochs)]
    tried = [setting(*pair, eta) for pair in pairs for eta in spaced(etas)]
    tuning = run_study(partial(train_and_judge, task), tried, args, out, [TUNING]).rows
    chosen = best_etas(tuning)
    settings = [setting(*pair, eta) for pair in pairs for eta in {chosen[pair], chosen[pair[0], "constant"]}]
    seeds = range(TUNING + 1, TUNING + 1 + seeds)
    return tuning, run_study(partial(train_and_judge, task), settings, args, out, seeds).rows


def setting(optimiser, schedule, eta):
    return {"optimiser": optimiser, "schedule": schedule, "eta": eta}


def spaced(n):
    """Return n values of eta from the least to the largest, in equal steps on a logarithmic scale."""
    return [float(f"{eta:.3g}") for eta in np.geomspace(LEAST, LARGEST, n)]


def best_etas(tuning):
    """Return {(optimiser, schedule): eta with the best bound on validation images}; failed runs do not count."""
    best = {}
    for row in tuning:
        pair, value = (row["optimiser"], row["schedule"]), row.get("validation")
        if value is not None and value < best.get(pair, (np.inf,))[0]:
            best[pair] = value, row["eta"]
    missing = {(row["optimiser"], row["schedule"]) for row in tuning} - best.keys()
    if missing:
        raise ValueError(f"some eta must work for each optimiser and schedule, got none for {sorted(missing)[0]}.")
    return {pair: eta for pair, (_, eta) in best.items()}


def summary(tuning, rows):
    """Return an entry for each optimiser and schedule; bounds and gains are in nats per image.

    `test` has a bound per seed. Means over seeds are `gain`, by how much that is better than with a constant eta, and
    `gain_same_eta`, the same with the eta that is best for a constant one. `error` is the standard error of `gain`;
    `at_edge`, whether eta is the least or the largest that was tried.
    """
    etas, values = best_etas(tuning), {(row["optimiser"], row["schedule"], row["eta"]): row for row in tuning}
    entries = []
    for (optimiser, schedule), eta in etas.items():
        own, first = of(rows, optimiser, schedule, eta), etas[optimiser, "constant"]
        constant, same = of(rows, optimiser, "constant", first), of(rows, optimiser, schedule, first)
        tried = [row["eta"] for row in tuning if row["optimiser"] == optimiser]
        entry = setting(optimiser, schedule, eta) | {"at_edge": eta in (min(tried), max(tried))}
        entry |= {"validation": values[optimiser, schedule, eta]["validation"], **tests(own)}
        entry |= {"gain_same_eta": gain(same, constant)[0], "curve": curve(own)}
        entries.append(entry | dict(zip(("gain", "error"), gain(own, constant), strict=True)))
    return with_epochs(entries)


def of(rows, optimiser, schedule, eta):
    """Return the finished rows of a setting by seed."""
    wanted = setting(optimiser, schedule, eta).items()
    return {row["seed"]: row for row in rows if wanted <= row.items() and row["status"] == "finished"}


def tests(rows):
    """Return the test bounds of the seeds, their mean and their standard deviation."""
    each = [row["test"] for row in rows.values()]
    return {
        "test": each,
        "mean": float(np.mean(each)) if each else None,
        "spread": float(np.std(each, ddof=1)) if len(each) > 1 else None,
    }


def curve(rows):
    """Return the lowest, mean and highest bound of the seeds after each epoch; [] if all failed."""
    each = np.array([json.loads(row["curve"]) for row in rows.values()])
    return [values.tolist() for values in (each.min(axis=0), each.mean(axis=0), each.max(axis=0))] if len(each) else []


def gain(rows, reference):
    """Return the mean difference of equal seeds and its standard error; None where too few seeds finished."""
    differences = [reference[seed]["test"] - row["test"] for seed, row in rows.items() if seed in reference]
    error = np.std(differences, ddof=1) / np.sqrt(len(differences)) if len(differences) > 1 else None
    return (float(np.mean(differences)) if differences else None), error if error is None else float(error)


def with_epochs(entries):
    """Add `epochs`: after how many the last bound of the worst optimiser with a constant eta is reached."""
    last = [entry["curve"][1][-1] for entry in entries if entry["schedule"] == "constant" and entry["curve"]]
    means = [entry["curve"][1] if entry["curve"] else [] for entry in entries]
    return [
        entry | {"epochs": first_reaching(mean, max(last, default=0))}
        for entry, mean in zip(entries, means, strict=True)
    ]


def chosen(entries):
    """Return the entry of each optimiser whose schedule is best on the validation images, by optimiser."""
    groups = {optimiser: [entry for entry in entries if entry["optimiser"] == optimiser] for optimiser in OPTIMISERS}
    return {name: min(group, key=lambda entry: entry["validation"]) for name, group in groups.items()}


def report(entries):
    """Return the table of all optimisers and schedules as text."""
    lines = [["", "schedule", "eta", "test", "+-", "gain", "+-", "same eta", "epochs"]]
    for entry in entries:
        cells = [entry["optimiser"], entry["schedule"], f"{entry['eta']:.2g}" + "*" * entry["at_edge"]]
        cells += [written(entry[name], ".1f") for name in ("mean", "spread", "gain", "error", "gain_same_eta")]
        lines.append([*cells, written(entry["epochs"], "d")])
    seeds = max(len(entry["test"]) for entry in entries)
    return (
        f"{seeds} networks each: minus the bound of test images in nats per image (* eta at the edge)\n{table(lines)}"
    )
