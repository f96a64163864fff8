"""How far does a code of one number go: do 32 letters fit on a line, and what lies between them?

    python experiments/letters/font_latent1.py                              # each font, 20 seeds
    python experiments/letters/font_latent1.py --font joint --solver kfac   # all 96 glyphs on one line
    python experiments/letters/font_latent1.py --code tanh                  # a line with ends

It prints a table and writes runs.jsonl (the same command resumes where it was stopped), results.json and, for each
font's first exact seed, FONT/model.npz and FONT/line_of_letters.png under --out: the letters in the order of their
codes, each followed by what the codes between it and the next one decode to.

These are counted along the line, in 100 steps from each letter to the next: `pictures`, the different black-and-white
pictures in a row; `letters_share`, the share of steps that show a letter exactly; `strangers`, the steps that show a
letter other than the two neighbours; `apart`, in how many pixels neighbours on the line differ on average, and
`apart_chance`, the same for all pairs; `decimals`, how many the codes need if their range is scaled to 1.

Last result: 32 of 32 letters exact in 20/20 (capitals), 20/20 (symbols) and 19/20 (lowercase) runs, median 0.9 s; 90 %
of the way shows a letter exactly; neighbours differ by 8 pixels (chance 14). --code tanh: 5/10, 0/10 and 1/10 runs.
The settings were chosen on seeds 0 to 3; on the other 16: 16, 16 and 15 exact.
--font joint: 0/5 (27 to 253 wrong pixels of 3,360). --font joint --solver kfac: 96 of 96 glyphs exact in 10/10 runs,
median 665 epochs, 5 s of the processor; 76 % of the way shows a glyph exactly; neighbours differ by 8 pixels (chance
15).
"""

import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))  # where the package `experiments` is
import npae
from experiments.shared.command_line import count, one_message, sizes, study_parser, writable_folder
from experiments.shared.letters import load_fonts
from experiments.shared.recipe import Recipe
from experiments.shared.results import save_results
from experiments.shared.training import Train, run_study
from npae.datasets import FONTS
from npae.metrics import crispness, nearest, pixel_errors

SIZES = [35, 80, 60, 40, 1, 40, 60, 80, 35]
SOLVERS = {  # optimizer (of Adam, that of --eta), refinement, and epochs at most
    "adam": (None, None, 6000),
    "kfac": (npae.KFAC(), None, 3000),
    "bfgs": (None, npae.Refine("BFGS", max_iterations=300), 20),
    "hessian-free": (None, npae.Refine("hessian-free"), 20),
}
NUMBERS = ["wrong_pixels", "epochs_run", "pictures", "letters_share", "apart", "decimals", "seconds_training"]
PER_ROW, BETWEEN = 8, 3  # letters in a row of the figure, pictures from each to the next


def main(argv=None):
    """Run the study."""
    args = parser().parse_args(argv)
    with one_message("font_latent1"):
        experiment(args, writable_folder(args.out))


def parser():
    p = study_parser(__doc__, "font_latent1", seeds=20)
    p.add_argument("--font", default="all", choices=[*FONTS, "all", "joint"])
    p.add_argument("--sizes", type=sizes, default=SIZES, help=f"layer sizes (default {'-'.join(map(str, SIZES))})")
    p.add_argument("--code", default="identity", help="activation of the code (default identity)")
    p.add_argument("--std", type=float, default=0.3, help="standard deviation of the first weights (default 0.3)")
    p.add_argument("--solver", default="adam", choices=SOLVERS, help="default adam")
    p.add_argument("--eta", type=float, default=0.003, help="of Adam (default 0.003)")
    p.add_argument("--epochs", type=count, help="maximum (default 6000 of Adam, 3000 of K-FAC, 20 refinements)")
    p.add_argument("--margin", type=float, default=0.3, help="stop when no pixel is off by more (default 0.3)")
    return p


def experiment(args, out):
    """Carry out the runs, or what is left of them, and report."""
    fonts, began = {font.name: font for font in load_fonts(args.font)}, time.perf_counter()
    train = Train(partial(prepared, recipe_of(args)), measured)
    seeds = args.seeds or (1 if args.quick else 20)
    results = run_study(train, [{"font": name} for name in fonts], args, out, seeds)
    print(f"\n{results.table(numbers=[name for name in NUMBERS if name in results.numbers])}")
    shown = {name: report(font, results, train, out) for name, font in fonts.items()}
    how = {"sizes": args.sizes, "code": args.code, "solver": args.solver}
    save_results(out, {**how, "summary": results.summary(), "shown": shown})
    print(f"written to {out} after {time.perf_counter() - began:.0f} s")


def recipe_of(args):
    """Return the recipe of the network with one number in the middle."""
    optimizer, refine, most = SOLVERS[args.solver]
    if args.solver == "adam":
        optimizer = npae.Adam(args.eta)
    epochs = args.epochs or most
    recipe = Recipe.from_sizes(
        args.sizes,
        activation="tanh",
        loss="bce",
        init=npae.Gaussian(args.std),
        optimizer=optimizer,
        refine=refine,
        epochs=min(epochs, 10 if refine is None else 1) if args.quick else epochs,
        callbacks=(npae.EarlyStopping("max_error", target=args.margin, every=5 if refine is None else 1),),
    )
    if recipe.code_size != 1:
        raise ValueError(f"--sizes must have a 1 in the middle, got {'-'.join(map(str, args.sizes))}.")
    return replace(recipe, encoder=(*recipe.encoder[:-1], npae.Dense(1, args.code)))


def prepared(recipe, *, seed, font):
    """Return the model of a run, the letters' pixels, and the letters, as `Train` wants them."""
    (letters,) = load_fonts(font)
    return recipe.autoencoder(seed), letters.pixels, letters


def measured(model, font, steps=100):
    """Return how many letters are exact, and what lies between them on the line, as numbers."""
    wrong, line = pixel_errors(font.pixels, model.reconstruct(font.pixels)), in_order(model, font)
    pictures = model.decode(walk(model, line, steps))
    index, distance = nearest(pictures, line.pixels)
    gap = np.arange(len(pictures)) // steps
    changes = (np.diff(pictures > 0.5, axis=0)).any(axis=1).sum()
    return {
        "wrong_pixels": wrong.sum(),
        "exact": (wrong == 0).sum(),
        "success": not wrong.any(),
        "pictures": 1 + changes,
        "letters_share": (distance == 0).mean(),
        "strangers": ((distance == 0) & (index != gap) & (index != gap + 1)).sum(),
        "crisp_share": (crispness(pictures) >= 0.5).mean(),
        "apart": np.abs(np.diff(line.pixels, axis=0)).sum(axis=1).mean(),
        "apart_chance": mean_difference(font),
        "decimals": decimals(model, font),
        "epochs_run": model.n_epochs_,
    }


def in_order(model, font):
    """Return the font in the order of its codes on the line."""
    order = np.argsort(model.encode(font.pixels)[:, 0])
    return npae.datasets.Font(font.name, font.pixels[order], tuple(font.labels[i] for i in order), font.shape)


def walk(model, line, steps):
    """Return codes ((N - 1) * steps + 1, 1) along the line: from each letter to the next in equal steps."""
    codes = model.encode(line.pixels)[:, 0]
    places = np.arange((len(codes) - 1) * steps + 1) / steps
    return np.interp(places, np.arange(len(codes)), codes)[:, None]


def mean_difference(font):
    """Return the mean number of pixels in which two letters of the font differ."""
    differing = np.abs(font.pixels[:, None] - font.pixels).sum(axis=2)
    return differing.sum() / (len(font) * (len(font) - 1))


def decimals(model, font, most=16):
    """Return how many decimals the codes need, their range scaled to [0, 1], to decode exactly; None if all fail."""
    codes = model.encode(font.pixels)
    low, span = codes.min(), np.ptp(codes) or 1.0
    for digits in range(1, most):
        rounded = low + span * np.round((codes - low) / span, digits)
        if not pixel_errors(font.pixels, model.decode(rounded)).any():
            return digits
    return None


def report(font, results, train, out):
    """Draw the line of the font's first exact seed, or of the first seed; return its letters and codes."""
    rows = [row for row in results.rows if row["font"] == font.name and row["status"] == "finished"]
    if not rows:
        return None
    row = next((row for row in rows if row["success"]), rows[0])
    model = train.fitted(seed=row["seed"], font=font.name)
    line = in_order(model, font)
    model.save(writable_folder(out / font.name) / "model.npz")
    draw_line(model, line).savefig(out / font.name / "line_of_letters.png", dpi=200)
    print(f"\n{font.name}, seed {row['seed']}, {row['exact']} of {len(font)} exact, in order: {' '.join(line.labels)}")
    codes = model.encode(line.pixels)[:, 0].tolist()
    return {"seed": row["seed"], "exact": row["exact"], "labels": line.labels, "codes": codes}


def draw_line(model, line):
    """Draw the decoded letters in order, row after row, each with its code and what lies between it and the next."""
    from matplotlib.figure import Figure  # here: worker processes import this file too, and draw nothing

    from npae.plots import caption, titled

    height, width = line.shape
    rows, pitch, row_height = -(-len(line) // PER_ROW), (BETWEEN + 1) * (width + 1), height + 6
    across, down = PER_ROW * pitch + 4, rows * row_height
    ax = Figure(figsize=(7.4, 7.4 * down / across)).add_axes((0, 0, 1, 1), xlim=(-4, across), ylim=(down - 1, -1))
    ax.set_axis_off()
    codes, pictures = model.encode(line.pixels)[:, 0], model.decode(walk(model, line, BETWEEN + 1))
    for i, label in enumerate(line.labels):
        left, top = i % PER_ROW * pitch, i // PER_ROW * row_height
        here = pictures[i * (BETWEEN + 1) : (i + 1) * (BETWEEN + 1)]
        draw_gap(ax, here, line, i, left, top + 3)
        code = f"{codes[i]:.2f}".replace("-", "\N{MINUS SIGN}")
        caption(ax, left, top + 1, f"{label}  {code}", ha="left", fontsize=7)
        for x, here in ((-2, i > 0 and i % PER_ROW == 0), (across - 3, (i + 1) % PER_ROW == 0 and i + 1 < len(line))):
            caption(ax, x, top + 3 + height / 2, "\N{RIGHTWARDS ARROW}" if here else "", fontsize=8)
    exact = (pixel_errors(line.pixels, model.reconstruct(line.pixels)) == 0).sum()
    what, source = ("glyphs", "All three fonts") if line.name == "joint" else ("letters", line.name)
    title = f"One number holds {exact} of {len(line)} {what}; between two neighbours lies a mixture of them"
    note = (
        f"Blue frames: the {what} in the order of their codes, each with its code (a number). Between them: what the "
    )
    note += "codes at 1/4, 1/2 and 3/4 of the way decode to. The line goes on from row to row (arrows). "
    sizes = "-".join(["35", *(str(getattr(layer, "units", layer)) for layer in [*model.encoder, *model.decoder])])
    return titled(ax.figure, title, f"{note}{source}, network {sizes}, seed {model.random_state}.")


def draw_gap(ax, pictures, line, i, left, top):
    """Draw a letter in a frame and, at two thirds of its size, the pictures on the way to the next one."""
    from npae.plots import INKS, tile

    height, width = line.shape
    tile(ax, pictures[0], line.shape, left, top, original=line.pixels[i])
    frame = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]) * (width + 0.6, height + 0.6) + (left - 0.3, top - 0.3)
    ax.plot(*frame.T, color=INKS[0], linewidth=1.2)
    for j, picture in enumerate(pictures[1:], start=1):
        tile(ax, picture, line.shape, left + j * (width + 1) + width / 6, top + height / 6, 2 / 3)


if __name__ == "__main__":
    main()
