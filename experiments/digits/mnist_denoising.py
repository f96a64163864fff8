"""Do autoencoders remove noise from digits, must they be trained for it, and are convolutional ones better?

    python experiments/digits/mnist_denoising.py                          # all 60,000 images, 5 epochs, 2 seeds
    python experiments/digits/mnist_denoising.py --images 20000           # the first 20,000: a third of the time
    python experiments/digits/mnist_denoising.py --data fashion-mnist

Salt and pepper (a pixel becomes 0 or 1 with probability p) and Gaussian noise (standard deviation std, not clipped).
Networks are trained with fresh noise of one level to rebuild the clean image, and are tested on unseen noise of all
levels, the same for every way to remove it. Controls are trained without noise. The yardsticks are the untouched input
and classical filters: a median or a Gaussian, of the size that is best for that noise on training images. Numbers are
mean squared errors per pixel.

Last result (2 seeds; 7 minutes of two cores), error times 1,000 at the level of training, salt and pepper / Gaussian:
untouched 121 / 160, best filter 20.5 / 27.5, 784-512-784 10.8 / 9.1, 784-256-64-256-784 15.5 / 12.4, convolutional
9.3 / 8.8; without noise in training, the last two 46.5 / 30.2 and 43.9 / 27.6. Convolutions are best up to p = 0.4 and
std 0.4 (except without any salt and pepper), and worse than the wide dense network from p = 0.55 and std 0.6 on.

It prints tables and writes mnist_denoising_curves.png, mnist_denoising_digits.png and results.json under --out.
"""

import sys
from functools import partial
from pathlib import Path

import numpy as np
from scipy import ndimage

sys.path.insert(0, str(Path(__file__).parents[2]))  # where the package `experiments` is
import npae
from experiments.shared.command_line import count, one_message, script_parser, writable_folder
from experiments.shared.figures import counted, plain
from experiments.shared.images import DATA_HELP
from experiments.shared.recipe import Recipe
from experiments.shared.results import save_results
from experiments.shared.training import fitted
from npae.datasets import load_images
from npae.metrics import mse
from npae.plots import INKS, caption, titled

NOISES = {  # name: (noise of a level, the level of training, the levels of testing)
    "salt and pepper": (npae.SaltAndPepper, 0.25, (0.0, 0.1, 0.25, 0.4, 0.55, 0.7)),
    "Gaussian": (npae.GaussianNoise, 0.4, (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)),
}
NETWORKS = {  # encoders; decoders are their mirrors
    "784-512-784": (npae.Flatten(), npae.Dense(512, "relu")),
    "784-256-64-256-784": (npae.Flatten(), npae.Dense(256, "relu"), npae.Dense(64, "relu")),
    "convolutional": tuple(npae.Conv2D(filters, 3, stride=2, activation="relu") for filters in (16, 32)),
}
CONTROLS = ("784-256-64-256-784", "convolutional")  # trained without noise as well
FILTERS = [
    *(partial(ndimage.median_filter, size=(1, n, n, 1)) for n in (3, 5)),
    *(partial(ndimage.gaussian_filter, sigma=(0, sigma, sigma, 0)) for sigma in (0.5, 0.75, 1.0, 1.5)),
]
FLOOR = 8e-4  # of the axis of errors
UNTOUCHED, FILTER, CLEAN = "untouched", "best filter", ", trained without noise"


def main(argv=None):
    """Run the experiment."""
    args = parser().parse_args(argv)
    if args.quick:
        args.images, args.test, args.epochs, args.seeds = 256, 50, 1, 1
    with one_message("mnist_denoising"):
        images = load_images(args.data)  # a missing set is reported before anything starts
        experiment(images, args, writable_folder(args.out))


def parser():
    p = script_parser(__doc__, "mnist_denoising")
    p.add_argument("--data", metavar="DIR", help=DATA_HELP)
    p.add_argument("--images", type=count, help="train on the first so many (default all)")
    p.add_argument("--test", type=count, default=2000, help="test on so many, from all over the set (default 2000)")
    p.add_argument("--epochs", type=count, default=5, help="passes over the training images (default 5)")
    p.add_argument("--seed", type=int, default=0, help="the first seed (default 0)")
    p.add_argument("--seeds", type=count, default=2, help="networks of each kind (default 2)")
    return p


def experiment(images, args, out):
    """Train and test with every seed, then report; the figure of digits shows the first seed's networks."""
    train, test = images.train_images[: args.images], spread(images.test_images, args.test)
    rows, trainings, shown = [], [], {}
    for seed in range(args.seed, args.seed + args.seeds):
        controls = {name + CLEAN: trained(name, None, train, seed, args.epochs) for name in CONTROLS}
        for name, (kind, level, levels) in NOISES.items():
            models = {way: trained(way, kind(level), train, seed, args.epochs) for way in NETWORKS} | controls
            trainings += [times(way, name, seed, model) for way, model in models.items()]
            rows += measured(name, levels, models, train, test, seed)
            shown.setdefault(name, models)
    summary = averaged(rows)
    print_tables(summary)
    curves(summary, images.name, args.seeds).savefig(out / "mnist_denoising_curves.png", dpi=150)
    digits(shown, train, first_of_each_class(images), args.seed, images.name).savefig(
        out / "mnist_denoising_digits.png", dpi=150
    )
    options = {name: getattr(args, name) for name in ("images", "test", "epochs", "seed", "seeds")}
    document = {"data": images.name, "options": options, "summary": summary, "trainings": trainings, "rows": rows}
    save_results(out, document)
    print(f"\nwritten to {out}")


def spread(images, n):
    """Return n images in equal steps through the set: the first half of MNIST's test images is easier."""
    return images[np.linspace(0, len(images) - 1, min(n, len(images))).astype(int)]


def trained(name, noise, train, seed, epochs):
    """Return the fitted network of this name."""
    recipe = Recipe(
        NETWORKS[name],
        loss="bce",
        noise=noise,
        optimizer=npae.Adam(0.002, adapt=npae.CosineDecay()),
        epochs=epochs,
        batch_size=min(128, len(train)),
        dtype="float32",
        threads=None,
    )
    return fitted(recipe.autoencoder(seed), train, f"{name}, {noise}, seed {seed}")


def times(way, noise, seed, model):
    return {"way": way, "noise": noise, "seed": seed, "seconds": model.history_["seconds"][-1]}


def measured(name, levels, models, train, test, seed):
    """Return a row for each level of a noise and each way to remove it; all ways get the same held-out noise."""
    rng, rows = np.random.default_rng([seed, 1]), []
    for level in levels:
        noise = NOISES[name][0](level)
        noisy = noise.apply(test, rng)
        ways = {UNTOUCHED: lambda x: x, FILTER: best_filter(noise, train, rng)}
        ways |= {way: model.reconstruct for way, model in models.items()}
        for way, denoise in ways.items():
            rows.append({"way": way, "noise": name, "level": level, "seed": seed, "mse": mse(test, denoise(noisy))})
    return rows


def best_filter(noise, train, rng):
    """Return the filter with the least error on training images."""
    clean = spread(train, 500)
    noisy = noise.apply(clean, rng)
    return min(FILTERS, key=lambda denoise: mse(clean, denoise(noisy)))


def averaged(rows):
    """Return the mean error over the seeds, and the least and the greatest."""
    groups = {}
    for row in rows:
        groups.setdefault((row["way"], row["noise"], row["level"]), []).append(row["mse"])
    return [
        {"way": way, "noise": noise, "level": level, "mse": np.mean(errors), "seeds": [min(errors), max(errors)]}
        for (way, noise, level), errors in groups.items()
    ]


def print_tables(summary):
    """Print the errors per level, and the largest difference between seeds."""
    ways = list(dict.fromkeys(row["way"] for row in summary))
    for noise, (_, own, levels) in NOISES.items():
        table = {(row["way"], row["level"]): row["mse"] for row in summary if row["noise"] == noise}
        print(f"\n{noise}, trained at {own}: mean squared error per pixel, times 1,000")
        print(f"{'level':<40}" + "".join(f"{level:>8g}" for level in levels))
        for way in ways:
            print(f"{way:<40}" + "".join(f"{1000 * table[way, level]:8.1f}" for level in levels))
    apart = max((row["seeds"][1] - row["seeds"][0]) / row["mse"] for row in summary if row["mse"] > 0)
    print(f"\nseeds are at most {100 * apart:.0f} % apart")


def curves(summary, data, seeds):
    """Draw the error against the level, with a panel for each noise; bands span the seeds."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.4, 4.4), layout="constrained")
    panels = figure.subplots(1, len(NOISES), sharey=True)
    for ax, (noise, (_, own, _)), what in zip(
        panels, NOISES.items(), ("probability p", "standard deviation"), strict=True
    ):
        for way, style in styles().items():
            draw_way(ax, [row for row in summary if (row["way"], row["noise"]) == (way, noise)], style)
        ax.axvline(own, color="0.75", linewidth=6, alpha=0.4, zorder=0)
        ax.annotate("level of\ntraining", (own, 0.9), (5, 0), textcoords="offset points", va="top", fontsize=7.5)
        ax.set(title=f"{noise[0].upper()}{noise[1:]}", xlabel=what, yscale="log", ylim=(FLOOR, 1.2))
        plain(ax)
    panels[0].set_ylabel("mean squared error per pixel (logarithmic)")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper left", ncols=3, fontsize=8, frameon=False)
    best = {
        noise: min((row for row in summary if (row["noise"], row["level"]) == (noise, own)), key=lambda row: row["mse"])
        for noise, (_, own, _) in NOISES.items()
    }
    title = "Least error at the level of training: " + ", ".join(
        f"{row['way']} ({noise})" for noise, row in best.items()
    )
    note = f"{data}; means of {counted(seeds)}, bands: least and greatest (mostly narrower than a line). Below "
    note += f"{FLOOR:g} the axis ends: without noise, untouched input and some filters have an error of 0."
    return titled(figure, title, note)


def styles():
    """Return the style of each way's line: a colour per network, dashed where it was trained without noise."""
    looks = {UNTOUCHED: {"color": "0.4", "linestyle": ":"}, FILTER: {"color": "black", "linestyle": "--"}}
    for way, colour, marker in zip(NETWORKS, INKS, "os^", strict=False):
        looks[way] = {"color": colour, "marker": marker, "markersize": 4}
        if way in CONTROLS:
            looks[way + CLEAN] = {**looks[way], "linestyle": "--", "markerfacecolor": "white"}
    return {way: {**look, "label": way} for way, look in looks.items()}


def draw_way(ax, rows, style):
    """Draw the line of one way and the span of its seeds; errors of 0 have no point on a logarithmic axis."""
    rows = [row for row in rows if row["mse"] > 0]
    x = [row["level"] for row in rows]
    ax.plot(x, [row["mse"] for row in rows], **style)
    ax.fill_between(x, *zip(*(row["seeds"] for row in rows), strict=True), color=style["color"], alpha=0.2, linewidth=0)


def first_of_each_class(images):
    return images.test_images[np.unique(images.test_labels, return_index=True)[1]]


def digits(shown, train, clean, seed, data):
    """Draw images: clean, noisy as in training, and after each way to remove the noise."""
    from matplotlib.figure import Figure

    rng, blocks = np.random.default_rng([seed, 2]), {}
    for name, (kind, level, _) in NOISES.items():
        noise = kind(level)
        noisy = noise.apply(clean, rng)
        rows = {"clean": clean, f"{name} {level}": noisy, FILTER: best_filter(noise, train, rng)(noisy)}
        blocks[name] = rows | {way: model.reconstruct(noisy) for way, model in shown[name].items()}
    tall = sum(1.05 * len(rows) + 0.35 for rows in blocks.values())
    ax = Figure(figsize=(7.2, 7.2 / 16.6 * tall)).add_axes((0, 0, 1, 1), xlim=(-4.2, 12.4), ylim=(tall - 0.2, -0.2))
    top, errors = 0.0, {}
    for rows in blocks.values():
        for title, pictures in rows.items():
            error = draw_row(ax, top, title, pictures[..., 0], clean)
            errors.setdefault(title, []).append(error)
            top += 1.05
        top += 0.35
    ax.set_axis_off()
    with_noise = [error for way in NETWORKS for error in errors[way]]
    without = [error for way in CONTROLS for error in errors[way + CLEAN]]
    title = f"Trained with the noise, networks leave an error of {min(with_noise):.3f} to {max(with_noise):.3f}; "
    title += f"without, {min(without):.3f} to {max(without):.3f}"
    note = f"The first test image of each class of {data}, seed {seed}. Networks without a remark were trained with "
    note += "that noise. "
    note += "mse: mean squared difference from the clean images, of the ten shown."
    return titled(ax.figure, title, note)


def draw_row(ax, top, title, pictures, clean):
    """Draw pictures one unit wide in a row, with a title on the left and their error on the right; return that."""
    caption(ax, -0.15, top + 0.5, title.replace(CLEAN, ",\nwithout noise"), ha="right")
    strip = np.pad(pictures, [(0, 0), (1, 1), (1, 1)], constant_values=0.5)
    extent = (0, len(pictures), top + 1, top)
    ax.imshow(np.hstack(strip), "Greys", vmin=0, vmax=1, extent=extent, interpolation="nearest")
    error = mse(clean[..., 0], pictures)
    caption(ax, len(pictures) + 0.15, top + 0.5, f"mse {error:.3f}" if error else "", ha="left")
    return error


if __name__ == "__main__":
    main()
