"""Part one of vae_search.py: grid, random and Bayesian search with equal numbers of trials."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

import npae
from experiments.shared.results import table, written
from experiments.shared.training import fitted, run_study
from experiments.variational.vae_search_task import (
    Task,
    collapse_allowed,
    first_reaching,
    negative_bound,
    recorded_bound,
)
from npae.study import Integers, Uniform

SAMPLERS = ("grid", "random", "bayesian")
GOAL = 0.6  # share of its trials in which Bayesian search is to reach random search's best
RANGES = {
    "optimizer__eta": Uniform(1e-4, 1e-1, log=True),
    "init__std": Uniform(0.01, 1.0, log=True),
    "width": Integers(16, 128, log=True),
    "code": Integers(2, 32, log=True),
    "batch_size": Integers(50, 400, log=True),
}
ACTIVATIONS = ["relu", "tanh", "sigmoid"]
POINTS = {"optimizer__eta": 4, "width": 2, "code": 2}  # of the grid along a range; elsewhere only the middle
GRID_SIZE = 48  # 4 x 2 x 2, with each of the three activations


def encoder(width, code):
    """Return the layers of two of the choices."""
    return [width, npae.GaussianCode(code)]


def space_of(sampler):
    """Return what a search draws from: the ranges or, for a grid, a few values of each."""
    ranges = {name: middles(each, POINTS.get(name, 1)) for name, each in RANGES.items()}
    return {**(ranges if sampler == "grid" else RANGES), "activation": ACTIVATIONS, "encoder": encoder}


def middles(choice, n):
    """Return the middles of n parts of a range that are equal on a logarithmic scale."""
    values = choice.low * (choice.high / choice.low) ** ((np.arange(n) + 0.5) / n)
    return [round(value) if isinstance(choice, Integers) else float(f"{value:.3g}") for value in values]


@dataclass(frozen=True)
class Search:
    """One search, and the test bound of its best network. Its trials are kept in a file in `folder`."""

    task: Task
    trials: int
    folder: Path = field(default=Path(), compare=False)  # not part of a run's identity

    def __call__(self, *, seed, sampler):
        train, validation, test = self.task.parts()
        model = self.task.network(init=npae.Gaussian(), optimizer=npae.Adam())
        with collapse_allowed():
            found = npae.study.search(
                model,
                train,
                space_of(sampler),
                validation_data=validation,
                objective=recorded_bound,  # "val_loss" would leave the divergence out
                sampler=sampler,
                trials=self.trials,
                seed=seed,
                path=self.folder / f"{sampler}-{seed}",
                executor="serial",
                show_progress=False,
            )
            fitted(model.set_params(**found.best_params, random_state=seed), train)
        best = next(row for row in found.rows if row["value"] == found.best_value)
        return {
            "values": json.dumps([row["value"] for row in found.rows]),
            "best": found.best_value,
            "test": negative_bound(model, test),
            **{f"best {name}": best[name] for name in found.names},
        }


def compare(task, trials, repetitions, args, out):
    """Carry out all searches, or what is left of them; return their rows."""
    folder = out / "searches"
    folder.mkdir(exist_ok=True)
    settings = [{"sampler": sampler} for sampler in SAMPLERS]
    results = run_study(Search(task, trials, folder), settings, args, out, repetitions, retry_failed=True)
    if failed := [row for row in results.rows if row["status"] == "failed"]:
        raise ValueError(f"every search must come to an end, got {len(failed)} that did not: {failed[0]['reason']}")
    return results.rows


def curves(rows):
    """Return the best value so far after each trial, {sampler: (repetitions, trials)}; inf before the first value."""
    values = {sampler: [json.loads(row["values"]) for row in rows if row["sampler"] == sampler] for sampler in SAMPLERS}
    return {sampler: np.minimum.accumulate(_filled(each), axis=1) for sampler, each in values.items()}


def _filled(values):
    return np.array([[np.inf if value is None else value for value in row] for row in values])


def quartiles(best, axis=0):
    """Return the lower quartile, the median and the upper quartile; NaN where a search had no value yet."""
    with np.errstate(invalid="ignore"):
        return np.quantile(best, [0.25, 0.5, 0.75], axis=axis)


def shares(best, targets):
    """Return the share of its trials in which each search reached its target; inf (above 100 %) if it never did."""
    reached = [first_reaching(row, target) for row, target in zip(best, targets, strict=True)]
    return [np.inf if number is None else number / best.shape[1] for number in reached]


def needed(best, targets):
    """Return the shares of `shares`, their median, that of all pairs of a search and a target, and how many are inf."""
    own = shares(best, targets)
    pairs = [share for target in targets for share in shares(best, [target] * len(best))]
    return {
        "shares": [finite(share) for share in own],
        "median_share": finite(np.median(own)),
        "median_share_of_all_pairs": finite(np.median(pairs)),
        "never": int(np.isinf(own).sum()),
    }


def finite(number):
    """Return a float, or None for infinity and NaN, which JSON has no number for."""
    return float(number) if np.isfinite(number) else None


def summary(rows):
    """Return the numbers of all searches as one dict, in nats per image except for shares and seconds."""
    best, by_sampler = curves(rows), {name: [row for row in rows if row["sampler"] == name] for name in SAMPLERS}
    entries = {name: _entry(best[name], by_sampler[name]) for name in SAMPLERS}
    targets, values = best["random"][:, -1], [json.loads(row["values"]) for row in by_sampler["random"]]
    return {
        "trials": best["random"].shape[1],
        "repetitions": len(targets),
        "one_random_trial": finite(np.median(_filled(values))),
        "samplers": entries,
        "to_reach_random": {name: needed(best[name], targets) for name in ("bayesian", "grid")},
        "bayesian_better": int((best["bayesian"][:, -1] < targets).sum()),
        "bayesian_equal": int((best["bayesian"][:, -1] == targets).sum()),
    }


def _entry(best, rows):
    choices = [name for name in rows[0] if name.startswith("best ")]
    return {
        "best_so_far": [[finite(value) for value in line] for line in quartiles(best)],
        "best": [float(value) for value in best[:, -1]],
        "test": [row["test"] for row in rows],
        "seconds": float(np.median([row["seconds"] for row in rows])),
        "choices": [{name.removeprefix("best "): row[name] for name in choices} for row in rows],
    }


def report(numbers):
    """Return the table, and the sentences that answer the study's question, as text."""
    n, looks = numbers["trials"], sorted({-(-numbers["trials"] // 4), -(-numbers["trials"] // 2), numbers["trials"]})
    lines = [["", *(f"after {look}" for look in looks), "quartiles", "test", "quartiles", "seconds"]]
    for name, entry in numbers["samplers"].items():
        at = [written(value, ".1f") for value in (entry["best_so_far"][1][look - 1] for look in looks)]
        (q1, _, q3), (low, test, high) = quartiles(entry["best"]), quartiles(entry["test"])
        spread, of_test = f"{q1:.1f} to {q3:.1f}", f"{low:.1f} to {high:.1f}"
        lines.append([name, *at, spread, f"{test:.1f}", of_test, f"{entry['seconds']:.0f}"])
    title = f"{numbers['repetitions']} searches of {n} trials: minus the bound in nats per image, medians"
    single = f"one random trial: {written(numbers['one_random_trial'], '.1f')}"
    sentences = [sentence(name, numbers) for name in ("bayesian", "grid")]
    return "\n".join([title, table(lines), single, *sentences, verdict(numbers)])


def sentence(name, numbers):
    """Return after how many trials a kind of search reaches the best of random search, as a sentence."""
    reach, repetitions = numbers["to_reach_random"][name], numbers["repetitions"]
    text = f"{name} reaches random's best of {numbers['trials']} trials in {percent(reach['median_share'])} of them"
    text += f", median of {repetitions}; {reach['never']} of {repetitions} never did, counted as more than 100 %;"
    return f"{text} over all pairs of seeds {percent(reach['median_share_of_all_pairs'])}."


def verdict(numbers):
    """Return whether the goal is reached, and how Bayesian and random search end, as a sentence."""
    reach = numbers["to_reach_random"]["bayesian"]
    share, shares = reach["median_share"], reach["shares"]
    reached = share is not None and share <= GOAL
    within = sum(each is not None and each <= GOAL for each in shares)
    low, high = npae.metrics.wilson_interval(within, len(shares))  # of the searches that reach the goal
    doubt = ", but other seeds or another processor may say otherwise" if low < 0.5 < high else ""
    ends = f"ends better than random in {numbers['bayesian_better']}, equal in {numbers['bayesian_equal']}"
    return f"goal, at most {percent(GOAL)}: {'reached' if reached else 'missed'}{doubt}. bayesian {ends}."


def percent(share):
    return "more than 100 %" if share is None else f"{100 * share:.0f} %"
