"""Which solver trains a deep autoencoder first: K-FAC, Hessian-free, quasi-Newton methods, or Adam?

    python experiments/deep.py                          # everything: about five hours on two cores
    python experiments/deep.py --tasks mnist            # one data set
    python experiments/deep.py --methods kfac adam      # some of the solvers
    python experiments/deep.py --ratios                 # seconds to the target on MNIST, next to both Adams, and costs
    python experiments/deep.py --report                 # tables, verdicts and figures of what is stored, no training

The networks are those of Hinton & Salakhutdinov (Science 2006): CURVES 784-400-200-100-50-25-6 and MNIST
784-1000-500-250-30, mirrored; logistic units, a linear code, cross-entropy of the logits. Martens's Hessian-free (ICML
2010) and the authors' code for K-FAC (ICML 2015) train the same ones; --activation tanh makes the hidden units tanh.
Two shallow networks of MNIST, 784-64 and 784-256-32, have relu (and a linear code if it is the second layer).

CURVES here are 20,000 + 10,000 pictures of npae.datasets.curves: the published file cannot be had, so errors published
for it are a guide only. The third set, faces, is left out: none was found in a package registry under a clear licence.

All methods start at the same weights for each seed: 15 connections for each unit, N(0, 1), or N(0, 1/16) for tanh,
whose slope is four times the logistic one, and biases of 0 (Martens 2010); npae's default weights for relu. There is no
penalty on weights, unlike the 1e-5 of L2 in the authors' code. All are float32 on two threads; SciPy's vectors are
float64. Errors are squared, summed over the pixels, means over the first 10,000 training pictures and over the 10,000
test pictures. Measuring them takes none of the seconds. Times to an error are interpolated between two measurements.

Adam, momentum (Nesterov's, 0.99) and PyTorch's Adam (fused) get the eta and the batch of a grid with which seed 0
reached the target first: a training error of 3.0 on MNIST, 12.5 on CURVES (six principal components leave 24.7). A run
of the grid ends when it is late, or when, after a third of the first one's seconds, its error is more than 1.5 times as
great as that one's at that time. npae's Adam has what PyTorch's got: they are the same method. K-FAC is npae's default
with batches of 1,000. Hessian-free draws 2,400 pictures for every 20 of its steps; L-BFGS-B and BFGS see all. An epoch
of these three is as many evaluations and products as see all pictures once. Every method has --minutes of training;
seeds are rounds, in which the methods follow one another.

Beside the tables stand errors that papers print, with their place (experiments/solvers/methods.py). Those of Martens
(2010) and of Martens & Grosse (2015) are left out, since their numbers are not sure.

It prints tables and verdicts and writes into --out: runs.jsonl (a line per run as soon as it ends; the same command
goes on where it was stopped), results.json, and for each data set a figure over seconds and one over epochs. A quick
run has small networks, gives no verdicts, and writes into the folder `quick` of --out.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # where the package `experiments` is
from experiments.shared.command_line import count, duration, one_message, script_parser, writable_folder
from experiments.shared.images import DATA_HELP
from experiments.shared.results import save_results, written
from experiments.solvers import verdicts
from experiments.solvers.costs import Memory, StepTimes
from experiments.solvers.journal import Journal
from experiments.solvers.methods import ADAM, BASE, METHODS, PEERS, TORCH, missing
from experiments.solvers.runs import Run
from experiments.solvers.tasks import TASKS, samples

MINUTES = 2.0
QUICK_MINUTES = 0.2 / 60
PAIRS = 9  # of readings of step times
IDENTITY = ("task", "method", "seed", "stop", "eta", "batch", "pairs")


def main(argv=None):
    """Run the study, or what is left of it, and report."""
    args = parser().parse_args(argv)
    with one_message("deep"):
        out = writable_folder(args.out / "quick" if args.quick else args.out)
        if not args.report:
            for task in args.tasks:
                samples(task, args.data, args.quick)  # a missing set is reported before anything starts
            carry_out(Bench(args, out))
        report(stored(out, args), args, out)


def parser():
    p = script_parser(__doc__, "deep")
    p.add_argument("--data", metavar="DIR", help=DATA_HELP)
    p.add_argument("--tasks", nargs="+", choices=TASKS, default=list(TASKS), metavar="NAME", help=", ".join(TASKS))
    p.add_argument(
        "--methods", nargs="+", choices=METHODS, default=list(METHODS), metavar="NAME", help=", ".join(METHODS)
    )
    p.add_argument("--seeds", type=count, help="runs of each method (default 3; --quick 1)")
    p.add_argument("--minutes", type=duration, help=f"of training, for each run (default {MINUTES:g})")
    p.add_argument("--activation", choices=("sigmoid", "tanh"), default="sigmoid", help="of hidden units")
    p.add_argument("--ratios", action="store_true", help="only K-FAC next to both Adams on MNIST, and costs")
    p.add_argument("--report", action="store_true", help="report what is stored")
    return p


class Bench:
    """Carries out single runs that are not stored yet, one at a time: each has both cores."""

    def __init__(self, args, out):
        self.args, self._journal = args, Journal(out / "runs.jsonl")
        self.minutes = args.minutes or (QUICK_MINUTES if args.quick else MINUTES)
        self.seeds = args.seeds or (1 if args.quick else 3)
        self.shared = {"activation": args.activation, "quick": args.quick}

    def row(self, function, seed, **setting):
        """Return the row of a run."""
        return self._journal.row(function, seed, **setting, **self.shared)

    def train(self, task, method, seed, setting, stop=None, rival=None):
        """Return the row of a training, and say how it went."""
        stored = self._journal.size
        curve = None if rival is None else verdicts.curve_of(rival)
        run = Run(self.args.data, None if rival is None else verdicts.reached(rival, stop), curve)
        solver = METHODS[method].solver(setting["eta"])
        shared = {"task": task, "method": method, "solver": solver, "minutes": self.minutes, "stop": stop}
        row = self.row(run, seed, **shared, **setting)
        if self._journal.size != stored:
            what = " ".join(f"{name} {value:g}" for name, value in setting.items() if value)
            print(f"{task}, {METHODS[method].label}, seed {seed} {what}: {told(row)}".replace(" :", ":"), flush=True)
        return row


def told(row):
    """Return how a run ended, as text."""
    if row["status"] == "failed":
        return f"failed: {row['reason']}"
    curve = verdicts.curve_of(row)
    if not curve["train"]:
        return row["end"]
    return f"error {curve['train'][-1]:.3f}, test {curve['test'][-1]:.3f}, {curve['seconds'][-1]:.1f} s ({row['end']})"


def carry_out(bench):
    """Choose settings, then train all methods round by round, and measure costs."""
    args = bench.args
    methods = methods_of(args)
    tasks = ["mnist"] if args.ratios else args.tasks
    reasons = {method: missing(method) for method in methods}
    for reason in filter(None, reasons.values()):
        print(reason)
    methods = [method for method in methods if not reasons[method]]
    for task in tasks:
        chosen = {method: choose(bench, task, method) for method in methods if method != ADAM or TORCH not in methods}
        if ADAM in methods:
            chosen.setdefault(ADAM, chosen.get(TORCH))
        stop, first = (TASKS[task].target, 1) if args.ratios else (None, 0)  # seed 0 has chosen the settings
        for seed in range(first, first + bench.seeds):
            for method, setting in chosen.items():
                bench.train(task, method, seed, setting, stop=stop)
        if BASE in methods:
            solvers = {"kfac": METHODS["kfac"].solver(None), "adam": METHODS["adam"].solver(1e-3)}
            bench.row(StepTimes(args.data), 0, task=task, pairs=2 if args.quick else PAIRS, **solvers)
            bench.row(Memory(args.data), 0, task=task, **solvers)


def methods_of(args):
    """Return the names of the methods that the options ask for."""
    return [BASE, *PEERS] if args.ratios else args.methods


def choose(bench, task, method):
    """Return the settings of the grid with which seed 0 reaches the target first; a run that is late is cut off."""
    grid, target = METHODS[method].grid, TASKS[task].target
    if len(grid) == 1:
        return grid[0]
    rows = []
    for setting in grid[:2] if bench.args.quick else grid:
        rows.append(bench.train(task, method, 0, setting, target, verdicts.first_of(rows, target)))
    return verdicts.fastest(rows, target) or grid[0]


def stored(out, args):
    """Return the rows of runs.jsonl that these arguments are about.

    Of runs that differ in nothing but their solver's fields and their minutes, the last one counts.
    """
    shared = {"activation": args.activation, "quick": args.quick}
    rows = Journal(out / "runs.jsonl").rows(IDENTITY, **shared)
    costs = [row for row in rows if row.get("method") is None and row["task"] in args.tasks]
    kept = costs + [row for row in rows if row["task"] in args.tasks and row.get("method") in methods_of(args)]
    if not kept:
        raise ValueError(f"{out / 'runs.jsonl'} must hold runs of these options to report, and has none.")
    return kept


def report(rows, args, out):
    """Print tables and verdicts, write results.json, and draw the figures."""
    if args.ratios:
        from experiments.solvers import solver_figures

        runs = {method: ratio_runs(rows, method) for method in methods_of(args)}
        print(ratio_lines(rows, runs))
        if any(runs.values()):
            drawn = {method: found for method, found in runs.items() if found}
            save(solver_figures.race_figure(drawn, TASKS["mnist"].target), out / "ratios.png", args.quick)
        return
    summary, found = verdicts.summary(rows), [] if args.quick else verdicts.verdicts(rows)
    if args.quick:
        print("\na quick run: small networks and few pictures, so that nothing is judged and no number tells anything")
    for task, entries in summary.items():
        runs = max(entry["runs"] for entry in entries)
        print(f"\n{task}, up to {runs} seed(s), {args.activation}; medians\n{verdicts.report(entries)}")
        print(f"\n{verdicts.published_table(task)}")
    print(f"\n{verdicts.verdict_table(found)}" if found else "\nno verdicts")
    save_results(
        out,
        {
            "activation": args.activation,
            "quick": args.quick,
            "tasks": summary,
            "verdicts": found,
            "costs": costs_of(rows),
        },
    )
    draw(rows, out, args.quick)
    print(f"\nwritten to {out}")


def costs_of(rows):
    """Return the stored times of steps and peaks of memory, by task."""
    names = ("kfac_step", "adam_step", "step_ratio", "kfac_megabytes", "adam_megabytes")
    found = {}
    for row in verdicts.finished(rows):
        found.setdefault(row["task"], {}).update({name: row[name] for name in names if row.get(name) is not None})
    return {task: numbers for task, numbers in found.items() if numbers}


def ratio_runs(rows, method):
    """Return the runs of a method on MNIST that end at the target, with the settings that seed 0 has chosen."""
    chosen = verdicts.choice(rows, "mnist", method) or METHODS[method].grid[0]
    found = verdicts.finished(rows, task="mnist", method=method, stop=TASKS["mnist"].target, **chosen)
    return [row for row in found if row["seed"] > 0]


def ratio_lines(rows, runs):
    """Return the ratios of K-FAC to both Adams on MNIST, as text.

    Where Adam had not reached the target at the end of its time, that time stands for what it would have taken.
    """
    target, lines = TASKS["mnist"].target, []
    for peer in PEERS:
        theirs = {row["seed"]: verdicts.seconds_at_least(row, target) for row in runs[peer]}
        ours = {row["seed"]: verdicts.reached(row, target) for row in runs[BASE] if row["seed"] in theirs}
        found = [verdicts.ratio(ours[seed], theirs[seed][0]) for seed in ours]
        bounds = ["" if theirs[seed][1] else "at most " for seed in ours]
        middle = sorted(zip(found, bounds, strict=True))[len(found) // 2] if found else (None, "")
        what = f"seconds to training error {target:g} on MNIST, K-FAC / {METHODS[peer].label}"
        rounds = ", ".join(bound + verdicts.listed([each]) for each, bound in zip(found, bounds, strict=True))
        lines.append(f"{what}: {middle[1]}{written(middle[0], '.2f')} (rounds: {rounds or 'none'})")
    costs = costs_of(rows).get("mnist", {})
    lines.append(f"K-FAC step / Adam step, batch 1,000: {written(costs.get('step_ratio'), '.2f')}")
    lines.append(f"memory of K-FAC beyond theta: {written(costs.get('kfac_megabytes'), '.0f')} MB")
    return "\n".join(lines)


def draw(rows, out, quick):
    """Write the figures of the tasks that have runs; those of a quick run say so."""
    from experiments.solvers import solver_figures

    for task in TASKS:
        runs = verdicts.long_runs(rows, task)
        for over in ("seconds", "epochs") if runs else ():
            save(solver_figures.curves_figure(runs, task, over), out / f"{task}_{over}.png", quick)


def save(figure, path, quick):
    """Save a figure; that of a quick run says so."""
    if quick:
        figure.text(0.5, 0.5, "quick run", rotation=30, size=40, alpha=0.2, ha="center", va="center")
    figure.savefig(path, dpi=150)


if __name__ == "__main__":
    main()
