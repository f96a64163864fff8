"""Are letters recovered when some of their pixels are flipped?

    python experiments/letters/font_denoising.py                # lower case: a wide network, the published sizes
    python experiments/letters/font_denoising.py --font all     # each font
    python experiments/letters/font_denoising.py --published    # as published: tanh everywhere, MSE, 200 iterations

Networks see fresh noise in every pass, except those called "once" of --published. All are tested on noise they have
never seen: 1,000 noisy versions of each letter per level and seed, the same for every network and for the yardsticks.
The yardsticks are the untouched input; the nearest known letter, which no method beats on average where pixels are
flipped with probability p < 1/2 (of several equally near letters it takes the first of the font: any rule is right
equally often); and the published results, for another drawing of the lower-case letters.

Last result (2 cores, 3 seeds), lower-case letters recovered exactly at p = 0.10 / 0.15 / 0.20, per cent: nearest letter
95.6 / 89.4 / 79.1; 35-128-64-128-35 95.6 / 89.2 / 78.3 after 25 s of training; the published sizes 93.1 / 82.4 / 65.3.
As published (10 seeds, 3 flips drawn once): 91 on the noise it was trained with, 2 on fresh noise.

It prints tables and writes denoising_curve.png, denoising.png (letters before and after) and results.json under --out.
"""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))  # where the package `experiments` is
import npae
from experiments.letters.denoising_networks import COPIES, NETWORKS, PUBLISHED, TITLES, Once, with_seed
from experiments.shared.command_line import count, one_message, script_parser, writable_folder
from experiments.shared.figures import counted, plain
from experiments.shared.results import save_results
from experiments.shared.training import fitted
from npae.datasets import FONTS, load_font
from npae.metrics import nearest, pixel_errors, wilson_interval
from npae.plots import INKS, titled

LEVELS = {f"{k} flipped": npae.FlipPixels(k) for k in range(1, 7)}
LEVELS |= {f"p = {p:.2f}": npae.FlipPixels(p=p) for p in (0.05, 0.1, 0.15, 0.2, 0.25, 0.3)}
PUBLISHED_RATES = {"p = 0.10": 0.866, "p = 0.15": 0.744, "p = 0.20": 0.576}
SEEN = "seen"  # the level of the noise that a network was trained with
YARDSTICKS = ("untouched", "nearest")


def main(argv=None):
    """Run the experiment."""
    args = completed(parser().parse_args(argv))
    with one_message("font_denoising"):
        fonts = [load_font(name) for name in (FONTS if args.font == "all" else [args.font])]
        experiment(fonts, args, writable_folder(args.out))


def parser():
    p = script_parser(__doc__, "font_denoising")
    p.add_argument("--font", default="lowercase", help=f"{', '.join(FONTS)}, all, or a font file (default lowercase)")
    p.add_argument("--published", action="store_true", help="the study's recipe instead of the good ones")
    p.add_argument("--networks", nargs="+", metavar="NAME", help="only these: " + "; ".join([*NETWORKS, *PUBLISHED]))
    p.add_argument("--epochs", type=count, help="passes over the data (default 8000; with --published, 200)")
    p.add_argument("--inner", type=count, default=50, help="iterations per refinement, with --published (default 50)")
    p.add_argument("--passes", type=count, default=3, help="also report so many passes in a row (default 3)")
    p.add_argument("--versions", type=count, help="noisy versions of each letter to test on, per seed (default 1000)")
    p.add_argument("--seed", type=int, default=0, help="the first seed (default 0)")
    p.add_argument("--seeds", type=count, help="networks of each kind (default 3; with --published, 10)")
    return p


def completed(args):
    """Fill in what was not given, and choose the recipes."""
    known = PUBLISHED if args.published else NETWORKS
    for name in args.networks or ():
        if name not in known:
            sys.exit(f"--networks must be among {'; '.join(known)}, got {name!r}.")
    args.seeds = args.seeds or (1 if args.quick else 10 if args.published else 3)
    args.versions = args.versions or (20 if args.quick else 1000)
    args.epochs = args.epochs or (10 if args.quick else None)
    options = {"epochs": args.epochs} if args.epochs else {}
    options |= {"inner": args.inner} if args.published else {}
    args.recipes = {name: known[name](**options) for name in args.networks or known}
    return args


def experiment(fonts, args, out):
    """Train and test every network on every font, then report font by font."""
    results = []
    for font in fonts:
        folder = out if len(fonts) == 1 else writable_folder(out / font.name)
        rows, trainings, model = runs(font, args)
        summary = pooled(rows)
        print_tables(font, summary)
        curve(font, summary, list(args.recipes)).savefig(folder / "denoising_curve.png", dpi=150)
        sheet(font, model, args).savefig(folder / "denoising.png", dpi=150)
        results.append({"font": font.name, "summary": summary, "trainings": trainings, "rows": rows})
    recipes = {name: repr(recipe) for name, recipe in args.recipes.items()}
    save_results(out, {"seeds": args.seeds, "versions": args.versions, "recipes": recipes, "fonts": results})
    print(f"\nwritten to {out}")


def runs(font, args):
    """Train and test every network with every seed; return the rows, the times, and the first model of all."""
    rows, trainings, first = [], [], None
    X = np.tile(font.pixels, (1 if args.published else COPIES, 1))
    for seed in range(args.seed, args.seed + args.seeds):
        models = {
            name: fitted(with_seed(recipe, seed).autoencoder(seed), X, f"{font.name}, {name}, seed {seed}")
            for name, recipe in args.recipes.items()
        }
        first = first or next(iter(models.values()))
        rows += measured(font, models, seed, args)
        for name, model in models.items():
            trainings.append({"way": name, "seed": seed, "seconds": model.history_["seconds"][-1]})
            rows += seen(name, args.recipes[name], font, model, seed)
    return rows, trainings, first


def measured(font, models, seed, args):
    """Return a row for each level of noise and each way to decode, all for the same held-out noise."""
    X, rng = np.tile(font.pixels, (args.versions, 1)), np.random.default_rng([seed, 1])
    ways = {"untouched": lambda x: x, "nearest": lambda x: font.pixels[nearest(x, font.pixels)[0]]}
    ways |= {name: model.reconstruct for name, model in models.items()}
    ways |= {f"{name} x{args.passes}": repeated(model, args.passes) for name, model in models.items()}
    rows = []
    for level, noise in LEVELS.items():
        noisy = noise.apply(X, rng)
        rows += [row(way, seed, level, pixel_errors(X, decode(noisy))) for way, decode in ways.items()]
    return rows


def repeated(model, passes):
    """Return the function that sends its input through the model so many times in a row."""

    def decode(x):
        for _ in range(passes):
            x = model.reconstruct(x)
        return x

    return decode


def seen(name, recipe, font, model, seed):
    """Return, in a list, the row of a network on the noise it was trained with; [] unless that was drawn once."""
    if not isinstance(recipe.noise, Once):
        return []
    rebuilt = model.reconstruct(model.noise.apply(font.pixels, None))
    return [row(name, seed, SEEN, pixel_errors(font.pixels, rebuilt))]


def row(way, seed, level, errors):
    """Return the row of letters with so many wrong pixels each."""
    n, exact, within_one = len(errors), int((errors == 0).sum()), int((errors <= 1).sum())
    return {
        "way": way,
        "seed": seed,
        "level": level,
        "n": n,
        "exact": exact,
        "within_one": within_one,
        "wrong_pixels": int(errors.sum()),
    }


def pooled(rows):
    """Pool the seeds: rates with their 95 % Wilson intervals, and the least and greatest rate of a seed."""
    groups = {}
    for each in rows:
        groups.setdefault((each["way"], each["level"]), []).append(each)
    return [{"way": way, "level": level, **rates(group)} for (way, level), group in groups.items()]


def rates(group):
    """Return the rates of pooled rows."""
    n = sum(each["n"] for each in group)
    numbers = {"n": n, "seeds": len(group), "wrong_pixels_a_letter": sum(each["wrong_pixels"] for each in group) / n}
    for name in ("exact", "within_one"):
        successes, seeds = sum(each[name] for each in group), [each[name] / each["n"] for each in group]
        low, high = wilson_interval(successes, n)
        numbers |= {name: successes / n, f"{name}_interval": [low, high], f"{name}_seeds": [min(seeds), max(seeds)]}
    return numbers


def print_tables(font, summary):
    """Print the share of recovered letters per level, then its uncertainty."""
    table = {(each["way"], each["level"]): each for each in summary}
    ways = list(dict.fromkeys(each["way"] for each in summary))
    n = table["nearest", "p = 0.10"]["n"]
    for name, text in (("exact", "recovered exactly"), ("within_one", "recovered except for one pixel at most")):
        print(f"\n{font.name}: letters {text}, per cent of {n:,} noisy letters per level")
        print("noise      " + "  ".join(f"{way:>9}" for way in ways))
        for level in LEVELS:
            print(f"{level:<10} " + "  ".join(f"{100 * table[w, level][name]:{max(9, len(w))}.1f}" for w in ways))
    print_seeds(font, table, [way for way in ways if way not in YARDSTICKS])
    print_seen(table, ways)


def print_seeds(font, table, ways):
    """Print the published levels: intervals, the range of the seeds, and how far below the nearest letter."""
    print("\nexactly recovered: rate (95 % interval; seeds), points below the nearest letter")
    for level, published in PUBLISHED_RATES.items():
        print(f"{level}" + (f", published best {100 * published:.1f} %" if font.name == "lowercase" else ""))
        for way in ways:
            each = table[way, level]
            low, high, least, most = (100 * rate for rate in each["exact_interval"] + each["exact_seeds"])
            gap = 100 * (table["nearest", level]["exact"] - each["exact"])
            sure = f"({low:.1f} to {high:.1f}; {least:.1f} to {most:.1f})"
            print(f"  {way:<17} {100 * each['exact']:5.1f} % {sure:<30} {gap:5.1f}")


def print_seen(table, ways):
    """Print how good networks look on the noise they were trained with, and how good they are on fresh noise."""
    for way in [way for way in ways if (way, SEEN) in table]:
        own, fresh = table[way, SEEN], table[way, f"{way[0]} flipped"]
        rates = [100 * each["exact"] for each in (own, fresh)]
        wrong = [each["wrong_pixels_a_letter"] for each in (own, fresh)]
        print(
            f"{way} on the noise it was trained with: {rates[0]:.1f} % exact, {wrong[0]:.3f} wrong pixels per letter;"
        )
        print(f"  on fresh noise: {rates[1]:.1f} % exact, {wrong[1]:.3f} wrong pixels per letter")


def curve(font, summary, names):
    """Draw the share of recovered letters against the noise: exact above, with at most one wrong pixel below."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.0, 5.8), layout="constrained")
    axes = figure.subplots(2, 2, sharex="col")
    for line, panels in zip(axes, ("exact", "within_one"), strict=True):
        for ax, field in zip(line, ("k", "p"), strict=True):
            draw_ways(ax, summary, names, panels, field)
    if font.name == "lowercase":
        x, y = zip(*((LEVELS[level].p, 100 * rate) for level, rate in PUBLISHED_RATES.items()), strict=True)
        axes[0, 1].plot(x, y, "*", color=INKS[5], markersize=9, label="best published, other drawing of the letters")
    axes[0, 0].set(ylabel="recovered exactly (%)")
    axes[1, 0].set(ylabel="at most 1 wrong pixel (%)", xlabel="pixels flipped of 35, exactly")
    axes[1, 1].set(xlabel="probability that a pixel is flipped")
    figure.legend(*axes[0, 1].get_legend_handles_labels(), loc="outside upper left", ncols=2, fontsize=8, frameon=False)
    table = {(each["way"], each["level"]): each for each in summary}
    best, bound = (100 * table[way, "p = 0.20"]["exact"] for way in (names[0], "nearest"))
    title = f"Of letters with a fifth of their pixels flipped, {best:.0f} % are recovered; at best {bound:.0f} % can be"
    if names[0] not in NETWORKS:
        title = f"As published, {best:.0f} % of letters with a fifth of their pixels flipped are recovered"
    return titled(figure, title, describe(font, summary, names))


def describe(font, summary, names):
    """Return what the curves were drawn from, as text."""
    n, seeds = summary[0]["n"], {(each["way"], each["level"]): each for each in summary}[names[0], "p = 0.20"]["seeds"]
    return (
        f"{font.name}: {n:,} noisy letters per level, noise that no network has seen; "
        f"{counted(seeds, 'network')} of each kind, bars: least and greatest share of a seed (mostly smaller than the "
        "marks). Left, the range is that of the networks: untouched input (0 % exact) lies below it. No method beats "
        "the nearest known letter on average."
    )


def draw_ways(ax, summary, names, what, field):
    """Draw a line for each yardstick and network over the levels that set `field`, "k" or "p"."""
    styles = {"nearest": {"color": "black", "linestyle": "--", "zorder": 3, "label": "nearest known letter"}}
    styles["untouched"] = {"color": "0.4", "linestyle": ":", "label": "untouched input"}
    for name, colour, marker in zip(names, INKS, "os^Dv", strict=False):
        styles[name] = {"color": colour, "marker": marker, "markersize": 5, "label": TITLES[name]}
    least = 100.0
    for way, style in styles.items():
        rows = [each for each in summary if each["way"] == way and each["level"] in LEVELS]
        rows = [each for each in rows if getattr(LEVELS[each["level"]], field) is not None]
        x, y = [getattr(LEVELS[each["level"]], field) for each in rows], 100 * np.array([each[what] for each in rows])
        ends = 100 * np.array([each[f"{what}_seeds"] for each in rows]).T
        bars = np.maximum([y - ends[0], ends[1] - y], 0) if way in names else None
        ax.errorbar(x, y, bars, capsize=2, elinewidth=1, **style)
        least = min(least, y.min()) if way in names else least
    low = -3 if field == "p" else least - 0.08 * (103 - least)
    ax.set_ylim(low, 100 + 0.03 * (100 - low))
    plain(ax)


def sheet(font, model, args):
    """Draw letters with 3 flipped pixels, from held-out noise, and what the model makes of them."""
    rng = np.random.default_rng([args.seed, 2])
    figure = npae.plots.denoising(model, font, npae.FlipPixels(3), n=4 if args.quick else None, random_state=rng)
    exact = figure.get_suptitle().partition(" (")[0]
    sizes = "-".join(map(str, [font.pixels.shape[1], *model.encoder, *model.decoder]))
    note = f"{font.name}: input with 3 of 35 pixels flipped, noise that the network has not seen. {sizes}, seed "
    note += f"{args.seed}"
    return titled(figure, f"Three flipped pixels removed: {exact} (orange cross: a wrong pixel)", note)


if __name__ == "__main__":
    main()
