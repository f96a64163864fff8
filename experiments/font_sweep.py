"""What does each knob of the letter network do? One varies, the others stay, every value gets many seeds.

    python experiments/font_sweep.py --vary eta               # the good recipe, as in font_latent2.py
    python experiments/font_sweep.py --vary eta --published   # as published: tanh everywhere, MSE, N(0, 0.6^2)
    python experiments/font_sweep.py --vary all               # every knob in turn

It prints a table and writes into a folder for each sweep under --out: runs.jsonl (a line a run; the same command goes
on where it was stopped), results.json, summary.png, and values.png (code space and reconstructions of the first seed).

The study does not say how many iterations a refinement had, and everything hangs on it: as published, 300 epochs with
BFGS every 2 rebuild 0, 4, 16 or 23 of the 32 letters with 1, 10, 20 or 50 (two seeds). The default is 10 as published,
50 else; see --inner. Powell gets 5 refinements of 9,000 evaluations. No budget is in seconds: seeds repeat anywhere.
"""

import argparse
import json
import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
from command_line import one_message
from font_latent2 import SIZES, count, writable_folder

import npae
from npae.activations import ACTIVATIONS
from npae.datasets import FONTS, load_font
from npae.metrics import nearest, pixel_errors
from npae.study.identity import key_of, plain

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


@dataclass(frozen=True)
class Recipe:
    """All settings of a run but its seed; the defaults are the good ones."""

    font: str = "capitals"
    letters: str | None = None  # these only
    sizes: list = field(default_factory=lambda: SIZES)
    activation: str = "tanh"
    output: str = "sigmoid"
    loss: str = "bce"
    std: float = 0.3
    eta: float = 0.5
    adaptive: bool = True
    epochs: int = 400
    solver: str = "BFGS"
    every: int | None = 4
    inner: int = 50  # iterations of one refinement, at most
    margin: float | None = 0.3  # stop when no pixel is off by more

    def data(self):
        """Return the font to train on."""
        font = load_font(self.font)
        return font.select(self.letters) if self.letters else font


PUBLISHED = Recipe(
    output="tanh", loss="mse", std=0.6, eta=0.01, adaptive=False, epochs=300, every=2, inner=10, margin=None
)


def main(argv=None):
    """Run the sweeps; what cannot work ends with one message."""
    args = parser().parse_args(argv)
    with one_message("font_sweep"):
        for vary in VALUES if args.vary == "all" else [args.vary]:
            run_sweep(vary, args)


def parser():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--vary", required=True, choices=[*VALUES, "all"])
    p.add_argument("--published", action="store_true", help="the study's settings instead of the good ones")
    p.add_argument(
        "--sum-loss", action="store_true", help="eta is for a loss summed over letters and pixels, not a mean"
    )
    p.add_argument("--inner", type=count, help="iterations of one refinement (default 50; published: 10)")
    p.add_argument("--seeds", type=count, help="runs of each value (default 20)")
    p.add_argument("--workers", type=count, help="processes (default: one a core)")
    p.add_argument("--out", type=Path, default=Path("out/font_sweep"), metavar="DIR")
    p.add_argument("--quick", action="store_true", help="a short run that shows that everything works")
    return p


def run_sweep(vary, args):
    """Carry out one sweep, or what is left of it, and report."""
    name = vary + ("-published" if args.published else "") + ("-sum" if args.sum_loss else "")
    out, began = writable_folder(args.out / name), time.perf_counter()
    train = Train(base_recipe(vary, args), vary, args.sum_loss, args.quick)
    train = replace(train, folder=writable_folder(out / "models" / key_of(plain(train), {}, 0)))  # one for each recipe
    settings = [{vary: value} for value in VALUES[vary]]
    seeds = args.seeds or (2 if args.quick else 20)
    results = npae.study.run_all(train, settings, seeds=seeds, path=out / "runs.jsonl", workers=args.workers)
    numbers = ["exact", "wrong_pixels", *COLUMNS.get(vary, ()), "seconds_training"]
    print(f"\n{name}, {seeds} seeds\n{results.table(numbers=numbers)}")
    results.plot(numbers=numbers).savefig(out / "summary.png", dpi=150)
    draw_values(train, VALUES[vary]).savefig(out / "values.png", dpi=150)
    document = {"vary": vary, "seeds": seeds, "recipe": asdict(train.recipe), "summary": results.summary()}
    npae.settings.archive.write_text(out / "results.json", json.dumps(document, indent=1))
    print(f"written to {out} after {time.perf_counter() - began:.0f} s")


def base_recipe(vary, args):
    """Return the settings that stay the same while one varies."""
    recipe = PUBLISHED if args.published else Recipe()
    if vary == "iterations":  # all of them: the claim is about what happens after the letters are learned
        recipe = replace(recipe, margin=None, inner=10)
    if vary == "best":
        recipe = replace(recipe, letters=LETTERS, epochs=220 if args.published else recipe.epochs)
    return replace(recipe, inner=args.inner or recipe.inner)


def varied(recipe, vary, value):
    """Return the recipe with one knob at another value."""
    if vary == "best":
        published = recipe.loss == "mse"
        return replace(recipe, **(BEST[value] if published else {"sizes": BEST[value]["sizes"]}))
    if vary == "activation":  # of all layers, where the last one has no activation of its own
        return replace(recipe, activation=value, output=value if recipe.loss == "mse" else recipe.output)
    if vary == "sizes":
        half = [35, *map(int, value.split("-"))]
        return replace(recipe, sizes=half + half[-2::-1])
    names = {"iterations": "epochs"}
    special = {"off": False, "on": True, "never": None}
    return replace(recipe, **{names.get(vary, vary): special.get(value, value)})


def autoencoder(recipe, seed, eta_scale=1.0):
    """Return the model of a recipe, not fitted."""
    return npae.Autoencoder.from_sizes(
        recipe.sizes,
        activation=recipe.activation,
        output=recipe.output,
        loss=recipe.loss,
        init=npae.Gaussian(std=recipe.std),
        optimizer=npae.GradientDescent(recipe.eta * eta_scale, npae.AdaptiveEta() if recipe.adaptive else None),
        refine=refinement(recipe),
        epochs=recipe.epochs,
        callbacks=[npae.EarlyStopping("max_error", target=recipe.margin)] if recipe.margin else [],
        threads=1,
        random_state=seed,
    )


def refinement(recipe):
    if recipe.every is None or recipe.solver == "none":
        return None
    if recipe.solver == "Powell":  # an iteration takes some 36,000 evaluations
        evaluations = 9_000 if recipe.epochs > 20 else 100
        return npae.Refine("Powell", every=-(-recipe.epochs // 5), max_iterations=None, max_evaluations=evaluations)
    options = {"maxcor": recipe.inner} if recipe.solver == "L-BFGS-B" else None  # remember every step: no restarts
    return npae.Refine(recipe.solver, every=recipe.every, max_iterations=recipe.inner, options=options)


@dataclass(frozen=True)
class Train:
    """A run of the study: train one network, measure it; the first seed's model of each value is kept in a file."""

    recipe: Recipe
    vary: str
    sum_loss: bool = False
    quick: bool = False
    folder: Path = field(default=Path(), compare=False)  # where files lie does not make another run

    def __call__(self, *, seed, **setting):
        recipe = self.recipe_at(setting[self.vary])
        font, began = recipe.data(), time.perf_counter()
        model = autoencoder(recipe, seed, font.pixels.size if self.sum_loss else 1)
        model.fit(font.pixels)
        seconds = time.perf_counter() - began
        if seed == 0:
            model.save(self.path(setting[self.vary]))
        return {**measured(model, font), "seconds_training": seconds}

    def recipe_at(self, value):
        """Return the recipe of a value; a quick one only shows that it works."""
        recipe = varied(self.recipe, self.vary, value)
        return replace(recipe, epochs=6, inner=2) if self.quick else recipe

    def path(self, value):
        """Return the file of a value's first model."""
        return self.folder / f"{value}.npz"


def measured(model, font):
    """Return what the claims are about, as numbers.

    `wrong_pixels` in all letters; letters that are `exact`, `recognised` (nearer to themselves than to any other) and
    `distinct` (black-and-white pictures that differ); `noise`, the mean difference of a pixel; `spread`, the standard
    deviation of the codes, and `at_edge`, the share of their numbers beyond 0.95, the edge of tanh's square.
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


def draw_values(train, values):
    """Draw the code space and the reconstructions of each value's first model, three values side by side."""
    from matplotlib.figure import Figure  # here: the workers, which import this file too, draw nothing

    columns = min(3, len(values))
    rows = -(-len(values) // columns)
    figure = Figure(figsize=(2.5 * columns, 4.2 * rows + 0.1), layout="constrained")
    cells = figure.subplots(2 * rows, columns, squeeze=False, height_ratios=[2.3, 1.7] * rows)
    for ax in cells.flat:
        ax.set_axis_off()
    for i, value in enumerate(values):
        row, column = divmod(i, columns)
        draw_value(cells[2 * row, column], cells[2 * row + 1, column], train, value)
    return figure


def draw_value(above, below, train, value):
    font, path = train.recipe_at(value).data(), train.path(value)
    above.set_title(f"{train.vary} {value}", fontsize=9)
    if not path.exists():
        above.text(0.5, 0.5, "seed 0 failed", ha="center", transform=above.transAxes)
        return
    model = npae.load(path)
    draw_codes(above, model.encode(font.pixels), font.labels)
    draw_letters(below, font, model.reconstruct(font.pixels))


def draw_codes(ax, codes, labels):
    """Write each letter where its code is; what lies in tanh's square is drawn in all of it."""
    short = {"space": "␣", "block": "■"}
    for label, (x, y) in zip(labels, codes, strict=True):
        ax.text(x, y, short.get(label, label), fontsize=7, ha="center", va="center", parse_math=False, clip_on=True)
    square = np.abs(codes).max() <= 1
    limits = np.array([[-1, -1], [1, 1]]) if square else np.array([codes.min(axis=0), codes.max(axis=0)])
    limits = limits + np.array([[-0.06], [0.06]]) * (np.ptp(limits, axis=0) + 1e-6)
    ax.set_axis_on()
    ax.set(xlim=limits[:, 0], ylim=limits[:, 1], box_aspect=1)
    ax.locator_params(nbins=4)
    ax.tick_params(labelsize=6)


def draw_letters(ax, font, decoded):
    """Draw the decoded letters in rows of eight, wrong pixels crossed out."""
    from npae.plots.tiles import tile

    height, width = (size + 1 for size in font.shape)
    for i, pixels in enumerate(decoded):
        tile(ax, pixels, font.shape, i % 8 * width, i // 8 * height, original=font.pixels[i])
    ax.set(xlim=(-0.2, 8 * width), ylim=(-(-len(font) // 8) * height, -0.2), aspect=1)
    exact = (pixel_errors(font.pixels, decoded) == 0).sum()
    ax.set_title(f"{exact} of {len(font)} exact", fontsize=8)


if __name__ == "__main__":
    main()
