"""Who lives next to whom in the code space of the letters, and what does one meet on the way from one to another?

    python experiments/code_space.py                          # each font, 20 seeds
    python experiments/code_space.py --font capitals --path CGQO

It trains the network of font_latent2.py, prints tables and writes runs.jsonl (the same command goes on where it was
stopped), results.json and, for each font's first seed, under --out/FONT: interpolation.png and interpolation.gif (along
--path), neighbours.png (the code plane with a line from each letter to those most like it).

What is counted: `agreement`, the share of a letter's --neighbours nearest in the code space that are among its nearest
in pixels too (at equal distance all are), beside `chance` and `pca`, the share in the plane of the two principal
components; `stopovers`, the share of pairs of letters between which, in 20 steps, a third letter is met exactly;
`midway`, how many pixels the picture half way differs from the nearest letter; `new_letters`, as in font_latent2.py.

Last result (20 seeds a font, all exact, medians): agreement 58, 54 and 55 % (pca 46, 44 and 46 %, chance 13 %); a third
letter is met between the two of 74 to 75 % of all pairs; half way it is 2.0 pixels to the nearest letter; 8 new letters
(3 to 8; it looks for 8 at most).
"""

import argparse
import json
import time
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
from command_line import one_message
from font_latent2 import count, new_letters, writable_folder
from font_sweep import Recipe, autoencoder

import npae
from npae.datasets import FONTS, load_font
from npae.metrics import nearest, pixel_errors

PATHS = {"capitals": "NPAE", "symbols": "3852", "lowercase": "npae"}
NUMBERS = ["agreement", "pca", "chance", "stopovers", "midway", "new_letters"]


def main(argv=None):
    """Run the study; what cannot work ends with one message."""
    args = parser().parse_args(argv)
    with one_message("code_space"):
        experiment(args, writable_folder(args.out))


def parser():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--font", default="all", choices=[*FONTS, "all"])
    p.add_argument("--path", help="letters to travel along, at least 2 (default NPAE, 3852 or npae)")
    p.add_argument("--neighbours", type=count, default=3, help="of each letter (default 3)")
    p.add_argument("--seeds", type=count, help="runs of each font (default 20)")
    p.add_argument("--workers", type=count, help="processes (default: one a core)")
    p.add_argument("--out", type=Path, default=Path("out/code_space"), metavar="DIR")
    p.add_argument("--quick", action="store_true", help="a short run that shows that everything works")
    return p


def experiment(args, out):
    """Carry out the runs, or what is left of them, and report."""
    began, names = time.perf_counter(), FONTS if args.font == "all" else [args.font]
    paths = {name: checked_path(args.path or PATHS[name], load_font(name)) for name in names}
    train = Train(Recipe(epochs=2, inner=5) if args.quick else Recipe(), args.neighbours)
    results = npae.study.run_all(
        train,
        [{"font": name} for name in names],
        seeds=args.seeds or (1 if args.quick else 20),
        path=out / "runs.jsonl",
        executor="serial" if args.quick else None,
        workers=args.workers,
    )
    print(f"\n{results.table(numbers=[name for name in NUMBERS if name in results.numbers])}")
    shown = {name: report(load_font(name), train, paths[name], writable_folder(out / name), args) for name in names}
    document = {"neighbours": args.neighbours, "summary": results.summary(), "shown": shown}
    npae.settings.archive.write_text(out / "results.json", json.dumps(document, indent=1))
    print(f"\nwritten to {out} after {time.perf_counter() - began:.0f} s")


def checked_path(path, font):
    """Return the letters of a path as a font."""
    if len(path) < 2:
        raise ValueError(f"--path must be at least 2 letters, got {path!r}. Give a start and an end, such as OQ.")
    return font.select(path)


@dataclass(frozen=True)
class Train:
    """A run of the study: train one network on one font, measure it."""

    recipe: Recipe
    neighbours: int

    def __call__(self, *, seed, font):
        letters = load_font(font)
        return measured(self.fitted(letters, seed), letters, self.neighbours)

    def fitted(self, letters, seed):
        """Return the network, trained on the letters; equal seeds give equal networks."""
        return autoencoder(self.recipe, seed).fit(letters.pixels)


def measured(model, font, k):
    """Return what the neighbourhoods and the ways between letters are like, as numbers."""
    wrong, alike = pixel_errors(font.pixels, model.reconstruct(font.pixels)), close(font.pixels, k)
    met, midway = journeys(model, font)
    return {
        "exact": (wrong == 0).sum(),
        "success": not wrong.any(),
        "agreement": agreement(model.encode(font.pixels), alike, k),
        "pca": agreement(principal(font.pixels, 2), alike, k),
        "chance": alike.sum() / (len(font) * (len(font) - 1)),
        "stopovers": met,
        "midway": midway,
        "new_letters": len(new_letters(model, font)[0]),
    }


def apart(points):
    """Return all distances (N, N) between points; of one to itself, infinity."""
    distances = np.linalg.norm(points[:, None] - points, axis=2)
    np.fill_diagonal(distances, np.inf)
    return distances


def close(points, k):
    """Return (N, N) truth values: who is among the k nearest of each point; of several at equal distance, all are."""
    distances = apart(points).round(9)
    return distances <= np.sort(distances, axis=1)[:, [k - 1]]


def agreement(codes, alike, k):
    """Return the share of each letter's k nearest in the code space that are like it, over all letters."""
    order = np.argsort(apart(codes), axis=1, kind="stable")[:, :k]
    return np.take_along_axis(alike, order, axis=1).mean()


def principal(points, size):
    """Return the principal components (N, size) of the points."""
    centred = points - points.mean(axis=0)
    return centred @ np.linalg.svd(centred, full_matrices=False)[2][:size].T


def journeys(model, font, steps=20):
    """Return the share of pairs between which a third letter is met, and the mean distance half way to a letter."""
    codes, pairs = model.encode(font.pixels), np.array(list(combinations(range(len(font)), 2)))
    pictures = model.decode(np.linspace(codes[pairs[:, 0]], codes[pairs[:, 1]], steps + 1).reshape(-1, codes.shape[1]))
    index, distance = (values.reshape(steps + 1, -1) for values in nearest(pictures, font.pixels))
    third = (distance == 0) & (index != pairs[:, 0]) & (index != pairs[:, 1])
    return third.any(axis=0).mean(), distance[steps // 2].mean()


def report(font, train, path, out, args):
    """Print the neighbours and the journey of the first seed's model, draw them, and return them."""
    model = train.fitted(font, 0)
    model.save(out / "model.npz")
    near = neighbours(model, font, args.neighbours)
    print(f"\n{font.name}, seed 0\nletter  nearest in the code space  nearest in pixels (and how many)")
    for label, (in_codes, in_pixels) in near.items():
        print(f"{label:<7} {' '.join(in_codes):<26} {' '.join(in_pixels)}")
    way = journey(model, font, path, 9)
    for step in way:
        print(f"{step['from']} to {step['to']}, {step['part']:4.0%}: {step['distance']} pixels from {step['nearest']}")
    draw_strips(model, font, path).savefig(out / "interpolation.png", dpi=150)
    draw_neighbours(model, font, args.neighbours).savefig(out / "neighbours.png", dpi=150)
    animate(model, font, path, out / "interpolation.gif", 3 if args.quick else 24)
    return {"neighbours": near, "journey": way}


def neighbours(model, font, k):
    """Return {letter: (its k nearest in the code space, its k nearest in pixels with distances)}, as labels."""
    in_codes, in_pixels = apart(model.encode(font.pixels)), apart(font.pixels).round(9) ** 2
    return {
        label: (
            [font.labels[j] for j in np.argsort(in_codes[i], kind="stable")[:k]],
            [f"{font.labels[j]} ({in_pixels[i, j]:.0f})" for j in np.argsort(in_pixels[i], kind="stable")[:k]],
        )
        for i, label in enumerate(font.labels)
    }


def journey(model, font, path, n):
    """Return what is met at n equal steps from each letter of the path to the next: nearest letter and distance."""
    steps, codes = [], model.encode(path.pixels)
    for i in range(len(path) - 1):
        index, distance = nearest(model.decode(np.linspace(codes[i], codes[i + 1], n)), font.pixels)
        ends = {"from": path.labels[i], "to": path.labels[i + 1]}
        for j in range(n):
            what = {"part": j / (n - 1), "nearest": font.labels[index[j]], "distance": int(distance[j])}
            steps.append(ends | what)
    return steps


def draw_strips(model, font, path, n=9):
    """Draw what is decoded from each letter of the path to the next, and below it the nearest letter."""
    from matplotlib.figure import Figure  # here: the workers, which import this file too, draw nothing

    height, width = font.shape
    figure = Figure(figsize=(6.5, 0.3 + 1.25 * (len(path) - 1)), layout="constrained")
    rows, steps = figure.subplots(len(path) - 1, squeeze=False)[:, 0], journey(model, font, path, n)
    for i, ax in enumerate(rows):
        npae.plots.interpolation(model, *path.pixels[i : i + 2], font.shape, n, ax=ax)
        met = [f"{step['nearest']}\n{step['distance']}" for step in steps[i * n : (i + 1) * n]]
        ax.set_xticks(width / 2 + 1.2 * width * np.arange(n), met, fontsize=8)
        ax.set_ylabel(f"{path.labels[i]} to {path.labels[i + 1]}", fontsize=9)
    figure.suptitle("below each picture: the nearest letter, and in how many pixels it differs", fontsize=9)
    return figure


def draw_neighbours(model, font, k):
    """Draw the code plane with lines from each letter to those that differ from it in the fewest pixels."""
    from matplotlib.figure import Figure

    from npae.plots.colours import OKABE_ITO

    codes = model.encode(font.pixels)
    in_codes, ax = close(codes, k), Figure(figsize=(6.5, 6.3), layout="constrained").subplots()
    together = {"color": OKABE_ITO[4], "linewidth": 2.5, "label": f"one of the {k} nearest codes"}
    separate = {"color": OKABE_ITO[1], "linewidth": 0.8, "linestyle": "--", "label": "not one of them"}
    for i, j in np.argwhere(close(font.pixels, 1)):
        near = in_codes[i, j] or in_codes[j, i]
        ax.plot(*codes[[i, j]].T, zorder=0.4 + 0.2 * near, **(together if near else separate))
    handles = {line.get_label(): line for line in sorted(ax.lines, key=lambda line: -line.get_linewidth())}
    legend = {"loc": "lower left", "bbox_to_anchor": (0, 1), "ncols": 2, "frameon": False, "fontsize": 8}
    ax.legend(handles.values(), handles, title="from each letter to the one most like it, which is", **legend)
    npae.plots.latent_space(model, font, ax=ax)
    return ax.figure


def animate(model, font, path, file, frames):
    """Write a GIF of the way along the path: the place in the code plane, its picture, the nearest letter."""
    from matplotlib.animation import PillowWriter

    codes = model.encode(path.pixels)
    stops = [np.repeat(code[None], 1 + frames // 3, axis=0) for code in codes]
    ways = [np.linspace(*codes[i : i + 2], frames + 1)[1:-1] for i in range(len(codes) - 1)]
    route = np.concatenate([part for pair in zip(stops, [*ways, codes[:0]], strict=True) for part in pair])
    show, writer = stage(model, font, codes), PillowWriter(fps=12)
    with writer.saving(show(route[0]), file, dpi=80):
        for code in route:
            show(code)
            writer.grab_frame()


def stage(model, font, path):
    """Return show(code) -> Figure, which draws one picture of the animation."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.5, 3.2), layout="constrained")
    plane, left, right = figure.subplots(1, 3, width_ratios=[2, 1, 1])
    dot = draw_plane(plane, model.encode(font.pixels), font.labels, path)
    screens = [draw_screen(left, "decoded", font.shape), draw_screen(right, "nearest letter", font.shape)]

    def show(code):
        pixels = model.decode(code[None])
        (index,), (distance,) = nearest(pixels, font.pixels)
        dot.set_data(*code[:, None])
        for screen, values in zip(screens, (pixels[0], font.pixels[index]), strict=True):
            screen.set_data(values.reshape(font.shape))
        unit = "pixel" if distance == 1 else "pixels"
        right.set_xlabel(f"{font.labels[index]}, {distance} {unit} away", fontsize=9)
        return figure

    return show


def draw_plane(ax, codes, labels, path):
    """Draw the letters in the code plane and the path; return the dot that travels."""
    from npae.plots.colours import OKABE_ITO

    for label, (x, y) in zip(labels, codes, strict=True):
        ax.text(x, y, label, fontsize=7, ha="center", va="center", color="0.4", parse_math=False)
    ax.plot(*path.T, color="0.8", zorder=0)
    ax.update_datalim(codes)
    ax.margins(0.06)
    ax.set(xlabel="code 1", ylabel="code 2")
    return ax.plot(*path[0], "o", color=OKABE_ITO[5])[0]


def draw_screen(ax, title, shape):
    """Return an image to show pictures in."""
    ax.set(xticks=[], yticks=[])
    ax.set_title(title, fontsize=9)
    return ax.imshow(np.zeros(shape), cmap="Greys", vmin=0, vmax=1)


if __name__ == "__main__":
    main()
