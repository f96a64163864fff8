"""Draw the pictures in docs/images: those of the README from today's code, those of the studies by their scripts.

    python docs/pictures.py                          # the README's that need neither MNIST nor a browser
    python docs/pictures.py explorer vae_manifold    # only these
    python docs/pictures.py --list                   # every picture, what it needs and how long it takes
    python docs/pictures.py --check                  # which of the README's are older than the code? (a test, too)

A picture of the README holds, in the text of its PNG file, what it was drawn from: the recipe of its model, the first
losses of the training, and the texts in it. docs/images/models holds theta, so that a test can draw the same picture
again without training. docs/decisions.md says what makes a picture old. Needs `pip install -e .`; pictures of the
explorer need chromium, chromedriver and selenium; those of digits need MNIST (see `npae.datasets.load_images`).
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

sys.path.insert(0, str(Path(__file__).parents[1] / "experiments"))
sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))
import font_latent2
from picture_records import Record, faults, source_of, texts_of, write_record

import npae
from experiments.digits import mnist_improvements_figures as improvements
from experiments.letters import font_denoising
from experiments.letters.denoising_networks import COPIES, NETWORKS
from experiments.variational import vae

HERE = Path(__file__).parent
IMAGES = HERE / "images"
BEGINNING = 3  # epochs whose losses say that today's training begins as it did


@dataclass(frozen=True)
class Model:
    """Pictures that are drawn from one model, and how it is trained."""

    pictures: tuple[str, ...]
    needs: str
    fit: Callable[[int | None], npae.Autoencoder]  # for so many epochs; None: to the end
    draw: Callable[[npae.Autoencoder], dict[str, Figure]]
    source: Callable[[], str] | None = None  # what is compared where there is no theta to draw from


def letters(epochs: int | None = None) -> npae.Autoencoder:
    """Train the main job's network on the capitals."""
    options = [] if epochs is None else ["--epochs", str(epochs)]
    args = font_latent2.completed(font_latent2.parser().parse_args(options))
    font = npae.datasets.load_font("capitals")
    return silently(font_latent2.autoencoder(font, 0, args), font.pixels)


def letter_pictures(model: npae.Autoencoder) -> dict[str, Figure]:
    """Draw the main job's figures."""
    return font_latent2.figures(model, npae.datasets.load_font("capitals"))


def denoiser(epochs: int | None = None) -> npae.Autoencoder:
    """Train the wide network of the denoising study on the lower-case letters."""
    changes = {} if epochs is None else {"epochs": epochs}
    model = NETWORKS["wide"]().autoencoder(0, **changes).set_params(callbacks=[], threads=1)
    return silently(model, np.tile(npae.datasets.load_font("lowercase").pixels, (COPIES, 1)))


def denoising_picture(model: npae.Autoencoder) -> dict[str, Figure]:
    """Draw letters before and after."""
    args = argparse.Namespace(seed=0, quick=False)
    return {"denoising": font_denoising.sheet(npae.datasets.load_font("lowercase"), model, args)}


def digits(epochs: int | None = None) -> npae.Autoencoder:
    """Train the variational network of the digits, with a code of two numbers."""
    args = argparse.Namespace(mnist_epochs=epochs or 10, threads=None)
    return silently(vae.digit_network(npae.GaussianCode(2), args), npae.datasets.load_images("mnist").train)


def digit_picture(model: npae.Autoencoder) -> dict[str, Figure]:
    """Draw the plane of the code."""
    return {"vae_manifold": vae.draw_plane(model, (28, 28), vae.note_of(model))}


def digit_source() -> str:
    """Return the code that trains and draws the plane of digits."""
    plots = [HERE.parent / "npae" / "plots" / f"{name}.py" for name in ("code_space", "code_grid", "shades", "titling")]
    return source_of(vae.digit_network, vae.draw_plane, vae.note_of, *plots)


def explorer_source() -> str:
    """Return the code of the explorer's page, and of its picture."""
    files = (HERE.parent / "npae" / "explorer").rglob("*.*")
    return source_of(HERE / "screenshot.py", *sorted(file for file in files if file.suffix != ".pyc"))


def silently(model: npae.Autoencoder, X: np.ndarray) -> npae.Autoencoder:
    """Fit a model; that a short training has not converged is known."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", npae.TrainingWarning)
        return model.fit(X)


MODELS = {
    "letters": Model(("latent_space", "manifold", "reconstructions", "new_letters"), "3 s", letters, letter_pictures),
    "denoiser": Model(("denoising",), "half a minute", denoiser, denoising_picture),
    "digits": Model(("vae_manifold",), "MNIST; some minutes", digits, digit_picture, digit_source),
}
RECORDED = {"mnist_improvements": "networks training penalties convolutions", "mnist": "code_size"}
ROWS = IMAGES / "rows" / "mnist_improvements.json"  # as results.json of that study
SHOTS = {"explorer": [], "explorer_digits": ["--digits"]}  # arguments of screenshot.py
FREE = [name for key in ("letters", "denoiser") for name in MODELS[key].pictures]
STUDIES = {  # picture: (script with its arguments, file, what it needs)
    "interpolation": ("letters/code_space.py --font capitals --seeds 1", "capitals/interpolation.png", "1 minute"),
    "neighbours": ("letters/code_space.py --font capitals --seeds 1", "capitals/neighbours.png", "1 minute"),
    "line_of_letters": (
        "letters/font_latent1.py --font capitals --seeds 1",
        "capitals/line_of_letters.png",
        "some seconds",
    ),
    "line_of_glyphs": (
        "letters/font_latent1.py --font joint --solver kfac --seeds 1",
        "joint/line_of_letters.png",
        "half a minute",
    ),
    "smallest_network": ("letters/smallest_network.py", "smallest_network.png", "6 minutes"),
    "denoising_curve": ("letters/font_denoising.py", "denoising_curve.png", "4 minutes"),
    "every_summary": ("letters/font_sweep.py --vary every", "every/summary.png", "1 minute"),
    "std_published": ("letters/font_sweep.py --vary std --published", "std-published/values.png", "1 minute"),
    "circles": ("series/circles.py --seeds 1", "circles.png", "1 minute"),
    **{
        f"timeseries_{name}": ("series/timeseries.py", f"{name}.png", "aeon; 1 minute")
        for name in ("reconstructions", "codes", "anomaly")
    },
    **{
        f"mnist_dense_{name}": ("digits/mnist_dense.py", f"{name}.png", "MNIST; 5 minutes")
        for name in ("curves", "noise", "levels", "sizes")
    },
    "mnist_dense_denoising": ("digits/mnist_dense.py --setting denoising", "levels.png", "MNIST; 5 minutes"),
    **{
        f"mnist_denoising_{name}": ("digits/mnist_denoising.py", f"mnist_denoising_{name}.png", "MNIST; 7 minutes")
        for name in ("curves", "digits")
    },
    "mnist_overfitting": ("digits/mnist_overfitting.py", "overfitting.png", "MNIST; 2 minutes"),
    **{
        f"mnist_improvements_{name}": ("digits/mnist_improvements.py", f"summary_{name}.png", "MNIST; half an hour")
        for name in ("networks", "training", "penalties", "convolutions")
    },
    **{
        f"mnist_{name}": ("digits/mnist_improvements.py", f"{name}.png", "MNIST; half an hour")
        for name in ("code_size", "codes_1", "codes_2")
    },
    "deep_ratios": (
        "deep.py --ratios --activation tanh --minutes 5",
        "ratios.png",
        "MNIST, PyTorch; 80 minutes",
    ),
    "deep_curves": (
        "deep.py --tasks curves --activation tanh --minutes 1.5",
        "curves_seconds.png",
        "PyTorch; 65 minutes",
    ),
    "where_each_wins": ("where_each_wins.py", "where_each_wins.png", "MNIST; half an hour"),
    "pretraining": ("digits/pretraining.py", "pretraining.png", "MNIST; half an hour"),
    "pretraining_accuracy": ("digits/pretraining.py", "pretraining_accuracy.png", "MNIST; half an hour"),
    "vae_letters": ("variational/vae.py", "letters_variational.png", "1 minute"),
    "vae_rate_distortion": ("variational/vae.py", "rate_distortion.png", "1 minute"),
    "vae_samples": (
        "variational/vae.py --mnist mnist --sizes 20 --betas 0.3 --seeds 1",
        "mnist_20_samples.png",
        "MNIST; 5 minutes",
    ),
    **{
        f"vae_search_{name}": ("variational/vae_search.py", f"{name}.png", "MNIST; 11 minutes")
        for name in ("samplers", "optimisers", "schedules")
    },
}


def main(argv: list[str] | None = None) -> None:
    """Draw what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="of a picture, without .png")
    parser.add_argument("--out", type=Path, default=Path("out/pictures"), metavar="DIR", help="where studies run")
    parser.add_argument("--list", action="store_true", help="say what there is, and draw nothing")
    parser.add_argument("--check", action="store_true", help="say which pictures are old, and draw nothing")
    args = parser.parse_args(argv)
    known = [*(name for model in MODELS.values() for name in model.pictures), *SHOTS, *STUDIES]
    if unknown := [name for name in args.names if name not in known]:
        sys.exit(f"pictures: names must be among {', '.join(known)}, got {unknown[0]!r}.")
    if args.list:
        print("\n".join(f"{name:<28}{needs}" for name, needs in everything()))
    elif args.check:
        old = [fault for name in MODELS for fault in check(name)] + [
            fault for name in SHOTS for fault in check_shot(name)
        ]
        print("\n".join(old) or "All pictures of the README are up to date.")
        sys.exit(bool(old))
    else:
        draw(args.names or FREE, args.out)


def everything() -> list[tuple[str, str]]:
    """Return all pictures, each with what it needs."""
    ours = [(name, model.needs) for model in MODELS.values() for name in model.pictures]
    shots = [("explorer", "chromium, selenium"), ("explorer_digits", "chromium, selenium, MNIST; some minutes")]
    return [*ours, *shots, *((name, needed(name)) for name in STUDIES)]


def needed(name: str) -> str:
    """Return what a picture of a study needs."""
    script, _, needs = STUDIES[name]
    run = f"experiments/{script}; {needs}"
    return f"docs/images/rows; to renew them, {run}" if name in recorded() else run


def draw(names: list[str], out: Path) -> None:
    """Draw these pictures; those of one model or one run of a study together."""
    for key, model in MODELS.items():
        if wanted := [name for name in model.pictures if name in names]:
            draw_model(key, wanted)
    if wanted := [name for name in names if name in recorded()]:
        draw_recorded(wanted)
    for name in [name for name in names if name in SHOTS]:
        subprocess.run([sys.executable, HERE / "screenshot.py", *SHOTS[name]], check=True)
        write_record(IMAGES / f"{name}.png", Record(source=explorer_source()))
    names = [name for name in names if name in STUDIES and name not in recorded()]
    scripts = dict.fromkeys(STUDIES[name][0] for name in names)
    for number, script in enumerate(scripts):
        folder, (path, *arguments) = out / f"{number}", script.split()
        command = [sys.executable, HERE.parent / "experiments" / path, *arguments, "--out", folder]
        subprocess.run(command, check=True)
        for name in [name for name in names if STUDIES[name][0] == script]:
            shutil.copy(folder / STUDIES[name][1], IMAGES / f"{name}.png")
            print(f"written to {IMAGES / name}.png")


def recorded() -> list[str]:
    """Return the pictures that are drawn from rows that are kept: their run takes half an hour."""
    return [f"{stem}_{end}" for stem, ends in RECORDED.items() for end in ends.split()]


def draw_recorded(names: list[str]) -> None:
    """Draw pictures of mnist_improvements.py from the rows that are kept; its results.json renews them."""
    document = json.loads(ROWS.read_text())
    sized = {name: entries for name, entries in document["families"].items() if name.endswith("code-size")}
    source = document.get("source", {})  # none if they are those of a run
    drawn = improvements.summary_figures(document["families"], source.get("summary", ""))
    figures = {f"mnist_improvements_{name}": figure for name, figure in drawn.items()}
    pca = {int(size): error for size, error in document["pca"].items()}
    figures["mnist_code_size"] = improvements.code_size_figure(sized, pca, source.get("code_size", ""))
    for name in names:
        figures[name].savefig(IMAGES / f"{name}.png", dpi=150)
        print(f"written to {IMAGES / name}.png")


def draw_model(key: str, names: list[str], fitted: npae.Autoencoder | None = None) -> None:
    """Train a model, keep its theta, and draw pictures from it with the record of what they were drawn from."""
    model = MODELS[key]
    fitted = model.fit(None) if fitted is None else fitted
    if model.source is None:
        (IMAGES / "models").mkdir(exist_ok=True)
        np.savez_compressed(IMAGES / "models" / f"{key}.npz", theta=fitted.theta_.astype(np.float32))
        fitted = restored(key, fitted)  # so that a picture drawn from the file is the same
    for name, figure in model.draw(fitted).items():
        if name in names:
            path = IMAGES / f"{name}.png"
            figure.savefig(path, dpi=150, metadata={"Software": None})
            write_record(path, record_of(key, fitted, figure))
            print(f"written to {path}")


def record_of(key: str, fitted: npae.Autoencoder, figure: Figure | None) -> Record:
    """Return what a picture was drawn from, as it is today."""
    model = MODELS[key]
    recipe = recipe_of(fitted)
    if model.source is not None:
        return Record(recipe, source=model.source())
    losses = [round(loss, 10) for loss in fitted.history_["loss"][:BEGINNING]]
    return Record(recipe, losses, [] if figure is None else texts_of(figure))


def recipe_of(model: npae.Autoencoder) -> str:
    """Return the settings of a model as text, except for how long it trains and what it prints."""
    settings = model.get_params(deep=False)
    settings["callbacks"] = [each for each in settings["callbacks"] or () if not isinstance(each, npae.Progress)]
    return repr({name: settings[name] for name in sorted(settings) if name not in ("epochs", "threads", "workers")})


def restored(key: str, model: npae.Autoencoder) -> npae.Autoencoder:
    """Return the model with the theta that is kept."""
    with np.load(IMAGES / "models" / f"{key}.npz") as file:
        model.theta_[...] = file["theta"]
    return model


def check(key: str) -> list[str]:
    """Return why pictures of a model are older than today's code; an empty list if they are not."""
    model = MODELS[key]
    if model.source is not None:
        return [
            fault for name in model.pictures for fault in faults(IMAGES / f"{name}.png", Record(source=model.source()))
        ]
    begun = model.fit(BEGINNING)
    record, found = record_of(key, begun, None), []
    drawn = model.draw(restored(key, begun))
    for name in model.pictures:
        record.texts = texts_of(drawn[name])
        found += faults(IMAGES / f"{name}.png", record, drawn[name])
    return found


def check_shot(name: str) -> list[str]:
    """Return why a picture of the explorer is older than today's page."""
    return faults(IMAGES / f"{name}.png", Record(source=explorer_source()))


if __name__ == "__main__":
    main()
