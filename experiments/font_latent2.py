"""Does a code of two numbers hold all 32 letters?

    python experiments/font_latent2.py                        # capitals
    python experiments/font_latent2.py --font all --seeds 20  # each font, 20 runs: how often, how fast
    python experiments/font_latent2.py --font joint           # all 96 glyphs in one code space
    python experiments/font_latent2.py --optimizer adam --method none

The whole library in one script: load letters, build an autoencoder, train it, look at it. Gradient descent with an
adaptive eta trains the network, SciPy refines all weights every few epochs, and training stops when no pixel of any
letter is off by more than --margin. The script prints a table and writes figures, the model (model.npz), a page to
explore it with (explorer.html) and results.json under --out.
"""

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # where the package `experiments` is
import npae
from experiments.letters.latent2_report import one_line, print_summary, report_new_letters, summary, written_code
from experiments.shared.command_line import count, fraction, one_message, script_parser, sizes, writable_folder
from experiments.shared.letters import load_fonts
from experiments.shared.results import save_results

SIZES = [35, 29, 23, 2, 23, 29, 35]
JOINT_SIZES = [35, 60, 40, 20, 2, 20, 40, 60, 35]
RECIPES = {
    "gradient_descent": {"method": "BFGS", "eta": 0.5, "adaptive": True, "epochs": 400},
    "adam": {"method": "none", "eta": 0.01, "adaptive": False, "epochs": 6000},
}


def main(argv=None):
    """Train on every font with every seed; report the first seed in full and all seeds in numbers."""
    args = completed(parser().parse_args(argv))
    with one_message("font_latent2"):
        fonts, out = load_fonts(args.font), writable_folder(args.out)
        runs, shown = [], {}
        for seed in range(args.seed, args.seed + (args.seeds or 1)):
            for font in fonts:
                model, result = run(font, seed, args)
                runs.append(result)
                shown.setdefault(font.name, (font, model, result))
        for font, model, result in shown.values():
            print_letters(font, model, result)
            draw(font, model, out if len(fonts) == 1 else writable_folder(out / font.name), n=10 if args.quick else 16)
        results = summary(args, [result for _, _, result in shown.values()], runs)
        save_results(out, results)
        print_summary(results, runs, out)


def autoencoder(font, seed, args):
    """Return the network, not fitted."""
    optimizer = npae.Adam if args.optimizer == "adam" else npae.GradientDescent
    look_every = 5 if args.optimizer == "adam" else 1  # Adam: a look at every epoch would take a third of the time
    return npae.Autoencoder.from_sizes(
        args.sizes or (JOINT_SIZES if font.name == "joint" else SIZES),
        activation=args.activation,
        output=args.output,
        loss=args.loss,
        init=npae.Gaussian(std=args.std),
        optimizer=optimizer(eta=args.eta, adapt=npae.AdaptiveEta() if args.adaptive else None),
        refine=refinement(args),
        epochs=args.epochs,
        callbacks=[npae.EarlyStopping("max_error", target=args.margin, every=look_every), npae.Progress()],
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
    model.save(out / "model.npz")
    npae.explorer.write(model, out / "explorer.html", data=font)
    figures = {
        "reconstructions": npae.plots.reconstructions(model, font),
        "history": npae.plots.history(model),
    }
    if model.network_.code_shape[0] <= 2:
        figures["latent_space"] = npae.plots.latent_space(model, font).figure
        figures["manifold"] = npae.plots.manifold(model, font.shape, data=font, n=n).figure
        figures |= report_new_letters(font, model)
    for name, figure in figures.items():
        figure.savefig(out / f"{name}.png", dpi=150)


def parser():
    p = script_parser(__doc__, "font_latent2")
    p.add_argument("--font", default="capitals", choices=[*npae.datasets.FONTS, "all", "joint"])
    p.add_argument("--sizes", type=sizes, help="layer sizes such as 35-29-23-2-23-29-35; the narrowest is the code")
    p.add_argument("--optimizer", choices=list(RECIPES), help="default gradient_descent; for --font joint, adam")
    methods = ["CG", "BFGS", "L-BFGS-B", "Powell", "none"]
    p.add_argument("--method", choices=methods, help="of refinement (default BFGS; with adam, none)")
    p.add_argument("--every", type=count, default=4, help="epochs from one refinement to the next (default 4)")
    p.add_argument("--iterations", type=count, default=50, help="maximum per refinement (default 50)")
    p.add_argument("--seconds", type=float, default=5.0, help="maximum per refinement (default 5)")
    p.add_argument("--block", type=count, metavar="N", help="refine random blocks of N weights, one after another")
    p.add_argument("--layers", type=lambda text: text.split(","), help="refine only these: decoder.2,encoder.0")
    p.add_argument("--eta", type=float, help="first learning rate (default 0.5; with adam 0.01, joint 0.005)")
    p.add_argument("--adaptive", action=argparse.BooleanOptionalAction, help="adapt eta (default; not with adam)")
    p.add_argument("--std", type=float, default=0.3, help="standard deviation of the first weights (default 0.3)")
    p.add_argument("--activation", default="tanh", choices=list(npae.activations.ACTIVATIONS))
    p.add_argument("--output", default="sigmoid", help="activation of the last layer (default sigmoid)")
    p.add_argument("--loss", default="bce", choices=["bce", "mse"])
    p.add_argument("--margin", type=fraction, default=0.3, help="stop when no pixel is off by more (default 0.3)")
    p.add_argument("--epochs", type=count, help="maximum (default 400; with adam 6000)")
    p.add_argument("--seed", type=int, default=0, help="the first seed (default 0)")
    p.add_argument("--seeds", type=count, help="so many runs of each font")
    return p


def completed(args):
    """Fill in what was not given from the recipe of the optimizer."""
    args.optimizer = args.optimizer or ("adam" if args.font == "joint" else "gradient_descent")
    recipe = RECIPES[args.optimizer] | ({"eta": 0.005} if (args.font, args.optimizer) == ("joint", "adam") else {})
    for name, value in recipe.items():
        if getattr(args, name) is None:
            setattr(args, name, value)
    if args.quick:
        args.epochs = min(args.epochs, 40)
    return args


if __name__ == "__main__":
    main()
