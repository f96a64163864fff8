"""Does Bayesian search need fewer trials than random and grid search? Which optimiser, which schedule of eta converge?

    python experiments/vae_search.py                        # both parts, on MNIST
    python experiments/vae_search.py --parts samplers       # one of them
    python experiments/vae_search.py --data fashion-mnist --repetitions 20

Variational autoencoders, judged by minus the evidence lower bound in nats an image (beta is 1): choices on 1,000
validation images, results on the test images. 2,500 images to learn from, mini-batches, float32, one thread a network.

samplers: eta and the deviation of the first weights, the widths of the hidden layers and of the code, the batch size
and the activation, 8 epochs of Adam. Each kind of search gets 48 trials, 10 times; the grid has as many points, in
another order each time. A repetition is a seed, of the search and of its networks: so the first 10 trials of Bayesian
search, which are random, are those of random search. The table has medians of the best so far; `test` is the best
network's bound on the test images. Bayesian search "reaches random's best in" the share of its trials after which it is
at least as good as random search of the same seed is after all of them; one that never is counts as more than 100 %. As
a check against the shared first trials, each search is also compared with every other seed's random search.

optimisers: 784-64-10-64-784, relu, batches of 50, 16 epochs. Each optimiser and schedule has its own eta, the best of
9 on validation images with one seed; then 5 other seeds judge. `gain` is how much better the test bound is than with a
constant eta (of its own best value), `same eta` the gain without another choice of eta; +- are a standard deviation
over networks and the standard error of the gain; `epochs`, after how many the mean validation bound is as good as the
worst optimiser's last one with a constant eta.

It writes into --out: runs.jsonl and searches/ (the same command goes on where it was stopped), results.json,
samplers.png, optimisers.png, schedules.png, etas.png.

Last result (11 minutes of two idle cores): best of 48 trials, median of 10 searches, grid 150.6, random 152.8, Bayesian
146.3; Bayesian search reaches random's best in 52 % of its trials (1 of 10 never did; over all pairs of seeds 60 %).
Test bounds with a constant eta: SGD 150.5, momentum 141.2, RMSprop 134.4, Adam 133.3; with the best schedule 145.6,
134.2, 131.6, 129.4.
"""

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path

import vae_search_figures as figures
import vae_search_optimisers as optimisers
import vae_search_samplers as samplers
from command_line import one_message
from font_latent2 import count, writable_folder
from vae_search_common import Task

import npae

PARTS = ("samplers", "optimisers")
EPOCHS = 16  # of the optimisers, whose course is looked at


def main(argv=None):
    """Run the study; what cannot work ends with one message."""
    args = parser().parse_args(argv)
    with one_message("vae_search"):
        experiment(args, writable_folder(args.out))


def parser():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--data", metavar="DIR", help="folder of MNIST or a set like it (default: where load_images looks)")
    p.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, help="(default both)")
    p.add_argument("--images", type=count, help="to learn from (default 2,500)")
    p.add_argument("--trials", type=count, help=f"of each search (default {samplers.GRID_SIZE}, which is the most)")
    p.add_argument("--repetitions", type=count, help="searches of each kind (default 10)")
    p.add_argument("--seeds", type=count, help="networks that judge an optimiser (default 5)")
    p.add_argument("--workers", type=count, default=2, help="processes, each with one thread (default 2)")
    p.add_argument("--out", type=Path, default=Path("out/vae_search"), metavar="DIR")
    p.add_argument("--quick", action="store_true", help="a short run that shows that everything works")
    return p


def experiment(args, out):
    """Carry out the parts, or what is left of them; print tables, write figures and one file with all numbers."""
    began, task, carry_out = time.perf_counter(), task_of(args), {"samplers": on_samplers, "optimisers": on_optimisers}
    data, *_ = task.parts()  # what is missing is told before anything starts
    document = {"data": args.data, "images": len(data)}
    document |= {part: carry_out[part](task, args, out, processes(args)) for part in dict.fromkeys(args.parts)}
    npae.settings.archive.write_text(out / "results.json", json.dumps(document, indent=1))
    print(f"\nwritten to {out} after {time.perf_counter() - began:.0f} s")


def task_of(args):
    if args.trials is not None and args.trials > samplers.GRID_SIZE:
        raise ValueError(f"--trials must be at most {samplers.GRID_SIZE}, the points of the grid, got {args.trials}.")
    least = samplers.RANGES["batch_size"].high
    if args.images is not None and args.images < least:
        raise ValueError(f"--images must be at least {least}, the largest batch, got {args.images}.")
    task = Task(args.data, train=least, validation=60, epochs=2) if args.quick else Task(args.data)
    return task if args.images is None else replace(task, train=args.images)


def processes(args):
    return {"executor": "serial"} if args.quick else {"workers": args.workers}


def on_samplers(task, args, out, workers):
    """Compare the three kinds of search; return the numbers."""
    trials, repetitions = (4, 2) if args.quick else (samplers.GRID_SIZE, 10)
    rows = samplers.compare(task, args.trials or trials, args.repetitions or repetitions, out, workers)
    numbers = samplers.summary(rows)
    print(f"\n{samplers.report(numbers)}", flush=True)
    figures.samplers_figure(numbers["samplers"]).savefig(out / "samplers.png", dpi=150)
    return numbers


def on_optimisers(task, args, out, workers):
    """Compare optimisers and schedules; return the numbers."""
    task, etas, seeds = (task, 2, 1) if args.quick else (replace(task, epochs=EPOCHS), optimisers.ETAS, 5)
    tuning, rows = optimisers.compare(task, etas, args.seeds or seeds, out, workers)
    entries = optimisers.summary(tuning, rows)
    print(f"\n{optimisers.report(entries)}", flush=True)
    best = optimisers.chosen(entries)
    pictures = {"optimisers": figures.optimisers_figure(entries, best), "schedules": figures.schedules_figure(entries)}
    for name, figure in (pictures | {"etas": figures.etas_figure(tuning)}).items():
        figure.savefig(out / f"{name}.png", dpi=150)
    return {"table": entries, "best_schedules": {name: entry["schedule"] for name, entry in best.items()}}


if __name__ == "__main__":
    main()
