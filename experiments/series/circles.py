"""Does a network that has seen circles draw new ones, and what does it make of sizes that it has never seen?

    python experiments/series/circles.py                # the study's networks beside better ones, 20 seeds each
    python experiments/series/circles.py --published    # only the study's: descent alone, and BFGS every 2 iterations
    python experiments/series/circles.py --circles 10   # fewer circles to learn from, larger steps between them

Each network learns 100 circles around (0, 0), with radii from 0.1 to 0.9, as 42 numbers each. It is tested on the radii
half way between those, on codes along the line from the smallest circle's code to the largest's, on the latent points
that the study shows, and on radii outside the trained range. It prints a table and writes runs.jsonl (the same command
resumes where it was stopped), results.json and circles.png under --out.

The error of a circle is the largest distance of a point from its right place, divided by the radius. How far from round
it is: the largest relative deviation of a point's distance to (0, 0) from their mean.

Last result (20 seeds, medians of the worst circle): error on held-out radii 517 % as published (descent only), 26 %
(with BFGS), 0.16 % with the same sizes trained to the optimum (20/20 below 0.25 %), 0.13 % with a code of one number;
new circles along the line round within 22 % (published, BFGS), 0.15 % and 0.10 %. Circles are a straight line in 42
dimensions: a linear network has no error, and only it stays right far outside the trained radii. 233 s of one core.
"""

import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))  # where the package `experiments` is
import npae
from experiments.shared.command_line import count, one_message, study_parser, writable_folder
from experiments.shared.recipe import Recipe
from experiments.shared.results import save_results
from experiments.shared.training import Train, run_study
from npae.datasets import circles

PUBLISHED_SIZES = [42, 25, 15, 9, 3, 2, 3, 9, 15, 25, 42]
PUBLISHED_POINTS = [(-0.8, 0.8), (0.7, -0.7), (0, 0), (0.2, -0.2)]
OUTSIDE = {"small": 0.05, "large": 1.2, "double": 1.8}


def published(**refinement):
    """Return the study's network. It does not say how the weights were drawn: here, as for its letters."""
    settings = {"init": npae.Gaussian(0.6), "optimizer": npae.GradientDescent(0.01), "epochs": 1000}
    return Recipe.from_sizes(PUBLISHED_SIZES, activation="tanh", output="tanh", **settings, **refinement)


def refined(sizes, activation="tanh"):
    """Return a network with an unbounded output that BFGS trains to the optimum."""
    bfgs = npae.Refine("BFGS", max_iterations=500, options={"gtol": 1e-10})
    enough = npae.EarlyStopping("loss", target=1e-9)
    settings = {"optimizer": None, "refine": bfgs, "epochs": 12, "callbacks": (enough,)}
    return Recipe.from_sizes(sizes, activation=activation, **settings)


NETWORKS = {
    "published": published(),
    "published, BFGS": published(refine=npae.Refine("BFGS", every=2, max_iterations=10)),
    "two numbers": refined(PUBLISHED_SIZES),
    "one number": refined([42, 16, 1, 16, 42]),
    "linear": refined([42, 1, 42], "identity"),
}


def main(argv=None):
    """Run the study."""
    args = parser().parse_args(argv)
    with one_message("circles"):
        experiment(args, writable_folder(args.out))


def parser():
    p = study_parser(__doc__, "circles", seeds=20)
    p.add_argument("--published", action="store_true", help="only the study's network")
    p.add_argument("--circles", type=count, default=100, help="to learn from, at least 2 (default 100)")
    p.add_argument("--points", type=count, default=21, help="of each circle (default 21)")
    return p


def experiment(args, out):
    """Carry out the runs, or what is left of them, and report."""
    if args.circles < 2:
        raise ValueError(f"--circles must be at least 2, got {args.circles}. Nothing lies between fewer.")
    began, seeds = time.perf_counter(), args.seeds or (1 if args.quick else 20)
    names = list(NETWORKS)[: 2 if args.published else None]
    data = circles(args.circles, args.points)  # now, so that a wrong number of points is refused before any run
    train = Train(partial(prepared, chosen(names, args), args.circles, args.points), measured)
    results = run_study(train, [{"network": name} for name in names], args, out, seeds)
    print(f"\n{data}, {seeds} seeds, all numbers in %\n{table(results)}")
    draw({name: train.fitted(seed=0, network=name) for name in names}, data).savefig(out / "circles.png", dpi=150)
    save_results(out, {"circles": args.circles, "points": args.points, "seeds": seeds, "summary": results.summary()})
    print(f"written to {out} after {time.perf_counter() - began:.0f} s")


def chosen(names, args):
    """Return the recipes by name for circles of so many points; quick ones only show that they work."""
    recipes = {}
    for name in names:
        recipe = NETWORKS[name]
        recipe = replace(recipe, decoder=(*recipe.decoder[:-1], 2 * args.points))
        if args.quick:
            recipe = replace(recipe, epochs=2, refine=recipe.refine and npae.Refine("BFGS", max_iterations=5))
        recipes[name] = recipe
    return recipes


def prepared(recipes, n_circles, n_points, *, seed, network):
    """Return the model of a run, the points of the circles, and the circles, as `Train` wants them."""
    data = circles(n_circles, n_points)
    return recipes[network].autoencoder(seed), data.points, data


def measured(model, data):
    """Return the numbers that the claims are about: all except the radii in per cent."""
    held_out = 100 * errors(model, between(data))
    line = model.decode(along_the_line(model, data))
    points = model.decode(latent_points(model))
    beyond = {name: 100 * errors(model, alone(radius, data))[0] for name, radius in OUTSIDE.items()}
    return {
        "held_out": held_out.max(),
        "held_out_typical": np.median(held_out),
        "line": 100 * deviations(line).max(),
        "points": 100 * deviations(points).max(),
        "line_from": radii_of(line).min(),
        "line_to": radii_of(line).max(),
        **beyond,
        "loss": model.history_["loss"][-1],
        "success": held_out.max() < 1 and 100 * deviations(line).max() < 2,
    }


def between(data):
    """Return the circles half way between those of the data."""
    first, last = (data.radii[:-1] + data.radii[1:])[[0, -1]] / 2
    return circles(len(data) - 1, data.points.shape[1] // 2, (first, last))


def alone(radius, data):
    """Return one circle with as many points as those of the data."""
    return circles(1, data.points.shape[1] // 2, (radius, radius))


def along_the_line(model, data, n=50):
    """Return n codes in equal steps from that of the first circle to that of the last."""
    return np.linspace(*model.encode(data.points[[0, -1]]), n)


def latent_points(model):
    """Return the study's latent points, or their first numbers where the code has only one."""
    return np.array(PUBLISHED_POINTS)[:, : model.network_.code_shape[0]]


def errors(model, data):
    """Return the error of each reconstructed circle as a share of its radius, (N,)."""
    away = model.reconstruct(data.points).reshape(data.curves.shape) - data.curves
    return np.hypot(away[..., 0], away[..., 1]).max(axis=1) / data.radii


def radii_of(points):
    """Return the mean distance of each circle's points to (0, 0), (N,)."""
    return np.hypot(points[:, ::2], points[:, 1::2]).mean(axis=1)


def deviations(points):
    """Return how far from round each circle is: the largest |distance / mean distance - 1| of its points (N,)."""
    distances = np.hypot(points[:, ::2], points[:, 1::2])
    return np.abs(distances / distances.mean(axis=1, keepdims=True) - 1).max(axis=1)


def table(results):
    text = results.table(numbers=["held_out", "line", "points", *OUTSIDE])
    outside = ", ".join(f"{name} ({radius:g})" for name, radius in OUTSIDE.items())
    return (
        f"{text}\nheld_out: error at the worst radius between the trained ones; {outside}: error at that radius\n"
        "line, points: how far from round the worst of the new circles is"
    )


TITLES = {
    "published": "As published:\ndescent alone",
    "published, BFGS": "As published:\nwith BFGS",
    "two numbers": "Same sizes,\nto the optimum",
    "one number": "A code of\none number",
    "linear": "Linear,\n42-1-42",
}


def draw(models, data):
    """Draw new circles of each model, from the line and from latent points, and below them errors against radii."""
    from matplotlib.figure import Figure  # here: worker processes import this file too, and draw nothing

    figure = Figure(figsize=(7.4, 7.0), layout="constrained")
    above, below = figure.subfigures(2, height_ratios=[4.0, 3.0])
    cells = above.subplots(2, len(models), squeeze=False, sharex="row", sharey="row")
    kinds = [
        {name: model.decode(along_the_line(model, data, 9)) for name, model in models.items()},
        {name: model.decode(latent_points(model)) for name, model in models.items()},
    ]
    for line, drawn, what in zip(
        cells, kinds, ("9 codes between those\nof two circles", "the study's\nlatent points"), strict=True
    ):
        reach = 1.1 * max(data.radii[-1], *(np.abs(points).max() for points in drawn.values()))
        for ax, points in zip(line, drawn.values(), strict=True):
            draw_circles(ax, points, data.radii[-1], reach)
        line[0].set_ylabel(what, fontsize=8)
    for ax, name in zip(cells[0], models, strict=True):
        ax.set_title(TITLES[name], fontsize=9)
    draw_errors(below.subplots(), models, data)
    worst = {name: 100 * deviations(points).max() for name, points in kinds[0].items()}
    good = [TITLES[name].replace("\n", " ") for name, value in worst.items() if value < 1]
    title = f"New circles within 1 % of round: {'; '.join(good).lower() or 'no network'}"
    note = f"{len(data)} circles with radii from {data.radii[0]:g} to {data.radii[-1]:g} to learn from; seed 0, one "
    note += "network of each "
    note += (
        "kind. Circles: each row has one scale; dashed: the largest radius of training; below: how far the worst is "
    )
    note += "from round. Curves: the largest distance of a point from its right place, both axes logarithmic."
    return npae.plots.titled(figure, title, note)


def draw_circles(ax, points, radius, reach):
    """Draw decoded circles, the largest of training, and how far from round the worst is."""
    from matplotlib.patches import Circle

    from npae.plots import INKS

    for curve in points.reshape(len(points), -1, 2):
        ax.plot(*np.vstack([curve, curve[:1]]).T, color=INKS[0], linewidth=0.8)
    ax.add_patch(Circle((0, 0), radius, fill=False, linestyle="--", color=INKS[5], linewidth=0.8))
    worst = max(100 * deviations(points).max(), 0.01)
    ax.set_xlabel(f"{worst:.2g} % out of round" if worst > 0.01 else "< 0.01 % out of round", fontsize=7.5)
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect=1)
    ax.tick_params(labelsize=7)
    ax.locator_params(nbins=3)


def draw_errors(ax, models, data):
    """Draw the error of every network against the radius, inside and outside the trained range."""
    from npae.plots import INKS

    radii = np.geomspace(0.01, 10, 300)
    for i, (name, model) in enumerate(models.items()):
        error = [100 * errors(model, alone(radius, data))[0] for radius in radii]
        style = {"color": INKS[i], "linestyle": ["-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1))][i]}
        style |= {"marker": "os^Dv"[i], "markevery": (10 * i, 50), "markersize": 4}
        ax.plot(radii, error, label=TITLES[name].replace("\n", " "), **style)
    ax.axvspan(*data.radii[[0, -1]], color="0.93", zorder=0, label="radii of training")
    ax.axhline(1, color="0.4", linewidth=0.8)
    ax.annotate("1 %", (radii[-1], 1), (-2, 2), textcoords="offset points", ha="right", va="bottom", fontsize=7.5)
    ax.set(xscale="log", yscale="log", ylim=(1e-8, None))
    ax.set_xlabel("radius", fontsize=8)
    ax.set_ylabel("error in % of the radius", fontsize=8)
    ax.tick_params(labelsize=7.5)
    ax.xaxis.set_major_formatter("{x:g}")
    ax.legend(fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)


if __name__ == "__main__":
    main()
