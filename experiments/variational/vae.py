"""Is the code space of a variational autoencoder a better one to walk in, and what does that cost?

    python experiments/variational/vae.py                           # letters: beta from 0 (almost plain) to 4
    python experiments/variational/vae.py --mnist data/mnist        # also MNIST: 784-400-20-400-784 and a code of 2

Letters: 35-29-23-2-23-29-35, tanh, cross-entropy, full batches, Adam; --seeds networks for each beta, and as many plain
autoencoders with the same layers. `distortion` and `rate` are the two parts of the bound, in nats per letter:
-E_q log p(x | z) and KL; `exact`, letters without a wrong pixel, from their mean codes; `crisp`, the share of random
codes that decode to a glyph whose pixels are all clearly on or off (crispness of at least 0.5); `apart`, in how many
pixels the picture of a random code differs from the nearest letter; `way`, the share of crisp pictures half way
between the mean codes of two letters. Random codes come from the prior and, for the plain network, from the Gaussian
with the mean and covariance of its codes.

MNIST: Adam 0.001, batches of 128, 10 epochs; `bound` is the negative evidence lower bound of the test images, `log p`
the importance-weighted estimate for the first 1,000 of them. Pictures of 10,000 random codes are judged by a
classifier that was trained on the same images: `distance` is Frechet's (Heusel et al. 2017, eq. 6) between its 100
hidden features of them and of the test images; `clear` is the share in which it sees one digit with a probability of at
least 0.95. The next two columns are the same for the plain autoencoder with those layers.

It writes results.json, models and figures under --out.

Last result (capitals, 5 networks each, medians): plain 32 letters exact, crisp 42 %, apart 1.7 pixels, way 38 %; beta
0.3 32 exact, crisp 56 %, apart 1.0, way 55 %, rate 5.9 and distortion 0.12 nats; beta 1 30 exact, crisp 52 %; beta 4
2 exact, none crisp. MNIST, seed 0: code 20 bound 105.2, rate 23.4, 20 active, -log p 100.4 (500 draws); code 2 156.2.
"""

import sys
import time
import warnings
from itertools import cycle
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))  # where the package `experiments` is
import npae
from experiments.shared.command_line import count, one_message, script_parser, writable_folder
from experiments.shared.figures import counted, plain_numbers
from experiments.shared.letters import CRISP
from experiments.shared.results import save_results
from npae.datasets import FONTS, load_font
from npae.metrics import crispness, nearest, pixel_errors

BETAS = [0.0, 0.01, 0.03, 0.1, 0.3, 1.0, 4.0]
COLUMNS = ["distortion", "rate", "exact", "crisp", "apart", "way"]
DIGIT_COLUMNS = ["bound", "rate", "active", "-log p", "seconds", "distance", "clear", "plain:", ""]
SAMPLES, SURE = 10_000, 0.95  # random codes of digits, and the probability from which on a picture is clear


def main(argv=None):
    """Run the experiment."""
    args = parser().parse_args(argv)
    with one_message("vae"):
        experiment(args, writable_folder(args.out))


def parser():
    p = script_parser(__doc__, "vae")
    p.add_argument("--font", default="capitals", choices=list(FONTS))
    p.add_argument("--seeds", type=count, default=5, help="networks for each beta (default 5)")
    p.add_argument("--epochs", type=count, default=3000, help="of the letters (default 3000)")
    p.add_argument("--betas", type=float, nargs="+", default=BETAS, metavar="BETA", help="(default 0 to 4)")
    p.add_argument("--codes", type=count, default=2000, help="random codes to decode (default 2000)")
    p.add_argument("--mnist", type=Path, metavar="DIR", help="folder with the IDX files (default: letters only)")
    p.add_argument("--images", type=count, help="use only the first so many images")
    p.add_argument("--mnist-epochs", type=count, default=10, help="(default 10)")
    p.add_argument(
        "--sizes", type=count, nargs="+", default=[20, 2], metavar="L", help="of the code (default 20 and 2)"
    )
    p.add_argument("--draws", type=count, default=500, help="for log p, of each image (default 500)")
    p.add_argument("--threads", type=count, help="for MNIST (default: as many as are worth it)")
    return p


def experiment(args, out):
    """Do the letters, then the digits if there are any; print a table of each, and write one file with all numbers."""
    began = time.perf_counter()
    if args.quick:
        args.seeds, args.epochs, args.codes, args.mnist_epochs, args.draws = 1, 20, 50, 1, 3
        args.betas, args.sizes = args.betas[:1], [2]
    images = None if args.mnist is None else npae.datasets.load_images(str(args.mnist))  # a folder, or a name
    document = {"letters": on_letters(args, out)}
    if images is not None:
        document["mnist"] = on_mnist(images, args, out)
    save_results(out, document)
    print(f"\nwritten to {out} after {time.perf_counter() - began:.0f} s")


def on_letters(args, out):
    """Train plain and variational networks for each beta and seed; print a table, draw, return the numbers."""
    letters, table, shown = load_font(args.font), {}, {}
    for category in (npae.PosteriorCollapse, npae.TrainingWarning):
        warnings.simplefilter("ignore", category)  # the table says where it happens
    print(f"{args.font}, medians of {args.seeds} networks\n{'':8}" + "".join(f"{name:>12}" for name in COLUMNS))
    for beta in [None, *args.betas]:
        models = [letter_network(beta, seed, args.epochs).fit(letters.pixels) for seed in range(args.seeds)]
        runs = [measured(model, letters, args.codes) for model in models]
        name = "plain" if beta is None else f"beta {beta:g}"
        table[name] = {"median": {c: float(np.median([run[c] for run in runs])) for c in COLUMNS}, "runs": runs}
        print(f"{name:8}" + "".join(f"{table[name]['median'][column]:12.3g}" for column in COLUMNS), flush=True)
        shown[name] = models[0]
    draw_letters(shown, table, letters, out)
    return table


def letter_network(beta, seed, epochs):
    """Return the autoencoder of the letters: a variational one, or a plain one if beta is None."""
    code = 2 if beta is None else npae.GaussianCode(2, beta)
    return npae.Autoencoder(
        [29, 23, code],
        activation="tanh",
        loss="bce",
        optimizer=npae.Adam(0.01),
        epochs=epochs,
        threads=1,
        random_state=seed,
    )


def measured(model, letters, codes):
    """Return the two parts of the bound and the measures of the code space, as numbers."""
    drawn, exact = model.sample(codes, random_state=1), pixel_errors(letters.pixels, model.reconstruct(letters.pixels))
    rng, means = np.random.default_rng(2), model.encode(letters.pixels)
    start, end = means[rng.integers(len(means), size=(2, codes))]
    return {
        **parts_of_bound(model, letters.pixels),
        "exact": int((exact == 0).sum()),
        "crisp": float((crispness(drawn) >= CRISP).mean()),
        "apart": float(nearest(drawn, letters.pixels)[1].mean()),
        "way": float((crispness(model.decode((start + end) / 2)) >= CRISP).mean()),
    }


def parts_of_bound(model, X):
    """Return distortion and rate in nats per sample; a plain network's code is a point, of infinite rate."""
    if not model.network_.variational:
        return {"distortion": model.network_.value(model.theta_, X) * X.shape[1], "rate": float("inf")}
    mean, std = model.posterior(X)
    rate = float((mean**2 + std**2 - 1 - 2 * np.log(std)).sum(axis=1).mean() / 2)
    return {"distortion": -float(model.elbo(X, 100, random_state=0).mean()) - rate, "rate": rate}


def draw_letters(models, table, letters, out):
    """Draw the code planes of the plain network and of the best variational one, and distortion over rate."""
    curve = {name: row["median"] for name, row in table.items() if np.isfinite(row["median"]["rate"])}
    chosen = max(curve, key=lambda name: (curve[name]["exact"], curve[name]["crisp"]))
    bounds, seeds = [(-2.5, 2.5)] * 2, len(table[chosen]["runs"])
    npae.plots.manifold(models[chosen], letters.shape, bounds, 16).figure.savefig(out / "letters_manifold.png", dpi=150)
    for name, kind in (("plain", "plain"), (chosen, "variational")):
        figure = npae.plots.manifold(models[name], letters.shape, n=16, data=letters).figure
        runs = table[name]["median"]
        title = f"The code plane of a {kind} autoencoder{'' if name == 'plain' else f', {name}'}: {runs['crisp']:.0%} "
        title += "of random "
        title = f"{title}codes decode to crisp glyphs".replace("%", " %")
        dots = "codes" if name == "plain" else "mean codes"
        note = f"{len(letters)} glyphs ({letters.name}), 35-29-23-2-23-29-35, seed 0. Dots: {dots} of the letters. "
        note += f"Crisp: each pixel at most 0.25 or at least 0.75; median of {counted(seeds)}."
        npae.plots.titled(figure, title, note).savefig(out / f"letters_{kind}.png", dpi=150)
    note = f"{len(letters)} glyphs ({letters.name}); both axes logarithmic. Small dots: single networks, "
    note += f"{counted(seeds)} for each beta, joined to their median."
    rate_and_distortion(curve, table, note).savefig(out / "rate_distortion.png", dpi=150)


def rate_and_distortion(curve, table, note):
    """Draw distortion over rate: a labelled point for each beta, the median of its runs, and each run."""
    from matplotlib.figure import Figure

    from npae.plots import INKS, titled

    ax = Figure(figsize=(6.5, 4.0), layout="constrained").subplots()
    rate, distortion = ([row[name] for row in curve.values()] for name in ("rate", "distortion"))
    for name, middle in curve.items():
        for run in table[name]["runs"]:
            ends = ([each[part] for each in (middle, run)] for part in ("rate", "distortion"))
            ax.plot(*ends, "o-", color="0.55", linewidth=0.7, markersize=2.5)
    ax.plot(rate, distortion, "o-", color=INKS[0], linewidth=1, markersize=5.5)
    sides = cycle([(8, 6, "left"), (16, 10, "left"), (-8, -12, "right"), (-10, -3, "right")])  # clear of close points
    for number, (name, x, y) in enumerate(zip(curve, rate, distortion, strict=True)):
        right, up, side = (16, 4, "left") if number > 3 else next(sides)
        ax.annotate(name, (x, y), (right, up), textcoords="offset points", fontsize=8, ha=side)
    ax.set(xlabel="rate: KL, nats per letter", ylabel="distortion: $-$E log p(x | z), nats per letter")
    ax.set(xscale="log", yscale="log")
    for axis in (ax.xaxis, ax.yaxis):
        plain_numbers(axis)
    ax.margins(0.12)
    title = "A larger beta buys a lower rate with distortion"
    return titled(ax.figure, title, note)


def on_mnist(images, args, out):
    """Train a network for each code size; print, draw and return their numbers."""
    train, test, results = images.train[: args.images], images.test[: args.images], {}
    judge = judge_of(train, images.train_labels[: args.images], args)
    results["judge"] = {"accuracy": judge.score(test, images.test_labels[: args.images])}
    results["judge"] |= judged(judge, train[:SAMPLES], test)
    heading = (
        "\n{}; the judge is right in {accuracy:.1%}; of training images distance {distance:.2f}, clear {clear:.0%}"
    )
    print(heading.format(images, **results["judge"]))
    print("code    " + "".join(f"{name:>10}" for name in DIGIT_COLUMNS))
    for size in args.sizes:
        model = digit_network(npae.GaussianCode(size), args, [npae.CodeReport()]).fit(train, validation_data=test)
        plain = digit_network(size, args).fit(train)
        results[size] = digits_measured(model, test, args.draws)
        for name, walked in (("sampled", model), ("plain", plain)):
            results[size][name] = judged(judge, walked.sample(SAMPLES, random_state=4), test)
        row = "{bound:10.2f}{rate:10.2f}{active:10d}{minus_log_p:10.2f}{seconds:10.0f}"
        row += "".join(f"{{{name}[distance]:10.1f}}{{{name}[clear]:10.0%}}" for name in ("sampled", "plain"))
        print(f"{size:<8}" + row.format(**results[size]), flush=True)
        model.save(out / f"mnist_{size}.npz")
        draw_digits(model, test, images.shape, size, out)
    return results


def judge_of(train, labels, args):
    """Return a classifier of digits, which says how sure it is."""
    options = {"activation": "relu", "scale": None, "optimizer": npae.Adam(1e-3), "batch_size": 128, "dtype": "float32"}
    judge = npae.Classifier([400, 100], **options, epochs=args.mnist_epochs, threads=args.threads, random_state=0)
    return judge.fit(train, labels)


def judged(judge, pictures, test):
    """Return how far pictures are from the test images in the judge's features, and the share that is clear to it."""
    theirs, ours = (judge.encode(X).astype(float) for X in (test, pictures))
    clear = float((judge.predict_proba(pictures).max(axis=1) >= SURE).mean())
    return {"distance": frechet(theirs, ours), "clear": clear}


def frechet(A, B):
    """Return |mean A - mean B|^2 + trace(S + T - 2 (S T)^(1/2)), with the covariances S and T of A and B (N, D)."""
    S, T = (np.cov(X, rowvar=False) for X in (A, B))
    roots = np.sqrt(np.maximum(np.linalg.eigvals(S @ T).real, 0.0))  # negative only by rounding
    return float(np.sum((A.mean(axis=0) - B.mean(axis=0)) ** 2) + np.trace(S + T) - 2 * roots.sum())


def digit_network(code, args, callbacks=()):
    """Return 784-400-code-400-784 (Kingma & Welling 2014, with the widths and the optimizer of PyTorch's example).

    The initializer is the one that did best on 10,000 images held out of the training ones.
    """
    return npae.Autoencoder(
        [400, code],
        activation="relu",
        loss="bce",
        init=npae.Glorot(gain=0.5),
        optimizer=npae.Adam(1e-3),
        batch_size=128,
        epochs=args.mnist_epochs,
        callbacks=[*callbacks, npae.Progress()],
        dtype="float32",
        threads=args.threads,
        random_state=0,
    )


def digits_measured(model, test, draws):
    """Return the last test bound, the rate, the active entries, log p and the seconds of training."""
    history = model.history_
    return {
        "bound": history["val_loss"][-1],
        "bound_by_epoch": history["val_loss"],
        "rate": history["kl"][-1],
        "active": history["active_units"][-1],
        "minus_log_p": -float(model.log_likelihood(test[:1000], draws, random_state=0).mean()),
        "seconds": history["seconds"][-1],
    }


def draw_digits(model, test, shape, size, out):
    """Write reconstructions, samples, an interpolation, and the plane of a code of two numbers."""
    note = note_of(model)
    npae.plots.reconstructions(model, test, shape, n=16).savefig(out / f"mnist_{size}_reconstructions.png", dpi=150)
    draw_samples(model.sample(64, random_state=3), shape, note).savefig(out / f"mnist_{size}_samples.png", dpi=150)
    npae.plots.traversal(model, shape, test[0]).figure.savefig(out / f"mnist_{size}_traversal.png", dpi=150)
    ax = npae.plots.interpolation(model, test[0], test[1], shape, spherical=True)
    ax.figure.savefig(out / f"mnist_{size}_interpolation.png", dpi=150)
    if size == 2:
        draw_plane(model, shape, note).savefig(out / "mnist_manifold.png", dpi=150)


def note_of(model):
    """Return what was trained on what, as a sentence."""
    size = model.network_.code_shape[0]
    what = f"MNIST, 784-400-{size}-400-784 with a Gaussian code of {size} numbers"
    return f"{what}, {model.n_epochs_} epochs, seed {model.random_state}."


def draw_plane(model, shape, note):
    """Draw what a grid of codes of two numbers decodes to."""
    figure = npae.plots.manifold(model, shape, bounds=[(-2.5, 2.5)] * 2, n=20).figure
    return npae.plots.titled(
        figure, "Digits turn into each other: what the plane of a variational code decodes to", note
    )


def draw_samples(pictures, shape, note):
    """Draw 8 x 8 pictures as one."""
    from matplotlib.figure import Figure

    page = pictures.reshape(8, 8, *shape)
    page = np.pad(page, [(0, 0), (0, 0), (1, 1), (1, 1)]).swapaxes(1, 2).reshape(8 * shape[0] + 16, -1)
    ax = Figure(figsize=(5, 5)).add_axes((0.02, 0, 0.96, 1))
    ax.imshow(page, cmap="Greys", vmin=0, vmax=1)
    ax.set_axis_off()
    title = "64 random codes, decoded: some are digits that never were, others are none"
    return npae.plots.titled(
        ax.figure, title, f"Codes drawn from the prior N(0, 1); the mean of each pixel is shown. {note}"
    )


if __name__ == "__main__":
    main()
