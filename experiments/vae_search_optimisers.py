"""Part two of vae_search.py: optimisers, each with its own eta, and what a schedule of eta adds."""

import json
from dataclasses import dataclass

import numpy as np
from vae_search_common import Task, collapse_allowed, first_reaching, fitted, negative_bound, table, written

import npae

OPTIMISERS = {"SGD": npae.GradientDescent, "momentum": npae.Momentum, "RMSprop": npae.RMSprop, "Adam": npae.Adam}
LEAST, LARGEST = 1e-5, 1e-1  # eta that is tried
ETAS = 9  # of them
WIDTH, CODE, BATCH = 64, 10, 50
TUNING = 0  # the seed of the runs that choose eta; the others judge


def schedules(epochs):
    """Return {name: what moves eta}; None leaves it as it is."""
    return {
        "constant": None,
        "cosine": npae.CosineDecay(),
        "warm-up": npae.WarmUp(max(1, epochs // 8), npae.CosineDecay()),
        "plateau": npae.ReduceOnPlateau(patience=1, min_delta=1.0),
        "adaptive": npae.AdaptiveEta(),
    }


@dataclass(frozen=True)
class Train:
    """One run: the bound on the validation images after each epoch, and if it judges, that on the test images."""

    task: Task

    def __call__(self, *, seed, optimiser, schedule, eta):
        train, validation, test = self.task.parts()
        rule = OPTIMISERS[optimiser](eta, adapt=schedules(self.task.epochs)[schedule])
        model = self.task.network(
            encoder=[WIDTH, npae.GaussianCode(CODE)],
            activation="relu",
            optimizer=rule,
            batch_size=BATCH,
            random_state=seed,
        )
        with collapse_allowed():
            fitted(model, train, validation_data=validation)
        curve = model.history_["val_loss"]
        judged = {} if seed == TUNING else {"test": negative_bound(model, test)}
        return {"validation": curve[-1], "curve": json.dumps(curve), **judged}


def compare(task, etas, seeds, out, workers):
    """Choose eta for each optimiser and schedule, then judge it; return the rows of both, or what is left to do."""
    pairs = [(optimiser, schedule) for optimiser in OPTIMISERS for schedule in schedules(task.epochs)]
    tried = [setting(*pair, eta) for pair in pairs for eta in spaced(etas)]
    options = {"path": out / "runs.jsonl", **workers}
    tuning = npae.study.run_all(Train(task), tried, seeds=[TUNING], **options).rows
    chosen = best_etas(tuning)
    settings = [setting(*pair, eta) for pair in pairs for eta in {chosen[pair], chosen[pair[0], "constant"]}]
    seeds = range(TUNING + 1, TUNING + 1 + seeds)
    return tuning, npae.study.run_all(Train(task), settings, seeds=seeds, **options).rows


def setting(optimiser, schedule, eta):
    return {"optimiser": optimiser, "schedule": schedule, "eta": eta}


def spaced(n):
    """Return n values of eta from the least to the largest; each is the same multiple of the one before."""
    return [float(f"{eta:.3g}") for eta in np.geomspace(LEAST, LARGEST, n)]


def best_etas(tuning):
    """Return {(optimiser, schedule): the eta of the best bound on validation images}; what failed is never best."""
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
    """Return an entry for each optimiser and schedule; bounds and gains in nats an image.

    `test` is by seed; `gain`, by how much it is better than a constant eta, and `gain_same_eta`, with the eta that is
    best for a constant one, are means over seeds; `error`, the standard error of `gain`; `at_edge`, whether eta is the
    least or the largest that was tried.
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
    """Return the rows of a setting that finished, by seed."""
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
    """Return the bound after each epoch: lowest, mean and highest of the seeds; [] if all failed."""
    each = np.array([json.loads(row["curve"]) for row in rows.values()])
    return [values.tolist() for values in (each.min(axis=0), each.mean(axis=0), each.max(axis=0))] if len(each) else []


def gain(rows, reference):
    """Return the mean difference of equal seeds and its standard error; None for what too few seeds finished for."""
    differences = [reference[seed]["test"] - row["test"] for seed, row in rows.items() if seed in reference]
    error = np.std(differences, ddof=1) / np.sqrt(len(differences)) if len(differences) > 1 else None
    return (float(np.mean(differences)) if differences else None), error if error is None else float(error)


def with_epochs(entries):
    """Add `epochs`: how many reach the last bound of the slowest optimiser with a constant eta."""
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
    return f"{seeds} networks each: minus the bound of test images in nats an image (* eta at the edge)\n{table(lines)}"
