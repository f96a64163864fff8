"""Does Bayesian search need fewer trials than random and grid search? Which optimiser and schedule of eta are best?

    python experiments/variational/vae_search.py                        # both parts, on MNIST
    python experiments/variational/vae_search.py --parts samplers       # one of them
    python experiments/variational/vae_search.py --data fashion-mnist --repetitions 20

Variational autoencoders, judged by minus the evidence lower bound in nats per image (beta is 1): choices on 1,000
validation images, results on the test images. They learn from 2,500 images in mini-batches, in float32, on one thread
each.

samplers: a search chooses eta and the deviation of the first weights, the widths of the hidden layers and of the code,
the batch size and the activation, for 8 epochs of Adam. Each kind of search gets 48 trials, 10 times; the grid has as
many points, in another order each time. A repetition is a seed of the search and of its networks: the first 10 trials
of Bayesian search, which are random, are thus those of random search. The table has medians of the best value so far;
`test` is the best network's bound on the test images. Bayesian search "reaches random's best in" the share of its
trials after which it is at least as good as random search with the same seed is after all of them; a search that never
is counts as more than 100 %. Because the first trials are shared, each search is also compared with the random search
of every other seed.

optimisers: 784-64-10-64-784, relu, batches of 50, 16 epochs. Each optimiser and schedule has its own eta, the best of 9
on validation images with one seed; 5 other seeds judge it. `gain` is how much better the test bound is than with a
constant eta (at its own best value), `same eta` the gain with the eta that is best for a constant one; +- are a
standard deviation over networks and the standard error of the gain; `epochs`, after how many the mean validation bound
is as good as the worst optimiser's last one with a constant eta.

It writes into --out: runs.jsonl and searches/ (the same command resumes where it was stopped), results.json,
samplers.png, optimisers.png, schedules.png and etas.png.

Last result (11 minutes of two idle cores): best of 48 trials, median of 10 searches, grid 150.6, random 152.8, Bayesian
146.3; Bayesian search reaches random's best in 52 % of its trials (1 of 10 never did; over all pairs of seeds 60 %).
Test bounds with a constant eta: SGD 150.5, momentum 141.2, RMSprop 134.4, Adam 133.3; with the best schedule 145.6,
134.2, 131.6, 129.4.
"""

import sys
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))  # where the package `experiments` is
from experiments.shared.command_line import count, one_message, study_parser, writable_folder
from experiments.shared.images import DATA_HELP
from experiments.shared.results import save_results
from experiments.variational import vae_search_figures as figures
from experiments.variational import vae_search_optimisers as optimisers
from experiments.variational import vae_search_samplers as samplers
from experiments.variational.vae_search_task import Task

PARTS = ("samplers", "optimisers")
EPOCHS = 16  # of the optimisers


def main(argv=None):
    """Run the study."""
    args = parser().parse_args(argv)
    with one_message("vae_search"):
        experiment(args, writable_folder(args.out))


def parser():
    p = study_parser(__doc__, "vae_search", seeds=5, workers=2)
    p.add_argument("--data", metavar="DIR", help=DATA_HELP)
    p.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, help="(default both)")
    p.add_argument("--images", type=count, help="to learn from (default 2,500)")
    p.add_argument("--trials", type=count, help=f"of each search (default {samplers.GRID_SIZE}, which is the most)")
    p.add_argument("--repetitions", type=count, help="searches of each kind (default 10)")
    return p


def experiment(args, out):
    """Carry out the parts, or what is left of them; print tables, write figures and one file with all numbers."""
    began, task, carry_out = time.perf_counter(), task_of(args), {"samplers": on_samplers, "optimisers": on_optimisers}
    data, *_ = task.parts()  # a missing set is reported before anything starts
    document = {"data": args.data, "images": len(data)}
    document |= {part: carry_out[part](task, args, out) for part in dict.fromkeys(args.parts)}
    save_results(out, document)
    print(f"\nwritten to {out} after {time.perf_counter() - began:.0f} s")


def task_of(args):
    if args.trials is not None and args.trials > samplers.GRID_SIZE:
        raise ValueError(f"--trials must be at most {samplers.GRID_SIZE}, the points of the grid, got {args.trials}.")
    least = samplers.RANGES["batch_size"].high
    if args.images is not None and args.images < least:
        raise ValueError(f"--images must be at least {least}, the largest batch, got {args.images}.")
    task = Task(args.data, train=least, validation=60, epochs=2) if args.quick else Task(args.data)
    return task if args.images is None else replace(task, train=args.images)


def on_samplers(task, args, out):
    """Compare the three kinds of search; return the numbers."""
    trials, repetitions = (4, 2) if args.quick else (samplers.GRID_SIZE, 10)
    rows = samplers.compare(task, args.trials or trials, args.repetitions or repetitions, args, out)
    numbers = samplers.summary(rows)
    print(f"\n{samplers.report(numbers)}", flush=True)
    figures.samplers_figure(numbers["samplers"]).savefig(out / "samplers.png", dpi=150)
    return numbers


def on_optimisers(task, args, out):
    """Compare optimisers and schedules; return the numbers."""
    task, etas, seeds = (task, 2, 1) if args.quick else (replace(task, epochs=EPOCHS), optimisers.ETAS, 5)
    tuning, rows = optimisers.compare(task, etas, args.seeds or seeds, args, out)
    entries = optimisers.summary(tuning, rows)
    print(f"\n{optimisers.report(entries)}", flush=True)
    best = optimisers.chosen(entries)
    pictures = {"optimisers": figures.optimisers_figure(entries, best), "schedules": figures.schedules_figure(entries)}
    for name, figure in (pictures | {"etas": figures.etas_figure(tuning)}).items():
        figure.savefig(out / f"{name}.png", dpi=150)
    return {"table": entries, "best_schedules": {name: entry["schedule"] for name, entry in best.items()}}


if __name__ == "__main__":
    main()
