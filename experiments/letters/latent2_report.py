"""The report of font_latent2.py: its runs, how many of them are exact and how sure that is, and new letters."""

import numpy as np

import npae
from experiments.shared.letters import new_letters
from npae.metrics import wilson_interval

TOTALS = ("exact", "n_glyphs", "seconds_training", "epochs_run", "refinements")


def one_line(result):
    """Return a run as one line of text."""
    return (
        f"{result['font']:<10} seed {result['seed']:<3} {result['exact']:2d} of {result['n_glyphs']} exact, "
        f"{result['epochs_run']:4d} epochs, {result['refinements']:3d} refinements, {result['seconds_training']:.2f} s"
    )


def summary(args, shown, runs):
    """Return what results.json holds: totals of the runs that are shown in full, and every run."""
    exact = sum(run["exact"] == run["n_glyphs"] for run in runs)
    return {
        "font": args.font,
        "sizes": shown[0]["sizes"],
        "seed": args.seed,
        "pixel_errors": [wrong for run in shown for wrong in run["pixel_errors"]],
        **{name: sum(run[name] for run in shown) for name in TOTALS},
        "runs": runs,
        "runs_exact": exact,
        "success_rate": exact / len(runs),
        "success_interval": wilson_interval(exact, len(runs)),
        "median_seconds": float(np.median([run["seconds_training"] for run in runs])),
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


def report_new_letters(font, model):
    """Print the crisp glyphs of the code plane that are unlike all letters; return their figure, if any, by name."""
    codes, pixels, index, distance = new_letters(model, font)
    if not len(codes):
        print(f"\nno new letter in the code space of {font.name}: nothing crisp is 3 pixels away from all glyphs")
        return {}
    print(f"\n{len(codes)} new letters in the code space of {font.name} (code: pixels away from the nearest glyph)")
    labels = [font.labels[i] for i in index]
    for code, label, pixels_away in zip(codes, labels, distance, strict=True):
        print(f"  {written_code(code)}: {pixels_away} from {label}")
    return {"new_letters": npae.plots.new_glyphs(pixels, font.pixels[index], labels, distance, font.shape)}


def written_code(code):
    """Return a code as text."""
    return "(" + ", ".join(f"{value:6.3f}" for value in code) + ")"
