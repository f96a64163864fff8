"""Which optimizer reaches a given error first, for how many weights and how many samples?

    python experiments/where_each_wins.py                             # everything: under 30 minutes on two cores
    python experiments/where_each_wins.py --tasks letters digits      # some of the tasks
    python experiments/where_each_wins.py --methods bfgs kfac adam    # some of the methods
    python experiments/where_each_wins.py --report                    # of what is stored; no training
    python experiments/where_each_wins.py --factor 2                  # a target that is easier to reach; seed 0 is kept

Tasks are autoencoders of 10^2 to 10^7 weights for 32 letters, 100 circles, 400 series (sums of two sines), 1,797 digits
of 8 x 8 pixels, and 60,000 digits of MNIST (10,000 for the largest network), dense and convolutional. The
loss is cross-entropy for letters and MNIST, squared error for the others; MNIST is float32, the others float64.

The error is squared, summed over the outputs, a mean over the first 1,000 training samples. The target of a task is
1.25 times the least error that any method had with seed 0 in the time of a run, but between 0.1 % and 90 % of what the
mean of the samples leaves: neither an error that is practically 0 nor one of a network that has learned nothing is a
contest. Who wins has the least median of seconds to the target over the seeds. With seeds other than 0 a run ends at
the target or after twice the time, and methods that did not reach it with seed 0 are not run again. Measuring takes
none of the seconds; times are interpolated between two measurements.

All methods start at the same weights for each seed, with two threads wherever npae would start as many. BFGS (npae's),
L-BFGS-B and least squares see all samples in each evaluation. trust-ncg and Hessian-free, both with the Gauss-Newton
matrix, see all of up to 2,400 samples, and otherwise draw 2,400 for every 20 of their steps. Least squares takes
squared errors alone, with a dense derivative up to 500 weights. K-FAC has its defaults and batches of 1,000. Adam
(eta 0.01, 0.003, 0.001; on MNIST 0.003, 0.001, 0.0003) and Nesterov's momentum of 0.99 (eta 0.01 and 0.002, for a loss
summed over the outputs) have batches of 100; the eta is the one with which seed 0 reached the target first.

--seconds is the time of a run on MNIST; small networks have a share of it, the largest one has twice as much.

It prints a table and writes into --out: runs.jsonl (a line per run as soon as it ends; the same command goes on where
it was stopped), results.json, table.md and where_each_wins.png.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # where the package `experiments` is
from experiments.shared.command_line import count, duration, one_message, script_parser, writable_folder
from experiments.shared.images import DATA_HELP
from experiments.shared.results import save_results
from experiments.solvers import winners
from experiments.solvers.contenders import CONTENDERS, grid, solver
from experiments.solvers.journal import Journal
from experiments.solvers.races import Race
from experiments.solvers.sized_tasks import TASKS, counts
from experiments.solvers.verdicts import curve_of, reached
from npae.settings import archive

SECONDS, QUICK_SECONDS = 12.0, 0.2
SEEDS = 3
IDENTITY = ("task", "method", "seed", "stop", "eta", "batch")


def main(argv=None):
    """Run the study, or what is left of it, and report."""
    args = parser().parse_args(argv)
    with one_message("where_each_wins"):
        out = writable_folder(args.out)
        course = Course(args, Journal(out / "runs.jsonl"))
        for task in () if args.report else args.tasks:
            counts(TASKS[task], args.data, args.quick)  # a missing set is reported before anything starts
        for task in () if args.report else args.tasks:
            course.carry_out(task)
        report(course, out)


def parser():
    p = script_parser(__doc__, "where_each_wins")
    p.add_argument("--data", metavar="DIR", help=DATA_HELP)
    p.add_argument("--tasks", nargs="+", choices=TASKS, default=list(TASKS), metavar="NAME", help=", ".join(TASKS))
    names = list(CONTENDERS)
    p.add_argument("--methods", nargs="+", choices=names, default=names, metavar="NAME", help=", ".join(names))
    p.add_argument("--seeds", type=count, help=f"runs of each method (default {SEEDS}; --quick 2)")
    p.add_argument("--seconds", type=duration, help=f"of a run on MNIST (default {SECONDS:g})")
    p.add_argument(
        "--factor", type=float, default=winners.FACTOR, help="of the target over the least error (default 1.25)"
    )
    p.add_argument("--report", action="store_true", help="report what is stored")
    return p


class Course:
    """Carries out the runs that are not stored yet, one at a time: each has both cores."""

    def __init__(self, args, journal):
        self.args, self._journal = args, journal
        self.seeds = args.seeds or (2 if args.quick else SEEDS)
        self._seconds = args.seconds or (QUICK_SECONDS if args.quick else SECONDS)

    def limit(self, task, seed=0):
        """Return the seconds of a run: twice as many if it has a target to reach."""
        return (1 if seed == 0 else 2) * self._seconds * TASKS[task].share

    def carry_out(self, task):
        """Train with seed 0, find the target and the settings, and train the other seeds until they are there."""
        _, outputs, _ = counts(TASKS[task], self.args.data, self.args.quick)
        for method in self.args.methods:
            for setting in grid(method, TASKS[task], outputs):
                self.train(task, method, 0, setting)
        target = winners.target_of(self.rows(), task, self.args.factor)
        settings = {} if target is None else self._settings(task, target)
        for seed in range(1, self.seeds):
            for method, setting in settings.items():
                self.train(task, method, seed, setting, target)

    def _settings(self, task, target):
        """Return {method: settings} of the methods that have reached the target with seed 0."""
        rows, found = self.rows(), {}
        for method in self.args.methods:
            runs = winners.runs_of(rows, task, method, target)
            if runs and reached(runs[0], target) is not None:
                found[method] = winners.chosen(rows, task, method, target)
        return found

    def train(self, task, method, seed, setting, stop=None):
        """Carry out a run, and say how it went."""
        samples, _, weights = counts(TASKS[task], self.args.data, self.args.quick)
        made, before = solver(method, setting["eta"], samples, weights), self._journal.size
        shared = {"task": task, "method": method, "solver": made, "limit": self.limit(task, seed), "stop": stop}
        row = self._journal.row(Race(self.args.data), seed, **shared, **setting, quick=self.args.quick)
        if self._journal.size != before:
            eta = f" eta {setting['eta']:g}" if setting["eta"] else ""
            print(f"{task}, {CONTENDERS[method].label}, seed {seed}{eta}: {told(row)}", flush=True)

    def rows(self):
        """Return the stored runs that the arguments are about."""
        rows = self._journal.rows(IDENTITY, quick=self.args.quick)
        wanted = self.args.tasks, self.args.methods, range(self.seeds)
        return [
            row
            for row in rows
            if all(row[name] in own for name, own in zip(("task", "method", "seed"), wanted, strict=True))
            and row["limit"] == self.limit(row["task"], row["seed"])
        ]


def told(row):
    """Return how a run ended, as text."""
    if row["status"] == "failed":
        return f"failed: {row['reason']}"
    curve = curve_of(row)
    if not curve["train"]:
        return row["end"]
    return f"error {curve['train'][-1]:.4g}, {curve['seconds'][-1]:.2f} s ({row['end']})"


def report(course, out):
    """Print the table, and write it, results.json and the figure."""
    outcomes = winners.summary(course.rows(), course.args.factor)
    if not outcomes:
        print("no runs to judge yet")
        return
    seeds = max(len(entry["times"]) for each in outcomes for entry in each["methods"])
    print(f"\nseconds to the target, medians of {seeds} seed(s)\n{winners.report(outcomes)}")
    save_results(out, {"factor": course.args.factor, "seeds": seeds, "tasks": outcomes})
    archive.write_text(out / "table.md", winners.markdown(outcomes))
    draw(outcomes, seeds, course, out)
    print(f"\nwritten to {out}")


def draw(outcomes, seeds, course, out):
    """Write the figure."""
    from experiments.solvers.winners_figure import map_figure

    limits = [course.limit(each["task"]) for each in outcomes]
    figure = map_figure(outcomes, seeds, (min(limits), max(limits)), course.args.factor)
    figure.savefig(out / "where_each_wins.png", dpi=150)


if __name__ == "__main__":
    main()
