"""What makes an MNIST autoencoder better, faster, more stable and smaller, and by how much?

    python experiments/digits/mnist_improvements.py                         # everything, on all 60,000 images
    python experiments/digits/mnist_improvements.py --families activations  # one family of settings
    python experiments/digits/mnist_improvements.py --best                  # a convolutional recipe, code of 32 numbers
    python experiments/digits/mnist_improvements.py --tune                  # the eta of each optimiser

Families of settings, each compared with the first of its family: networks (base, deep, wide), activations and
optimisers (in the base network, and in one of ten hidden layers), schedules of eta and early stopping, L1 and L2 (on
all images, and on 1,000), code sizes with PCA for comparison, penalties on the code; and the same for convolutions. All
train in float32 on one thread, for 5 epochs (convolutions: 2) unless a family says otherwise. Seconds are processor
time of training; memory is the peak of what training allocates beyond the data; the spread is the standard deviation
over the seeds. --tune chooses by images held out of the training ones.

Last result (3 seeds; test error of a pixel): dense base 0.0083, wide 0.0065 in seven times the time;
relu through ten hidden layers 0.0161 with 25 % dead units, elu 0.0116; Adam 0.0161 there, RMSprop 0.0281; codes of 1, 2
and 32 numbers 0.0527, 0.0419 and 0.0081 (PCA 0.0607, 0.0557, 0.0168). --best: 0.0036 with a code of 32.

It prints tables and writes into --out: runs.jsonl (a line per run; the same command resumes where it was stopped),
results.json, summary_penalties.png and its like (the settings by subject), code_size.png, codes_1.png and codes_2.png
(codes by digit, of the networks in models/).
"""

import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))  # where the package `experiments` is
import npae
from experiments.digits.mnist_improvements_measures import measured, pca_errors, prepared
from experiments.digits.mnist_improvements_recipes import BEST, FAMILIES, tuning
from experiments.shared.command_line import one_message, study_parser, writable_folder
from experiments.shared.figures import counted
from experiments.shared.images import DATA_HELP
from experiments.shared.results import save_results, table, written
from experiments.shared.training import Train, run_study
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


def main(argv=None):
    """Run the study."""
    args = parser().parse_args(argv)
    with one_message("mnist_improvements"):
        data = load_images(args.data)  # a missing set is reported before anything starts
        run(chosen(args), data, args, writable_folder(args.out))


def parser():
    p = study_parser(__doc__, "mnist_improvements", seeds="3; spread 10; with --best or --tune 1", workers=2)
    p.add_argument("--data", metavar="DIR", help=DATA_HELP)
    p.add_argument("--families", nargs="+", choices=FAMILIES, metavar="NAME", help=f"some of {', '.join(FAMILIES)}")
    p.add_argument("--best", action="store_true", help="train the best recipe instead")
    p.add_argument("--tune", action="store_true", help="choose the etas of the optimisers instead")
    return p


def chosen(args):
    """Return the families that the arguments ask for, by name, with as many seeds."""
    families = {name: FAMILIES[name] for name in args.families or FAMILIES}
    families = tuning() if args.tune else {"best": BEST} if args.best else families
    seeds = args.seeds or (1 if args.quick else None)
    return {name: replace(family, seeds=seeds or family.seeds) for name, family in families.items()}


def run(families, data, args, out):
    """Carry out the runs, or what is left of them, and report."""
    began = time.perf_counter()
    train = Train(partial(prepared, args.data, args.tune, args.quick), measured)
    rows = carried_out(train, families, args, out)
    summaries = {
        name: summary({each: rows[recipe, family.images][: family.seeds] for each, recipe in family.recipes.items()})
        for name, family in families.items()
    }
    for name, entries in summaries.items():
        print(f"\n{name}, {counted(families[name].seeds)}\n{report(entries, columns_of(name))}")
    sizes = sorted({recipe.code_size for family in families.values() for recipe in family.recipes.values()})
    pca = pca_errors(data, sizes)
    save_results(out, {"data": data.name, "images": len(data.train), "pca": pca, "families": summaries})
    draw(summaries, families, data, pca, train, out)
    print(f"\nPCA: {', '.join(f'{L} numbers {error:.4f}' for L, error in pca.items())}")
    print(f"written to {out} after {time.perf_counter() - began:.0f} s")


def carried_out(train, families, args, out):
    """Return {(recipe, images): rows}. All settings run with one seed, then with the next: their seconds compare."""
    rows = {}
    for seed in range(max(family.seeds for family in families.values())):
        asked = [family for family in families.values() if seed < family.seeds]
        keys = list(dict.fromkeys((recipe, family.images) for family in asked for recipe in family.recipes.values()))
        settings = [{"recipe": recipe, "images": images} for recipe, images in keys]
        for key, row in zip(keys, run_study(train, settings, args, out, [seed]).rows, strict=True):
            rows.setdefault(key, []).append(row)
    return rows


def summary(rows):
    """Return a dict for each setting of a family: means of its numbers, and its share of the first setting's.

    `rows` are by name. The share of `cpu_seconds` is the median over pairs of runs with the same seed; `mse_spread` is
    the standard deviation over the seeds, None for a single one.
    """
    entries, first = [], next(iter(rows.values()))
    for name, own in rows.items():
        good = [row for row in own if row["status"] == "finished"]
        entry = {"name": name, "runs": len(own), "failed": len(own) - len(good)}
        entry |= {number: mean_of(good, number) for number in good[0] if is_number(good[0][number])} if good else {}
        errors = [row["test_mse"] for row in good if row["test_mse"] is not None]
        entry |= {"errors": errors, "mse_spread": float(np.std(errors, ddof=1)) if len(errors) > 1 else None}
        entries.append(entry | {"share": shares(entry, entries[0] if entries else entry, own, first)})
    return entries


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def mean_of(rows, number):
    values = [row[number] for row in rows if row[number] is not None]
    return float(np.mean(values)) if values else None


def shares(entry, first, rows, first_rows):
    """Return a setting's error, processor time, memory and spread as shares of those of the first setting."""
    pairs = [[row.get("cpu_seconds") for row in pair] for pair in zip(rows, first_rows, strict=True)]
    ratios = [ours / theirs for ours, theirs in pairs if ours and theirs]
    share = {number: share_of(entry, first, number) for number in ("test_mse", "mse_spread", "memory_mb")}
    return {**share, "cpu_seconds": float(np.median(ratios)) if ratios else None}


def share_of(entry, first, number):
    ours, theirs = entry.get(number), first.get(number)
    return ours / theirs if ours is not None and theirs else None


def columns_of(family):
    """Return the numbers that only this family's table shows."""
    return COLUMNS.get(family.removeprefix("conv-").split("-")[0], ("probe",))


def report(entries, numbers):
    """Return the table of a family as text; shares of the first setting are in per cent."""
    shared = {"error": "test_mse", "seconds": "cpu_seconds", "memory": "memory_mb", "spread": "mse_spread"}
    lines = [["", "test MSE", "+-", *(f"{name} %" for name in shared), "s", "MB", *numbers]]
    for entry in entries:
        cells = [entry["name"] + (f" ({entry['failed']} failed)" if entry["failed"] else "")]
        cells += [written(entry.get(name), ".5f") for name in ("test_mse", "mse_spread")]
        cells += [written(entry["share"][name], ".0%").rstrip("%") for name in shared.values()]
        cells += [written(entry.get(name), ".1f") for name in ("cpu_seconds", "memory_mb")]
        lines.append(cells + [written(entry.get(name), ".4g") for name in numbers])
    return table(lines)


def draw(summaries, families, data, pca, train, out):
    """Write the figures that the chosen families have numbers for."""
    from experiments.digits import mnist_improvements_figures as figures  # here: worker processes draw nothing

    if all(entry["share"]["test_mse"] is not None for entries in summaries.values() for entry in entries[:1]):
        for name, figure in figures.summary_figures(summaries).items():
            figure.savefig(out / f"summary_{name}.png", dpi=150)
    sized = {name: entries for name, entries in summaries.items() if name.endswith("code-size")}
    if sized:
        figures.code_size_figure(sized, pca).savefig(out / "code_size.png", dpi=150)
    keeper = replace(train, folder=writable_folder(out / "models"))
    for entry in sized.get("code-size", ()):
        if entry["name"] in ("code 1", "code 2") and not entry["failed"]:
            family = families["code-size"]
            model = first_model(keeper, recipe=family.recipes[entry["name"]], images=family.images)
            figures.codes_figure(model, data).savefig(out / f"{entry['name'].replace('code ', 'codes_')}.png", dpi=150)


def first_model(train, **setting):
    """Return the first seed's model of a setting, from its file if there is one."""
    path = train.path(**setting)
    if not path.exists():
        train.fitted(seed=0, **setting).save(path)
    return npae.load(path)


if __name__ == "__main__":
    main()
