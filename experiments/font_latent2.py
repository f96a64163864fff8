"""Does a code of two numbers hold all 32 letters?

    python experiments/font_latent2.py                        # capitals
    python experiments/font_latent2.py --font all --seeds 20  # each font, 20 runs: how often, how fast
    python experiments/font_latent2.py --font joint           # all 96 glyphs in one code space
    python experiments/font_latent2.py --optimizer adam --method none

The whole library in one script, which needs nothing else: load letters, build an autoencoder, train it, look at it.
Gradient descent with an adaptive eta trains the network, SciPy refines all weights every few epochs, and training stops
when no pixel of any letter is off by more than --margin. The script prints a table and writes figures, the model
(model.npz), a page to explore it with (explorer.html) and results.json under --out.
"""

import argparse
import dataclasses
import json
import statistics
import sys
import tempfile
import time
import warnings
from pathlib import Path

import npae
from npae.datasets import FONTS, load_font

SIZES = [35, 29, 23, 2, 23, 29, 35]
JOINT_SIZES = [35, 60, 40, 20, 2, 20, 40, 60, 35]
RECIPES = {
    "gradient_descent": {"method": "BFGS", "eta": 0.5, "adaptive": True, "epochs": 400},
    "adam": {"method": "none", "eta": 0.01, "adaptive": False, "epochs": 6000},
}


def main(argv=None):
    """Read the command line and run; what a user can get wrong ends with one line instead of a traceback."""
    args = parser().parse_args(argv)
    try:  # before any training
        args.out.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=args.out).close()
    except OSError as error:
        sys.exit(f"--out must be a folder that can be written to, got {args.out} ({error.strerror}).")
    warnings.simplefilter("ignore", npae.NotConverged)  # the table says how far a short training gets
    try:
        experiment(completed(args), args.out)
    except KeyboardInterrupt:
        sys.exit("interrupted")
    except (ValueError, TypeError, MemoryError, OSError, ImportError, npae.TrainingDiverged) as error:
        sys.exit(f"font_latent2: {error}")


def experiment(args, out):
    """Train on every font with every seed; report the first seed in full and all seeds in numbers."""
    fonts, runs, shown = load_fonts(args.font), [], {}
    for seed in range(args.seed, args.seed + (args.seeds or 1)):
        for font in fonts:
            model, result = run(font, seed, args)
            runs.append(result)
            shown.setdefault(font.name, (font, model, result))
    for font, model, result in shown.values():
        print_letters(font, model, result)
        draw(font, model, out if len(fonts) == 1 else out / font.name, n=10 if args.quick else 16)
    results = summary(args, [result for _, _, result in shown.values()], runs)
    (out / "results.json").write_text(json.dumps(results, indent=1))
    print_summary(results, runs, out)


def load_fonts(name):
    """Return the fonts that a name stands for: one, "all" of them, or one font "joint" of all glyphs."""
    if name != "joint":
        return [load_font(font) for font in (FONTS if name == "all" else [name])]
    capitals, symbols, lowercase = map(load_font, FONTS)
    return [dataclasses.replace(capitals + symbols + lowercase, name="joint")]


def autoencoder(font, seed, args):
    """Return the network, not fitted."""
    optimizer = npae.Adam if args.optimizer == "adam" else npae.GradientDescent
    every = 5 if args.optimizer == "adam" else 1  # Adam: to look at every epoch would take a third of the time
    return npae.Autoencoder.from_sizes(
        args.sizes or (JOINT_SIZES if font.name == "joint" else SIZES),
        activation=args.activation,
        output=args.output,
        loss=args.loss,
        init=npae.Gaussian(std=args.std),
        scale=None,
        optimizer=optimizer(eta=args.eta, adapt=npae.AdaptiveEta() if args.adaptive else None),
        refine=refinement(args),
        epochs=args.epochs,
        callbacks=[npae.EarlyStopping("max_error", target=args.margin, every=every), npae.Progress()],
        random_state=seed,
    )


def refinement(args):
    """Return when and how SciPy refines the weights, or None."""
    if args.method == "none":
        return None
    options = {"maxcor": args.iterations} if args.method == "L-BFGS-B" else None  # remember every step: no restarts
    budget = {"max_iterations": args.iterations, "max_seconds": args.seconds}
    where = {"block_size": args.block, "layers": args.layers}
    return npae.Refine(args.method, every=args.every, options=options, **budget, **where)


def run(font, seed, args):
    """Train one network on one font; return it and what the report says about it."""
    model = autoencoder(font, seed, args)
    began = time.perf_counter()
    model.fit(font.pixels)
    seconds = time.perf_counter() - began
    if model.stop_reason_ == "interrupted" and args.seeds:
        raise KeyboardInterrupt
    errors = npae.metrics.pixel_errors(font.pixels, model.reconstruct(font.pixels))
    result = {
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
    if args.seeds:
        print(one_line(result), flush=True)
    return model, result


def print_letters(font, model, result):
    """Print the wrong pixels and the code of each letter."""
    print(f"\n{result['font']}, {'-'.join(map(str, result['sizes']))}, seed {result['seed']}")
    print("letter  wrong pixels  code")
    for label, wrong, code in zip(font.labels, result["pixel_errors"], model.encode(font.pixels), strict=True):
        print(f"{label:<7} {wrong:12d}  {written_code(code)}")


def draw(font, model, out, n):
    """Write the model, its page and its figures; that of the code plane decodes n x n codes."""
    out.mkdir(exist_ok=True)
    model.save(out / "model.npz")
    npae.explorer.write(model, out / "explorer.html", data=font)
    for name, figure in figures(model, font, n).items():
        figure.savefig(out / f"{name}.png", dpi=150)


def figures(model, font, n=16):
    """Return the figures of a fitted model by name; that of the code plane decodes n x n codes."""
    what = f"{len(font)} glyphs ({font.name}), network {network_text(model, font)}, seed {model.random_state}"
    rebuilt, titled = npae.plots.reconstructions(model, font), npae.plots.titled
    drawn = {"reconstructions": titled(rebuilt, rebuilt.get_suptitle(), what)}
    drawn["history"] = titled(npae.plots.history(model), "Loss and eta after each epoch, on logarithmic axes", what)
    if model.network_.code_shape[0] > 2:
        return drawn
    plane, decoded = (ax.figure for ax in planes(model, font, n))
    wrong = npae.metrics.pixel_errors(font.pixels, model.reconstruct(font.pixels))
    exact = f"decoded, {(wrong == 0).sum()} of {len(font)} have no wrong pixel"
    drawn["latent_space"] = titled(plane, f"The code of each glyph: {exact}", what)
    drawn["manifold"] = titled(decoded, "What the points of the code space decode to; dots: the glyphs' codes", what)
    found = npae.discover(model, font)  # crisp glyphs that are unlike all letters
    print_new_letters(font, found)
    if len(found):
        rule = f"At least 3 pixels from every known one, and crisp: each pixel at most 0.25 or at least 0.75. {what}"
        title = "New glyphs of the code space (left of each pair) and the nearest known one (right)"
        drawn["new_letters"] = titled(npae.plots.discovery(found), title, rule)
    return drawn


def planes(model, font, n):
    """Return two Axes: the codes of the glyphs, and what a grid of codes decodes to."""
    return npae.plots.latent_space(model, font), npae.plots.manifold(model, font.shape, data=font, n=n)


def network_text(model, font):
    """Return the sizes of all layers as text."""
    return "-".join(map(str, [len(font.pixels[0]), *model.encoder, *model.decoder]))


def print_new_letters(font, found):
    """Print the codes of new letters, and which letter each is most like."""
    if not len(found):
        print(f"\nno new letter in the code space of {font.name}: nothing crisp is 3 pixels away from all glyphs")
    else:
        print(f"\n{len(found)} new letters in the code space of {font.name} (code: pixels away from the nearest glyph)")
    for code, label, pixels_away in zip(found.codes, found.labels, found.distance, strict=True):
        print(f"  {written_code(code)}: {pixels_away} from {label}")


def summary(args, shown, runs):
    """Return what results.json holds: totals of the runs that are shown in full, and every run."""
    exact = sum(run["exact"] == run["n_glyphs"] for run in runs)
    totals = ("exact", "n_glyphs", "seconds_training", "epochs_run", "refinements")
    return {
        "font": args.font,
        "sizes": shown[0]["sizes"],
        "seed": args.seed,
        "pixel_errors": [wrong for run in shown for wrong in run["pixel_errors"]],
        **{name: sum(run[name] for run in shown) for name in totals},
        "runs": runs,
        "runs_exact": exact,
        "success_rate": exact / len(runs),
        "success_interval": npae.metrics.wilson_interval(exact, len(runs)),
        "median_seconds": statistics.median(run["seconds_training"] for run in runs),
    }


def print_summary(results, runs, out):
    """Print the runs, if they are few, and what they come to."""
    print()
    for run in runs if len(runs) <= 3 else []:
        print(one_line(run))
    if len(runs) > 1:
        low, high = results["success_interval"]
        print(f"{results['runs_exact']} of {len(runs)} runs exact ({low:.0%} to {high:.0%}, 95 % Wilson interval)")
        print(f"median training time of a run: {results['median_seconds']:.2f} s")
    print(f"written to {out}")


def one_line(result):
    """Return a run as one line of text."""
    return (
        f"{result['font']:<10} seed {result['seed']:<3} {result['exact']:2d} of {result['n_glyphs']} exact, "
        f"{result['epochs_run']:4d} epochs, {result['refinements']:3d} refinements, {result['seconds_training']:.2f} s"
    )


def written_code(code):
    """Return a code as text."""
    return "(" + ", ".join(f"{value:6.3f}" for value in code) + ")"


def parser():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--out", type=Path, default=Path("out/font_latent2"), metavar="DIR", help="default %(default)s")
    p.add_argument("--quick", action="store_true", help="a short run that only shows that everything works")
    p.add_argument("--font", default="capitals", choices=[*FONTS, "all", "joint"])
    p.add_argument("--sizes", type=sizes, help="layer sizes such as 35-29-23-2-23-29-35; the narrowest is the code")
    p.add_argument("--optimizer", choices=list(RECIPES), help="default gradient_descent; for --font joint, adam")
    methods = ["CG", "BFGS", "L-BFGS-B", "Powell", "none"]
    p.add_argument("--method", choices=methods, help="of refinement (default BFGS; with adam, none)")
    p.add_argument("--every", type=int, default=4, help="epochs from one refinement to the next (default 4)")
    p.add_argument("--iterations", type=int, default=50, help="maximum per refinement (default 50)")
    p.add_argument("--seconds", type=float, default=5.0, help="maximum per refinement (default 5)")
    p.add_argument("--block", type=int, metavar="N", help="refine random blocks of N weights, one after another")
    p.add_argument("--layers", type=lambda text: text.split(","), help="refine only these: decoder.2,encoder.0")
    p.add_argument("--eta", type=float, help="first learning rate (default 0.5; with adam 0.01, joint 0.005)")
    p.add_argument("--adaptive", action=argparse.BooleanOptionalAction, help="adapt eta (default; not with adam)")
    p.add_argument("--std", type=float, default=0.3, help="standard deviation of the first weights (default 0.3)")
    p.add_argument("--activation", default="tanh", choices=list(npae.activations.ACTIVATIONS))
    p.add_argument("--output", default="sigmoid", help="activation of the last layer (default sigmoid)")
    p.add_argument("--loss", default="bce", choices=["bce", "mse"])
    p.add_argument("--margin", type=float, default=0.3, help="stop when no pixel is off by more (default 0.3)")
    p.add_argument("--epochs", type=int, help="maximum (default 400; with adam 6000)")
    p.add_argument("--seed", type=int, default=0, help="the first seed (default 0)")
    p.add_argument("--seeds", type=int, help="so many runs of each font")
    return p


def completed(args):
    """Fill in what was not given from the recipe of the optimizer, and check what npae does not see."""
    if not 0 <= args.margin < 1:
        raise ValueError(f"--margin must be a number in [0, 1[, got {args.margin}.")
    if args.seeds is not None and args.seeds < 1:
        raise ValueError(f"--seeds must be an integer of at least 1, got {args.seeds}.")
    args.optimizer = args.optimizer or ("adam" if args.font == "joint" else "gradient_descent")
    recipe = RECIPES[args.optimizer] | ({"eta": 0.005} if (args.font, args.optimizer) == ("joint", "adam") else {})
    vars(args).update({name: value for name, value in recipe.items() if getattr(args, name) is None})
    if args.quick:
        args.epochs = min(args.epochs, 40)
    return args


def sizes(text):
    """Read layer sizes such as '35-29-23-2-23-29-35'."""
    return [int(size) for size in text.replace(",", "-").split("-")]


if __name__ == "__main__":
    main()
