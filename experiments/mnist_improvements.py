"""What makes an MNIST autoencoder better, faster, steadier and smaller, and by how much?

    python experiments/mnist_improvements.py                          # everything, on all 60,000 images
    python experiments/mnist_improvements.py --families activations   # one family of settings
    python experiments/mnist_improvements.py --best                   # a convolutional recipe for a code of 32 numbers
    python experiments/mnist_improvements.py --tune                   # the eta of each optimiser, on held-out images

Families of settings, each compared with the first of its family: networks (base, deep, wide), activations and
optimisers (in the base network, and in one of ten hidden layers), schedules of eta and early stopping, L1 and L2 (on
all images, and on 1,000), code sizes beside PCA, penalties on the code; and the same for convolutions. All train in
float32 with one thread, 5 epochs (convolutions: 2) unless a family says otherwise. Seconds are processor time of
training; memory is what training takes at its peak besides the data; spread is the standard deviation over the seeds.

Last result (3 seeds; test error of a pixel): dense base 0.0083, wide 0.0065 in seven times the time;
relu through ten hidden layers 0.0161 with 25 % dead units, elu 0.0116; Adam 0.0161 there, RMSprop 0.0281; codes of 1, 2
and 32 numbers 0.0527, 0.0419 and 0.0081 (PCA 0.0607, 0.0557, 0.0168). --best: 0.0036 with a code of 32.

It prints tables and writes into --out: runs.jsonl (a line a run; the same command goes on where it was stopped),
results.json, summary.png (all settings), code_size.png, codes_1.png, codes_2.png (codes by digit).
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
from command_line import one_message
from font_latent2 import count, writable_folder
from mnist_recipes import BEST, FAMILIES, tuning
from mnist_run import Train, pca_errors

import npae
from npae.datasets import load_images

COLUMNS = {  # of the tables, besides those that all have: numbers of a run
    "networks": ("probe", "probe_1000", "parameters"),
    "activations": ("dead", "saturated"),
    "optimisers": ("probe",),
    "etas": ("epochs_run", "last_eta"),
    "penalties": ("train_mse", "weight_norm", "weight_zeros", "saturated", "probe"),
    "few": ("train_mse", "weight_norm", "weight_zeros", "epochs_run"),
    "code": ("probe", "probe_1000"),
    "sparse": ("code_zeros", "sparsity", "probe", "probe_1000"),
}
COMPARED = ("test_mse", "cpu_seconds", "memory_mb")


def main(argv=None):
    """Run the study; what cannot work ends with one message."""
    args = parser().parse_args(argv)
    with one_message("mnist_improvements"):
        images = load_images(args.data)  # what is missing is told before anything starts
        run(chosen(args), images, args, writable_folder(args.out))


def parser():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--data", metavar="DIR", help="folder of MNIST or a set like it (default: where load_images looks)")
    p.add_argument("--families", nargs="+", choices=FAMILIES, metavar="NAME", help=f"some of {', '.join(FAMILIES)}")
    p.add_argument("--best", action="store_true", help="train the best recipe instead")
    p.add_argument("--tune", action="store_true", help="choose the etas of the optimisers instead")
    p.add_argument("--seeds", type=count, help="runs of each setting (default 3; spread 10)")
    p.add_argument("--workers", type=count, default=2, help="processes, each with one thread (default 2)")
    p.add_argument("--out", type=Path, default=Path("out/mnist_improvements"), metavar="DIR")
    p.add_argument("--quick", action="store_true", help="a short run that shows that everything works")
    return p


def chosen(args):
    """Return {family: ({name: recipe}, number of seeds)} for what was asked."""
    if args.tune:
        return {name: (recipes, args.seeds or 1) for name, recipes in tuning().items()}
    if args.best:
        return {"best": (BEST, args.seeds or 1)}
    names = args.families or FAMILIES
    return {name: (FAMILIES[name], args.seeds or (1 if args.quick else usual_seeds(name))) for name in names}


def usual_seeds(family):
    return 10 if family == "spread" else 3


def run(families, images, args, out):
    """Carry out the runs, or what is left of them, and report."""
    began = time.perf_counter()
    train = Train(args.data, args.quick, writable_folder(out / "models"))
    rows = carried_out(train, families, args.workers, out / "runs.jsonl")
    summaries = {
        name: summary(recipes, {recipe: rows[recipe][:seeds] for recipe in recipes.values()})
        for name, (recipes, seeds) in families.items()
    }
    for name, entries in summaries.items():
        print(f"\n{name}, {families[name][1]} seed(s)\n{table(entries, columns_of(name))}")
    sizes = sorted({recipe.code for recipes, _ in families.values() for recipe in recipes.values()})
    pca = pca_errors(images, sizes)
    document = {"data": images.name, "images": len(images.train), "pca": pca, "families": summaries}
    npae.settings.archive.write_text(out / "results.json", json.dumps(document, indent=1))
    draw(summaries, families, images, pca, train, out)
    print(f"\nPCA: {', '.join(f'{L} numbers {error:.4f}' for L, error in pca.items())}")
    print(f"written to {out} after {time.perf_counter() - began:.0f} s")


def carried_out(train, families, workers, path):
    """Return {recipe: rows}. One seed of all settings comes after another, so that their seconds can be compared."""
    rows = {}
    for seed in range(max(seeds for _, seeds in families.values())):
        recipes = {recipe: None for group, seeds in families.values() if seed < seeds for recipe in group.values()}
        settings = [{"recipe": recipe} for recipe in recipes]
        results = npae.study.run_all(train, settings, seeds=[seed], path=path, workers=workers)
        for recipe, row in zip(recipes, results.rows, strict=True):
            rows.setdefault(recipe, []).append(row)
    return rows


def summary(recipes, rows):
    """Return a dict for each setting of a family: means of its numbers, and its share of the first setting's.

    The share of `seconds` is the median over pairs of runs with the same seed; `mse_spread` is the standard deviation
    over the seeds, None for one.
    """
    entries, first = [], next(iter(recipes.values()))
    for name, recipe in recipes.items():
        good = [row for row in rows[recipe] if row["status"] == "finished"]
        entry = {"name": name, "runs": len(rows[recipe]), "failed": len(rows[recipe]) - len(good)}
        entry |= {number: mean_of(good, number) for number in good[0] if is_number(good[0][number])} if good else {}
        errors = [row["test_mse"] for row in good if row["test_mse"] is not None]
        entry |= {"errors": errors, "mse_spread": float(np.std(errors, ddof=1)) if len(errors) > 1 else None}
        entries.append(entry | {"share": shares(entry, entries[0] if entries else entry, rows[recipe], rows[first])})
    return entries


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def mean_of(rows, number):
    values = [row[number] for row in rows if row[number] is not None]
    return float(np.mean(values)) if values else None


def shares(entry, first, rows, first_rows):
    """Return a setting's error, processor time, memory and spread as shares of those of the first of its family."""
    pairs = [[row.get("cpu_seconds") for row in pair] for pair in zip(rows, first_rows, strict=True)]
    ratios = [ours / theirs for ours, theirs in pairs if ours and theirs]
    share = {number: share_of(entry, first, number) for number in ("test_mse", "mse_spread", "memory_mb")}
    return {**share, "cpu_seconds": float(np.median(ratios)) if ratios else None}


def share_of(entry, first, number):
    ours, theirs = entry.get(number), first.get(number)
    return ours / theirs if ours is not None and theirs else None


def columns_of(family):
    """Return the numbers that a family's table shows besides the usual ones."""
    return COLUMNS.get(family.removeprefix("conv-").split("-")[0], ("probe",))


def table(entries, numbers):
    """Return the summary of a family as text; shares of the first setting in per cent."""
    shared = {"error": "test_mse", "seconds": "cpu_seconds", "memory": "memory_mb", "spread": "mse_spread"}
    lines = [["", "test MSE", "+-", *(f"{name} %" for name in shared), "s", "MB", *numbers]]
    for entry in entries:
        cells = [entry["name"] + (f" ({entry['failed']} failed)" if entry["failed"] else "")]
        cells += [written(entry.get(name), ".5f") for name in ("test_mse", "mse_spread")]
        cells += [written(entry["share"][name], ".0%") for name in shared.values()]
        cells += [written(entry.get(name), ".1f") for name in ("cpu_seconds", "memory_mb")]
        lines.append(cells + [written(entry.get(name), ".4g") for name in numbers])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)


def written(value, form):
    return "-" if value is None else f"{value:{form}}".rstrip("%")


def draw(summaries, families, images, pca, train, out):
    """Write the figures that the chosen families have numbers for."""
    from mnist_pictures import code_size_figure, codes_figure, summary_figure  # here: workers draw nothing

    if all(entry["share"]["test_mse"] is not None for entries in summaries.values() for entry in entries[:1]):
        summary_figure(summaries).savefig(out / "summary.png", dpi=150)
    sized = {name: entries for name, entries in summaries.items() if name.endswith("code-size")}
    if sized:
        code_size_figure(sized, pca).savefig(out / "code_size.png", dpi=150)
    recipes = families.get("code-size", ({}, 0))[0]
    for L in (1, 2):
        path = train.path(recipes[f"code {L}"]) if f"code {L}" in recipes else None
        if path is not None and path.exists():
            codes_figure(npae.load(path), images).savefig(out / f"codes_{L}.png", dpi=150)


if __name__ == "__main__":
    main()
