"""Does a code of two numbers hold all 32 letters?

    python experiments/font_latent2.py                        # capitals
    python experiments/font_latent2.py --font all --seeds 20  # each font, 20 runs: how often, how fast
    python experiments/font_latent2.py --font joint           # all 96 glyphs in one code space
    python experiments/font_latent2.py --optimizer adam --method none

Each run descends with adaptive eta, hands theta to SciPy every few epochs, and stops when no pixel of any letter
is off by more than --margin. It prints a table and writes figures, model.npz and results.json under --out.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import npae
from npae.datasets import FONTS, load_font
from npae.estimators.construction import build_network
from npae.metrics import crispness, nearest, pixel_errors, wilson_interval

SIZES = [35, 29, 23, 2, 23, 29, 35]
JOINT_SIZES = [35, 60, 40, 20, 2, 20, 40, 60, 35]
RECIPES = {
    "gradient_descent": {"method": "BFGS", "eta": 0.5, "adaptive": True, "epochs": 400},
    "adam": {"method": "none", "eta": 0.01, "adaptive": False, "epochs": 6000},
}


def main(argv=None):
    """Run the experiment; what cannot work ends with one message."""
    args = completed(parser().parse_args(argv))
    try:
        fonts = load_fonts(args.font)
        for font in fonts:
            build_network(autoencoder(font, args.seed, args), font.pixels.shape[1:])
        experiment(fonts, args, writable_folder(args.out))
    except KeyboardInterrupt:
        sys.exit("interrupted")
    except (ValueError, TypeError, MemoryError, OSError, npae.TrainingDiverged) as error:
        sys.exit(f"font_latent2: {error}")


def experiment(fonts, args, out):
    """Run every font with every seed, then report: the first seed's runs in full, all of them in numbers."""
    runs, shown = [], {}
    for font, seed in [(font, seed) for seed in range(args.seed, args.seed + (args.seeds or 1)) for font in fonts]:
        model, result = run(font, seed, args)
        runs.append(result)
        shown.setdefault(font.name, (font, model, result))
        if args.seeds:
            print(one_line(result), flush=True)
    for font, model, result in shown.values():
        print_table(font, model, result)
        draw(font, model, out if len(fonts) == 1 else out / font.name, args)
    results = summary(args, [result for _, _, result in shown.values()], runs)
    npae.settings.archive.write_text(out / "results.json", json.dumps(results, indent=1))
    print_summary(results, runs, out)


def parser():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--font", default="capitals", choices=[*FONTS, "all", "joint"])
    p.add_argument("--sizes", type=sizes, help="layer sizes such as 35-29-23-2-23-29-35; the narrowest is the code")
    p.add_argument("--optimizer", choices=list(RECIPES), help="default gradient_descent; for --font joint, adam")
    methods = ["CG", "BFGS", "L-BFGS-B", "Powell", "none"]
    p.add_argument("--method", choices=methods, help="of refinement (default BFGS; adam: none)")
    p.add_argument("--every", type=count, default=4, help="epochs from one refinement to the next (default 4)")
    p.add_argument("--iterations", type=count, default=50, help="iterations of one refinement, at most (default 50)")
    p.add_argument("--seconds", type=float, default=5.0, help="seconds of one refinement, at most (default 5)")
    p.add_argument("--block", type=count, metavar="N", help="refine random blocks of N weights, one after another")
    p.add_argument("--layers", type=lambda text: text.split(","), help="refine only these: decoder.2,encoder.0")
    p.add_argument("--eta", type=float, help="first learning rate (default 0.5; adam: 0.01, joint 0.005)")
    p.add_argument("--adaptive", action=argparse.BooleanOptionalAction, help="adapt eta (default; adam: not)")
    p.add_argument("--std", type=float, default=0.3, help="standard deviation of the first weights (default 0.3)")
    p.add_argument("--activation", default="tanh", choices=list(npae.activations.ACTIVATIONS))
    p.add_argument("--output", default="sigmoid", help="activation of the last layer (default sigmoid)")
    p.add_argument("--loss", default="bce", choices=["bce", "mse"])
    p.add_argument("--margin", type=fraction, default=0.3, help="stop when no pixel is off by more (default 0.3)")
    p.add_argument("--epochs", type=count, help="epochs at most (default 400; adam: 6000)")
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--seeds", type=count, help="this many runs of each font, from --seed on")
    p.add_argument("--out", type=Path, default=Path("out/font_latent2"), metavar="DIR")
    p.add_argument("--quick", action="store_true", help="a short run that shows that everything works")
    return p


def sizes(text):
    """Read '35-29-23-2-23-29-35'."""
    return [count(size) for size in text.replace(",", "-").split("-")]


def count(text):
    """Read an integer of at least 1."""
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be an integer of at least 1, got {text!r}")
    return int(text)


def fraction(text):
    """Read a number between 0 and 1."""
    number = float(text)
    if not 0 <= number < 1:
        raise argparse.ArgumentTypeError(f"must be a number in [0, 1[, got {text}")
    return number


def completed(args):
    """Fill in what was not given from the optimizer's recipe."""
    args.optimizer = args.optimizer or ("adam" if args.font == "joint" else "gradient_descent")
    recipe = RECIPES[args.optimizer] | ({"eta": 0.005} if (args.font, args.optimizer) == ("joint", "adam") else {})
    for name, value in recipe.items():
        if getattr(args, name) is None:
            setattr(args, name, value)
    if args.quick:
        args.epochs = min(args.epochs, 40)
    return args


def load_fonts(name):
    """Return the fonts to train on, each by itself."""
    if name != "joint":
        return [load_font(font) for font in (FONTS if name == "all" else [name])]
    capitals, symbols, lowercase = (load_font(name) for name in FONTS)
    font = capitals + symbols + lowercase
    return [npae.datasets.Font("joint", font.pixels, font.labels, font.shape)]


def writable_folder(path):
    """Make the folder, and find out now rather than after the training whether it can be written to."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            return path
    except OSError as error:
        sys.exit(f"--out must be a folder that can be written to, got {path} ({error.strerror}).")


def autoencoder(font, seed, args):
    optimizer = npae.Adam if args.optimizer == "adam" else npae.GradientDescent
    return npae.Autoencoder.from_sizes(
        args.sizes or (JOINT_SIZES if font.name == "joint" else SIZES),
        activation=args.activation,
        output=args.output,
        loss=args.loss,
        init=npae.Gaussian(std=args.std),
        optimizer=optimizer(eta=args.eta, adapt=npae.AdaptiveEta() if args.adaptive else None),
        refine=refinement(args),
        epochs=args.epochs,
        callbacks=[npae.EarlyStopping("max_error", target=args.margin, every=look_every(args)), npae.Progress()],
        random_state=seed,
    )


def look_every(args):
    """Adam takes hundreds of cheap epochs: looking at each would cost a third of the time."""
    return 5 if args.optimizer == "adam" else 1


def refinement(args):
    if args.method == "none":
        return None
    options = {"maxcor": args.iterations} if args.method == "L-BFGS-B" else None  # remember every step: no restarts
    budget = {"max_iterations": args.iterations, "max_seconds": args.seconds}
    where = {"block_size": args.block, "layers": args.layers}
    return npae.Refine(args.method, every=args.every, options=options, **budget, **where)


def run(font, seed, args):
    """Train one network on one font; return it and what is to be reported."""
    model = autoencoder(font, seed, args)
    began = time.perf_counter()
    model.fit(font.pixels)
    seconds = time.perf_counter() - began
    if model.stop_reason_ == "interrupted" and args.seeds:
        raise KeyboardInterrupt
    errors = pixel_errors(font.pixels, model.reconstruct(font.pixels))
    return model, {
        "font": font.name,
        "sizes": [len(font.pixels[0]), *model.encoder, *model.decoder],
        "seed": seed,
        "pixel_errors": errors.tolist(),
        "exact": int((errors == 0).sum()),
        "n_glyphs": len(font),
        "seconds_training": seconds,
        "epochs_run": model.n_epochs_,
        "refinements": len(model.history_["refinements"]),
        "loss": model.history_["loss"][-1],
        "stop_reason": model.stop_reason_,
    }


def new_letters(model, font, most=8, least_distance=3, points=200):
    """Find points of the code plane that decode to crisp glyphs no training glyph comes close to.

    Returns
    -------
    (codes, pixels, index, distance) : of at most `most` glyphs, the crispest first; each differs from every
        training glyph and from the others by `least_distance` pixels or more. `index` is the nearest glyph's.
    """
    codes = plane(model.encode(font.pixels), points)
    pixels = model.decode(codes)
    crisp = crispness(pixels)
    index, distance = nearest(pixels, font.pixels)
    good = np.flatnonzero((crisp >= 0.5) & (distance >= least_distance))
    chosen = []
    for i in good[np.argsort(-crisp[good], kind="stable")]:
        if len(chosen) < most and (not chosen or nearest(pixels[[i]], pixels[chosen])[1][0] >= least_distance):
            chosen.append(i)
    return codes[chosen], pixels[chosen], index[chosen], distance[chosen]


def plane(codes, points):
    """Return a grid of points over the bounding box of the codes, (points ** L, L), for L <= 2."""
    axes = [np.linspace(low, high, points) for low, high in zip(codes.min(axis=0), codes.max(axis=0), strict=True)]
    return np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, codes.shape[1])


def draw(font, model, out, args):
    """Write the model and its figures."""
    out.mkdir(exist_ok=True)
    model.save(out / "model.npz")
    npae.explorer.write(model, out / "explorer.html", data=font)
    figures = {
        "reconstructions": npae.plots.reconstructions(model, font),
        "history": npae.plots.history(model),
    }
    if model.network_.code_shape[0] <= 2:
        figures["latent_space"] = npae.plots.latent_space(model, font).figure
        figures["manifold"] = npae.plots.manifold(model, font.shape, data=font, n=10 if args.quick else 16).figure
        figures |= draw_new_letters(font, model)
    for name, figure in figures.items():
        figure.savefig(out / f"{name}.png", dpi=150)


def draw_new_letters(font, model):
    codes, pixels, index, distance = new_letters(model, font)
    if not len(codes):
        print(f"\nno new letter in the code space of {font.name}: nothing crisp is 3 pixels away from all glyphs")
        return {}
    print(f"\n{len(codes)} new letters in the code space of {font.name} (code: pixels away from the nearest glyph)")
    for code, i, d in zip(codes, index, distance, strict=True):
        print(f"  {written(code)}: {d} from {font.labels[i]}")
    labels = [font.labels[i] for i in index]
    return {"new_letters": npae.plots.new_glyphs(pixels, font.pixels[index], labels, distance, font.shape)}


def written(code):
    return "(" + ", ".join(f"{value:6.3f}" for value in code) + ")"


def print_table(font, model, result):
    print(f"\n{result['font']}, {'-'.join(map(str, result['sizes']))}, seed {result['seed']}")
    print("letter  wrong pixels  code")
    for label, wrong, code in zip(font.labels, result["pixel_errors"], model.encode(font.pixels), strict=True):
        print(f"{label:<7} {wrong:12d}  {written(code)}")


def one_line(result):
    return (
        f"{result['font']:<10} seed {result['seed']:<3} {result['exact']:2d} of {result['n_glyphs']} exact, "
        f"{result['epochs_run']:4d} epochs, {result['refinements']:3d} refinements, {result['seconds_training']:.2f} s"
    )


def summary(args, shown, runs):
    """Return what results.json holds: totals over the fonts shown, and every run."""
    totals = ("exact", "n_glyphs", "seconds_training", "epochs_run", "refinements")
    exact = sum(run["exact"] == run["n_glyphs"] for run in runs)
    return {
        "font": args.font,
        "sizes": shown[0]["sizes"],
        "seed": args.seed,
        "pixel_errors": [wrong for run in shown for wrong in run["pixel_errors"]],
        **{name: sum(run[name] for run in shown) for name in totals},
        "runs": runs,
        "runs_exact": exact,
        "success_rate": exact / len(runs),
        "success_interval": wilson_interval(exact, len(runs)),
        "median_seconds": float(np.median([run["seconds_training"] for run in runs])),
    }


def print_summary(results, runs, out):
    print()
    for run in runs if len(runs) <= 3 else []:
        print(one_line(run))
    if len(runs) > 1:
        low, high = results["success_interval"]
        print(f"{results['runs_exact']} of {len(runs)} runs exact ({low:.0%} to {high:.0%}, 95 % Wilson interval)")
        print(f"median training time of a run: {results['median_seconds']:.2f} s")
    print(f"written to {out}")


if __name__ == "__main__":
    main()
