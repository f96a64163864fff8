"""What stored runs say: chosen settings, when an error was reached, and verdicts on claims. Nothing is trained here."""

import json
import math
import statistics

from experiments.shared.results import table, written
from experiments.solvers.methods import ADAM, METHODS, OTHER_PICTURES, PUBLISHED, TORCH
from experiments.solvers.tasks import TASKS

NOT_MEASURED, OPEN, NOT_JUDGED = "not measured", "open: neither got there", "not judged"


def curve_of(row):
    """Return the columns of a run's curve."""
    return json.loads(row["curve"])


def reached(row, target, over="seconds"):
    """Return where over a column the training error first was at most the target, None if nowhere.

    Between two measurements the logarithm of the error is taken as linear.
    """
    curve = curve_of(row)
    errors, places = curve["train"], curve[over]
    for i, error in enumerate(errors):
        if error <= target:
            if i == 0:
                return places[0]
            share = math.log(errors[i - 1] / target) / math.log(errors[i - 1] / max(error, 1e-300))
            return places[i - 1] + share * (places[i] - places[i - 1])
    return None


def seconds_at_least(row, target):
    """Return the seconds to a target, or those that a run had without reaching it; and whether it reached it."""
    seconds = reached(row, target)
    return (curve_of(row)["seconds"][-1], False) if seconds is None else (seconds, True)


def finished(rows, **wanted):
    """Return the finished runs that have these settings, in the order of their seeds."""
    kept = [row for row in rows if row["status"] == "finished" and all(row.get(k) == v for k, v in wanted.items())]
    return sorted(kept, key=lambda row: row["seed"])


def fastest(rows, target):
    """Return the settings `eta` and `batch` of the run that is first at the target, None if there are no runs."""
    first = first_of(rows, target)
    return None if first is None else {"eta": first["eta"], "batch": first["batch"]}


def first_of(rows, target):
    """Return the finished run that reached the target first, or else ends with the least training error; or None."""

    def order(row):
        seconds, errors = reached(row, target), curve_of(row)["train"]
        return (seconds is None, errors[-1] if seconds is None else seconds)

    return min((row for row in finished(rows) if curve_of(row)["train"]), key=order, default=None)


def choice(rows, task, method):
    """Return the settings that were chosen for a method on a task: by seed 0, or the only ones that it has.

    npae's Adam has those of PyTorch's where there are any: they are the same method.
    """
    grid, target = METHODS[method].grid, TASKS[task].target
    if len(grid) == 1:
        return grid[0]
    theirs = choice(rows, task, TORCH) if method == ADAM else None
    return theirs or fastest(finished(rows, task=task, method=method, stop=target, seed=0), target)


def long_runs(rows, task):
    """Return {method: runs to the end of their time, with the settings that were chosen}."""
    found = {}
    for method in METHODS:
        chosen = choice(rows, task, method)
        runs = [] if chosen is None else finished(rows, task=task, method=method, stop=None, **chosen)
        if runs:
            found[method] = runs
    return found


def ratios(ours, theirs, number):
    """Return number(our run) / number(their run) for each seed that both have.

    A number of None is infinite; the ratio of two such numbers is not a number.
    """
    others = {row["seed"]: row for row in theirs}
    pairs = [(number(row), number(others[row["seed"]])) for row in ours if row["seed"] in others]
    return [ratio(*pair) for pair in pairs]


def ratio(ours, theirs):
    """Return ours / theirs, where None stands for infinity."""
    if ours is None and theirs is None:
        return math.nan
    if ours is None or theirs is None:
        return math.inf if ours is None else 0.0
    return ours / theirs if theirs else math.inf


def judged(outcomes):
    """Return the verdict on a claim that held (True), failed (False) or is open (None) with each seed."""
    if not outcomes:
        return NOT_MEASURED
    if None in outcomes:
        return OPEN
    if all(outcomes):
        return "holds"
    return f"holds only with {sum(outcomes)} of {len(outcomes)} seeds" if any(outcomes) else "fails"


def listed(numbers, form=".2f"):
    """Return numbers as text; "never" for those that are infinite."""
    return ", ".join("-" if math.isnan(x) else "never" if math.isinf(x) else f"{x:{form}}" for x in numbers)


def verdicts(rows):
    """Return a dict of `task`, `claim`, `verdict` and `numbers` for every claim on every task that has runs."""
    found = []
    for task in TASKS:
        runs = long_runs(rows, task)
        if not runs:
            continue
        claims = [*faster_claims(runs, task), *test_claims(runs), *published_claims(runs, task)]
        claims += cost_claims(finished(rows, task=task))
        found += [
            {"task": task, "claim": claim, "verdict": verdict, "numbers": said} for claim, verdict, said in claims
        ]
    return found


def faster_claims(runs, task):
    """K-FAC needs fewer epochs and fewer seconds to the target than Adam; L-BFGS-B on all samples needs more."""
    target = TASKS[task].target
    for ours, theirs, over, fewer in (
        ("kfac", "adam", "epochs", True),
        ("kfac", "torch-adam", "epochs", True),
        ("kfac", "adam", "seconds", True),
        ("kfac", "torch-adam", "seconds", True),
        ("hessian-free", "adam", "seconds", True),
        ("l-bfgs-b", "adam", "seconds", False),
    ):
        found = ratios(runs.get(ours, []), runs.get(theirs, []), lambda row, over=over: reached(row, target, over))
        claim = f"{METHODS[ours].label} reaches a training error of {target:g} in "
        claim += f"{'fewer' if fewer else 'more'} {over} than {METHODS[theirs].label}"
        outcomes = [None if math.isnan(value) else value < 1 if fewer else value > 1 for value in found]
        yield claim, judged(outcomes), f"ratio for each seed: {listed(found)}"


def test_claims(runs):
    """K-FAC's test error is below Adam's when both have had equal seconds."""
    for theirs in ("adam", "torch-adam"):
        pairs = ratios(runs.get("kfac", []), runs.get(theirs, []), least_test)
        claim = f"After equal seconds K-FAC's least test error is below that of {METHODS[theirs].label}"
        yield claim, judged([value < 1 for value in pairs]), f"ratio for each seed: {listed(pairs)}"


def least_test(row):
    """Return the least test error of a run, None if it has none."""
    return min(curve_of(row)["test"], default=None)


def published_claims(runs, task):
    """A method of ours reaches the error that a paper reports for Hessian-free steps, or after pre-training."""
    for published in PUBLISHED:
        if published.task != task:
            continue
        same = [published.method] if published.method in METHODS else []
        for method in dict.fromkeys(["kfac", *same]):
            least = [min(curve_of(row)[published.part]) for row in runs.get(method, [])]
            part = "training" if published.part == "train" else "test"
            claim = f"{METHODS[method].label} reaches the {part} error of {published.error:g} ({published.source})"
            said = f"least {part} error for each seed: {listed(least, '.3g')}"
            if task in OTHER_PICTURES:
                yield claim, NOT_JUDGED, f"{said}; {OTHER_PICTURES[task]}"
            else:
                yield claim, judged([error <= published.error for error in least]), said


def cost_claims(rows):
    """A K-FAC step costs at most two of Adam's, and its memory is at most 400 MB."""
    for name, bound, claim, form in (
        ("step_ratio", 2.0, "A K-FAC step, batch 1,000, takes at most twice the time of an Adam step", "{:.2f} times"),
        ("kfac_megabytes", 400.0, "K-FAC allocates at most 400 MB beyond theta", "{:.0f} MB"),
    ):
        values = [row[name] for row in rows if row.get(name) is not None]
        said = ", ".join(form.format(value) for value in values)
        yield claim, judged([value <= bound for value in values]), said


def summary(rows):
    """Return {task: [a dict for each method]} of settings, errors, and medians over seeds of seconds to each target."""
    return {
        task: [entry(method, own, TASKS[task]) for method, own in runs.items()]
        for task in TASKS
        if (runs := long_runs(rows, task))
    }


def entry(method, rows, task):
    """Return the numbers of a method: medians over its seeds; None for a target that no median reaches."""
    last = [{name: column[-1] for name, column in curve_of(row).items()} for row in rows]
    numbers = {name: statistics.median(point[name] for point in last) for name in last[0]}
    numbers["least_test"] = statistics.median(min(curve_of(row)["test"]) for row in rows)
    times = {target: [reached(row, target) for row in rows] for target in task.targets}
    medians = {f"to {target:g}": median_time(found) for target, found in times.items()}
    first = {name: rows[0][name] for name in ("eta", "batch", "parameters")}
    return {"method": method, "label": METHODS[method].label, "runs": len(rows), **first, **numbers, "seconds": medians}


def median_time(found):
    """Return the median of times, in which None is infinite; None if that is infinite."""
    middle = statistics.median(math.inf if time is None else time for time in found)
    return middle if math.isfinite(middle) else None


def report(entries):
    """Return the table of a task as text."""
    targets = list(entries[0]["seconds"])
    lines = [
        ["", "eta", "batch", "runs", "train", "test", "least test", "epochs", "steps", *(f"s {t}" for t in targets)]
    ]
    for each in entries:
        cells = [each["label"], *(f"{each[name]:g}" if each[name] else "-" for name in ("eta", "batch"))]
        cells += [str(each["runs"]), *(written(each[name], ".3f") for name in ("train", "test", "least_test"))]
        cells += [written(each["epochs"], ".1f"), written(each["steps"], ".0f")]
        lines.append(cells + [written(seconds, ".1f") for seconds in each["seconds"].values()])
    return table(lines)


def published_table(task):
    """Return what papers report for a task, as text."""
    mine = [each for each in PUBLISHED if each.task == task]
    names = [METHODS[each.method].label if each.method in METHODS else each.method for each in mine]
    rows = [[name, each.part, f"{each.error:g}", each.source] for name, each in zip(names, mine, strict=True)]
    return table([["published", "part", "error", "source"], *rows], left=4)


def verdict_table(found):
    """Return verdicts as text."""
    return table([[each["task"], each["verdict"], each["claim"], each["numbers"]] for each in found], left=4)
