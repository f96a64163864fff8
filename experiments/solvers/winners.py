"""Which method reaches a task's target first, by stored runs. Nothing is trained here."""

from experiments.shared.results import table, written
from experiments.solvers.contenders import CONTENDERS, UNFIT
from experiments.solvers.sized_tasks import TASKS
from experiments.solvers.track import significant
from experiments.solvers.verdicts import curve_of, fastest, finished, median_time, reached

FACTOR = 1.25  # of the target over the least error
FLOOR, CEILING = 1e-3, 0.9  # least and largest target, as shares of the error of the samples' mean


def first_runs(rows, task, method=None):
    """Return the runs of seed 0 to the end of their time, of all methods or of one."""
    named = {} if method is None else {"method": method}
    return finished(rows, task=task, seed=0, stop=None, **named)


def target_of(rows, task, factor=FACTOR):
    """Return the error to reach: a factor times the least one of the runs of seed 0, within FLOOR and CEILING.

    None if there are no runs.
    """
    runs = first_runs(rows, task)
    errors = [error for row in runs for error in curve_of(row)["train"]]
    if not errors:
        return None
    mean = runs[0]["mean_error"]
    return significant(min(max(factor * min(errors), FLOOR * mean), CEILING * mean))


def chosen(rows, task, method, target):
    """Return the settings with which seed 0 reached the target first, None if there are no runs."""
    return fastest(first_runs(rows, task, method), target)


def runs_of(rows, task, method, target):
    """Return the runs of a method with the settings that were chosen: the first of seed 0, the others to the target."""
    setting = chosen(rows, task, method, target)
    if setting is None:
        return []
    first = [row for row in first_runs(rows, task, method) if {name: row[name] for name in setting} == setting]
    others = finished(rows, task=task, method=method, stop=target, **setting)
    return [*first[:1], *(row for row in others if row["seed"] > 0)]


def summary(rows, factor=FACTOR):
    """Return a dict for each task that has runs: its counts, its target, its methods, and who wins by how much."""
    return [outcome(rows, task, target) for task in TASKS if (target := target_of(rows, task, factor)) is not None]


def outcome(rows, task, target):
    """Return the numbers of a task."""
    first = first_runs(rows, task)[0]
    found = {method: runs for method in CONTENDERS if (runs := runs_of(rows, task, method, target))}
    entries = [entry(method, runs, target) for method, runs in found.items()]
    order = sorted((each for each in entries if each["seconds"] is not None), key=lambda each: each["seconds"])
    best, second = (*order, None, None)[:2]
    names = {"winner": best and best["method"], "second": second and second["method"]}
    factor = second["seconds"] / best["seconds"] if second and best["seconds"] else None
    facts = {"task": task, "data": TASKS[task].data, "label": TASKS[task].label, "target": target}
    facts |= {name: first[name] for name in ("samples", "weights")}
    return facts | names | {"factor": factor, "methods": entries}


def entry(method, runs, target):
    """Return the numbers of a method on a task; its seconds are None if their median is infinite."""
    times = [reached(row, target) for row in runs]
    facts = {name: runs[0][name] for name in ("eta", "batch", "end")}
    least = min(curve_of(runs[0])["train"])
    label = CONTENDERS[method].label
    return {"method": method, "label": label, **facts, "least": least, "times": times, "seconds": median_time(times)}


def lines_of(outcomes):
    """Return the table: a list of cells for each task, the first one of headings."""
    methods = [method for method in CONTENDERS if any(named(each, method) for each in outcomes)]
    lines = [["data", "network", "samples", "weights", "target", *(CONTENDERS[m].label for m in methods), "factor"]]
    for each in outcomes:
        facts = [each["data"], each["label"], f"{each['samples']:,}", f"{each['weights']:,}", f"{each['target']:.3g}"]
        lines.append([*facts, *(cell(named(each, method)) for method in methods), written(each["factor"], ".1f")])
    return lines


def named(outcome, method):
    """Return the entry of a method, None if it has no runs."""
    return next((entry for entry in outcome["methods"] if entry["method"] == method), None)


def cell(entry):
    """Return the seconds of a method as text: "-" if it does not reach the target, "" if it does not fit."""
    if entry is None or entry["end"].startswith(UNFIT):
        return ""
    return "-" if entry["seconds"] is None else f"{entry['seconds']:.3g}"


def report(outcomes):
    """Return the table as text."""
    return table(lines_of(outcomes), left=2)


def markdown(outcomes):
    """Return the table for a page; the least time of each line is bold."""
    (heads, *lines), width = lines_of(outcomes), 5
    for each, line in zip(outcomes, lines, strict=True):
        if each["winner"] is not None:
            place = heads.index(CONTENDERS[each["winner"]].label, width)
            line[place] = f"**{line[place]}**"
    rule = ["---"] * 2 + ["---:"] * (len(heads) - 2)
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (heads, rule, *lines)) + "\n"


def wins(outcomes):
    """Return {label of a method: tasks that it wins}, the most successful one first."""
    won = [CONTENDERS[each["winner"]].label for each in outcomes if each["winner"] is not None]
    return {name: won.count(name) for name in sorted(set(won), key=lambda name: (-won.count(name), name))}
