"""What does each knob of the letter network do? One varies, the others stay, and every value gets many seeds.

    python experiments/letters/font_sweep.py --vary eta               # the good recipe, as in font_latent2.py
    python experiments/letters/font_sweep.py --vary eta --published   # as published: tanh everywhere, MSE, N(0, 0.6^2)
    python experiments/letters/font_sweep.py --vary all               # every knob in turn

Each sweep prints a table and has a folder under --out: runs.jsonl (a line per run; the same command resumes where it
was stopped), models/ (the first seed's), results.json, summary.png, and values.png (code space and reconstructions of
the first seed).

The study does not say how many iterations a refinement had, and everything depends on it: as published, 300 epochs
with BFGS every 2 rebuild 0, 4, 16 or 23 of the 32 letters with 1, 10, 20 or 50 iterations (two seeds). The default is
10 with --published and 50 without; see --inner. Powell gets 5 refinements of 9,000 evaluations.
"""

import sys
import time
from functools import partial
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))  # where the package `experiments` is
import npae
from experiments.letters.letter_recipe import GOOD, PUBLISHED, letter_recipe, letters_of
from experiments.shared.command_line import count, one_message, study_parser, writable_folder
from experiments.shared.results import save_results
from experiments.shared.training import Train, run_study
from npae.activations import ACTIVATIONS
from npae.datasets import FONTS
from npae.metrics import nearest, pixel_errors

LETTERS = "ABCDEFGHIJ"
BEST = {
    "1": {"eta": 0.0085, "every": 4, "std": 0.73, "sizes": [35, 28, 23, 2, 23, 28, 35]},
    "2": {"eta": 0.0073, "every": 2, "std": 0.68, "sizes": [35, 29, 21, 2, 21, 29, 35]},
}
VALUES = {
    "eta": [0.0005, 0.005, 0.05, 0.1, 0.15, 0.45],
    "adaptive": ["off", "on"],
    "iterations": [300, 400, 500, 600, 1500],
    "activation": list(ACTIVATIONS),
    "solver": ["BFGS", "CG", "L-BFGS-B", "Powell", "none"],
    "every": [1, 10, 30, 50, 150, "never"],
    "std": [0.2, 0.6, 0.9, 1.3],
    "font": list(FONTS),
    "sizes": ["29-23-2", "28-23-2", "29-21-2", "20-2", "64-32-2", "60-40-20-2"],
    "best": list(BEST),
}
COLUMNS = {"adaptive": ["noise", "at_edge"], "iterations": ["spread", "distinct"], "font": ["recognised", "noise"]}


def main(argv=None):
    """Run the sweeps."""
    args = parser().parse_args(argv)
    with one_message("font_sweep"):
        for vary in VALUES if args.vary == "all" else [args.vary]:
            run_sweep(vary, args)


def parser():
    p = study_parser(__doc__, "font_sweep", seeds=20)
    p.add_argument("--vary", required=True, choices=[*VALUES, "all"])
    p.add_argument("--published", action="store_true", help="the study's settings instead of the good ones")
    p.add_argument("--sum-loss", action="store_true", help="eta is for a loss summed over letters and pixels")
    p.add_argument("--inner", type=count, help="iterations of one refinement (default 50; with --published, 10)")
    return p


def run_sweep(vary, args):
    """Carry out one sweep, or what is left of it, and report."""
    name = vary + ("-published" if args.published else "") + ("-sum" if args.sum_loss else "")
    out, began = writable_folder(args.out / name), time.perf_counter()
    knobs = base_knobs(vary, args)
    train = Train(partial(prepared, knobs, args.sum_loss, args.quick), measured, writable_folder(out / "models"))
    seeds = args.seeds or (2 if args.quick else 20)
    results = run_study(train, [{vary: value} for value in VALUES[vary]], args, out, seeds)
    numbers = ["exact", "wrong_pixels", *COLUMNS.get(vary, ()), "seconds_training"]
    print(f"\n{name}, {seeds} seeds\n{results.table(numbers=numbers)}")
    what = f"{knobs['font']}, {'as published' if args.published else 'good recipe'}, seeds from 0"
    drawn = [*numbers[:-1], "cpu_seconds"]  # other programs on the machine do not count
    named(results.plot(numbers=drawn), vary, what).savefig(out / "summary.png", dpi=150)
    draw_values(train, knobs, vary, VALUES[vary]).savefig(out / "values.png", dpi=150)
    save_results(out, {"vary": vary, "seeds": seeds, "recipe": knobs, "summary": results.summary()})
    print(f"written to {out} after {time.perf_counter() - began:.0f} s")


def base_knobs(vary, args):
    """Return the settings that stay the same while one varies."""
    knobs = PUBLISHED if args.published else GOOD
    if vary == "iterations":  # all of them: the claim is about what happens after the letters are learned
        knobs = knobs | {"margin": None, "inner": 10}
    if vary == "best":
        knobs = knobs | {"letters": LETTERS, "epochs": 220 if args.published else knobs["epochs"]}
    return knobs | {"inner": args.inner or knobs["inner"]}


def varied(knobs, vary, value):
    """Return the knobs with one at another value."""
    published = knobs["loss"] == "mse"
    if vary == "best":
        return knobs | (BEST[value] if published else {"sizes": BEST[value]["sizes"]})
    if vary == "activation":  # of all layers; cross-entropy keeps its sigmoid output
        return knobs | {"activation": value, "output": value if published else knobs["output"]}
    if vary == "sizes":
        half = [35, *map(int, value.split("-"))]
        return knobs | {"sizes": half + half[-2::-1]}
    names = {"iterations": "epochs"}
    special = {"off": False, "on": True, "never": None}
    return knobs | {names.get(vary, vary): special.get(value, value)}


def prepared(knobs, sum_loss, quick, *, seed, **setting):
    """Return the model of a run, the letters' pixels, and the letters, as `Train` wants them."""
    ((vary, value),) = setting.items()
    knobs = varied(knobs, vary, value) | ({"epochs": 6, "inner": 2} if quick else {})
    font = letters_of(knobs)
    return letter_recipe(knobs, font.pixels.size if sum_loss else 1).autoencoder(seed), font.pixels, font


def measured(model, font):
    """Return the numbers that the claims are about.

    `wrong_pixels` in all letters; the number of letters that are `exact`, `recognised` (nearest to themselves) and
    `distinct` (different as black-and-white pictures); `noise`, the mean absolute error of a pixel; `spread`, the
    standard deviation of the codes, and `at_edge`, the share of their numbers beyond 0.95, near the edge of tanh's
    range.
    """
    decoded, codes = model.reconstruct(font.pixels), model.encode(font.pixels)
    wrong = pixel_errors(font.pixels, decoded)
    index, _ = nearest(decoded, font.pixels)
    return {
        "wrong_pixels": wrong.sum(),
        "exact": (wrong == 0).sum(),
        "success": not wrong.any(),
        "recognised": (index == np.arange(len(font))).sum(),
        "distinct": len(np.unique(decoded > 0.5, axis=0)),
        "noise": np.abs(decoded - font.pixels).mean(),
        "spread": codes.std(axis=0).mean(),
        "at_edge": (np.abs(codes) > 0.95).mean(),
        "loss": model.history_["loss"][-1],
        "epochs_run": model.n_epochs_,
        "evaluations": sum(refinement["evaluations"] for refinement in model.history_["refinements"]),
    }


AXES = {  # of the summary: what a number, or a knob, is called there
    "every": "epochs from one refinement to the next",
    "std": "standard deviation of the first weights",
    "success rate": "share of runs with\nall letters exact",
    "exact": "letters exact\n(of all)",
    "wrong pixels": "wrong pixels\nin all letters",
    "cpu seconds": "seconds of\nthe processor",
}


def named(figure, vary, note):
    """Give the summary of a sweep words for its axes, a title and a note."""
    for ax in figure.axes:
        ax.set_ylabel(AXES.get(ax.get_ylabel(), ax.get_ylabel()), fontsize=9)
    bars = figure.axes[0].get_title(loc="right")
    figure.axes[0].set_title("", loc="right")
    figure.axes[-1].set_xlabel(AXES.get(vary, vary))
    return npae.plots.titled(
        figure, f"Letters rebuilt, and what that takes, by {AXES.get(vary, vary)}", f"{note}. {bars}."
    )


def draw_values(train, knobs, vary, values):
    """Draw the code space and the reconstructions of each value's first model, two or three values side by side."""
    from matplotlib.figure import Figure  # here: worker processes import this file too, and draw nothing

    columns = min(2 if len(values) in (1, 2, 4) else 3, len(values))
    rows, wide = -(-len(values) // columns), 7.2 / columns
    figure = Figure(figsize=(7.2, (1.05 * wide + 0.4) * rows), layout="constrained")
    cells = figure.subplots(2 * rows, columns, squeeze=False, height_ratios=[2.3, 1.5] * rows)
    for ax in cells.flat:
        ax.set_axis_off()
    exact = []
    for i, value in enumerate(values):
        row, column = divmod(i, columns)
        above, below = cells[2 * row : 2 * row + 2, column]
        above.set_title(f"{vary} {value}", fontsize=9)
        exact.append(draw_value(above, below, letters_of(varied(knobs, vary, value)), train.path(**{vary: value})))
    counts = ", ".join(f"{count} (at {value})" for value, count in zip(values, exact, strict=True))
    note = (
        "Above: the codes of the letters; crowded labels stand aside, on lines. Below: the letters decoded, an orange "
    )
    note += f"cross on each wrong pixel (0.5 is the limit); {vary}: {AXES.get(vary, vary)}. {knobs['font']}, loss "
    note += f"{knobs['loss']}, seed 0."
    return npae.plots.titled(figure, f"Letters rebuilt exactly: {counts}", note)


def draw_value(above, below, font, path):
    """Draw codes and letters of the model in a file; return how many are exact, or "-" if its run failed."""
    if not path.exists():
        above.text(0.5, 0.5, "seed 0 failed", ha="center", transform=above.transAxes)
        return "-"
    model = npae.load(path)
    draw_codes(above, model, font)
    return draw_letters(below, font, model.reconstruct(font.pixels))


def draw_codes(ax, model, font):
    """Draw the code of each letter; codes within tanh's range are drawn in the whole square [-1, 1]^2."""
    codes = model.encode(font.pixels)
    square = np.abs(codes).max() <= 1
    limits = np.array([[-1, -1], [1, 1]]) if square else np.array([codes.min(axis=0), codes.max(axis=0)])
    limits = limits + np.array([[-0.15], [0.15]]) * (np.ptp(limits, axis=0) + 1e-6)
    ax.set_axis_on()
    ax.set(xlim=limits[:, 0], ylim=limits[:, 1], box_aspect=1)
    ax.locator_params(nbins=4)
    ax.tick_params(labelsize=7)
    npae.plots.latent_space(model, font, ax=ax)
    ax.xaxis.label.set_size(8)
    ax.yaxis.label.set_size(8)


def draw_letters(ax, font, decoded):
    """Draw the decoded letters in rows of eight, with wrong pixels crossed out; return how many have none."""
    from npae.plots import tile

    height, width = (size + 1 for size in font.shape)
    for i, pixels in enumerate(decoded):
        tile(ax, pixels, font.shape, i % 8 * width, i // 8 * height, original=font.pixels[i], limits=(0, 1))
    ax.set(xlim=(-0.2, 8 * width), ylim=(-(-len(font) // 8) * height, -0.2), aspect=1)
    exact = (pixel_errors(font.pixels, decoded) == 0).sum()
    ax.set_title(f"{exact} of {len(font)} exact", fontsize=8)
    return int(exact)


if __name__ == "__main__":
    main()
