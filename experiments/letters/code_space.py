"""Which letters are neighbours in the code space, and what lies on the way from one to another?

    python experiments/letters/code_space.py                          # each font, 20 seeds
    python experiments/letters/code_space.py --font capitals --path CGQO

It trains the network of font_latent2.py, prints tables and writes runs.jsonl (the same command resumes where it was
stopped), results.json and, for each font's first seed, under --out/FONT: interpolation.png and interpolation.gif (along
--path), and neighbours.png (the code plane with a line from each letter to those that differ from it least).

What is counted: `agreement`, the share of a letter's --neighbours nearest in the code space that are among its nearest
in pixels too (ties all count); for comparison `chance`, and `pca`, the share in the plane of the two principal
components; `stopovers`, the share of pairs of letters between which a third letter appears exactly, in 20 steps;
`midway`, in how many pixels the picture half way differs from the nearest letter; `new_letters`, as in font_latent2.py.

Last result (20 seeds per font, all exact, medians): agreement 58, 54 and 55 % (pca 46, 44 and 46 %, chance 13 %); a
third letter appears between the two of 74 to 75 % of all pairs; half way it is 2.0 pixels to the nearest letter; 8 new
letters (3 to 8; it looks for 8 at most).
"""

import sys
import time
from functools import partial
from itertools import combinations
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))  # where the package `experiments` is
import npae
from experiments.letters.letter_recipe import GOOD, letter_recipe
from experiments.shared.command_line import count, one_message, study_parser, writable_folder
from experiments.shared.principal_components import PrincipalComponents
from experiments.shared.results import save_results
from experiments.shared.training import Train, run_study
from npae.datasets import FONTS, load_font
from npae.metrics import nearest, pixel_errors

PATHS = {"capitals": "NPAE", "symbols": "3852", "lowercase": "npae"}
NUMBERS = ["agreement", "pca", "chance", "stopovers", "midway", "new_letters"]


def main(argv=None):
    """Run the study."""
    args = parser().parse_args(argv)
    with one_message("code_space"):
        experiment(args, writable_folder(args.out))


def parser():
    p = study_parser(__doc__, "code_space", seeds=20)
    p.add_argument("--font", default="all", choices=[*FONTS, "all"])
    p.add_argument("--path", help="letters to travel along, at least 2 (default NPAE, 3852 or npae)")
    p.add_argument("--neighbours", type=count, default=3, help="of each letter (default 3)")
    return p


def experiment(args, out):
    """Carry out the runs, or what is left of them, and report."""
    began, names = time.perf_counter(), FONTS if args.font == "all" else [args.font]
    paths = {name: checked_path(args.path or PATHS[name], load_font(name)) for name in names}
    recipe = letter_recipe(GOOD | {"epochs": 2, "inner": 5} if args.quick else GOOD)
    train = Train(partial(prepared, recipe), partial(measured, k=args.neighbours))
    seeds = args.seeds or (1 if args.quick else 20)
    results = run_study(train, [{"font": name} for name in names], args, out, seeds)
    print(f"\n{results.table(numbers=[name for name in NUMBERS if name in results.numbers])}")
    shown = {name: report(load_font(name), train, paths[name], writable_folder(out / name), args) for name in names}
    save_results(out, {"neighbours": args.neighbours, "summary": results.summary(), "shown": shown})
    print(f"\nwritten to {out} after {time.perf_counter() - began:.0f} s")


def checked_path(path, font):
    """Return the letters of a path as a font."""
    if len(path) < 2:
        raise ValueError(f"--path must be at least 2 letters, got {path!r}. Give a start and an end, such as OQ.")
    return font.select(path)


def prepared(recipe, *, seed, font):
    """Return the model of a run, the letters' pixels, and the letters, as `Train` wants them."""
    letters = load_font(font)
    return recipe.autoencoder(seed), letters.pixels, letters


def measured(model, font, k):
    """Return what the neighbourhoods and the ways between letters are like, as numbers."""
    wrong, alike = pixel_errors(font.pixels, model.reconstruct(font.pixels)), close(font.pixels, k)
    met, midway = journeys(model, font)
    return {
        "exact": (wrong == 0).sum(),
        "success": not wrong.any(),
        "agreement": agreement(model.encode(font.pixels), alike, k),
        "pca": agreement(PrincipalComponents(font.pixels).codes(font.pixels, 2), alike, k),
        "chance": alike.sum() / (len(font) * (len(font) - 1)),
        "stopovers": met,
        "midway": midway,
        "new_letters": len(npae.discover(model, font)),
    }


def apart(points):
    """Return all distances (N, N) between points; that of a point to itself is infinity."""
    distances = np.linalg.norm(points[:, None] - points, axis=2)
    np.fill_diagonal(distances, np.inf)
    return distances


def close(points, k):
    """Return (N, N) truth values: which points are among the k nearest of each one; ties all count."""
    distances = apart(points).round(9)
    return distances <= np.sort(distances, axis=1)[:, [k - 1]]


def agreement(codes, alike, k):
    """Return the mean share of a letter's k nearest in the code space that are `alike`."""
    order = np.argsort(apart(codes), axis=1, kind="stable")[:, :k]
    return np.take_along_axis(alike, order, axis=1).mean()


def journeys(model, font, steps=20):
    """Return the share of pairs with a third letter between them, and the mean distance to a letter half way."""
    codes, pairs = model.encode(font.pixels), np.array(list(combinations(range(len(font)), 2)))
    pictures = model.decode(np.linspace(codes[pairs[:, 0]], codes[pairs[:, 1]], steps + 1).reshape(-1, codes.shape[1]))
    index, distance = (values.reshape(steps + 1, -1) for values in nearest(pictures, font.pixels))
    third = (distance == 0) & (index != pairs[:, 0]) & (index != pairs[:, 1])
    return third.any(axis=0).mean(), distance[steps // 2].mean()


def report(font, train, path, out, args):
    """Print the neighbours and the journey of the first seed's model, draw them, and return them."""
    model = train.fitted(seed=0, font=font.name)
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
    """Return the nearest letter and its distance at n equal steps from each letter of the path to the next."""
    steps, codes = [], model.encode(path.pixels)
    for i in range(len(path) - 1):
        index, distance = nearest(model.decode(np.linspace(codes[i], codes[i + 1], n)), font.pixels)
        ends = {"from": path.labels[i], "to": path.labels[i + 1]}
        for j in range(n):
            what = {"part": j / (n - 1), "nearest": font.labels[index[j]], "distance": int(distance[j])}
            steps.append(ends | what)
    return steps


def draw_strips(model, font, path, n=9):
    """Draw what is decoded from each letter of the path to the next; below it, how far it is and the nearest letter."""
    from matplotlib.figure import Figure  # here: worker processes import this file too, and draw nothing

    width = font.shape[1]
    figure = Figure(figsize=(6.8, 1.45 * (len(path) - 1)), layout="constrained")
    rows, steps = figure.subplots(len(path) - 1, squeeze=False)[:, 0], journey(model, font, path, n)
    for i, ax in enumerate(rows):
        npae.plots.interpolation(model, *path.pixels[i : i + 2], font.shape, n, ax=ax)
        met = [step_text(step) for step in steps[i * n : (i + 1) * n]]
        ax.set_xticks(width / 2 + 1.2 * width * np.arange(n), met, fontsize=8)
        ax.set_ylabel(f"{path.labels[i]} to {path.labels[i + 1]}", fontsize=9)
    third = sum(step["distance"] == 0 and step["nearest"] not in (step["from"], step["to"]) for step in steps)
    title = f"From one letter to another: {third} of {len(steps)} steps show a third letter exactly"
    note = (
        "Below each picture: how far on the straight line between the two codes (%), and the nearest letter with the "
    )
    note += "number of pixels in which they differ (above 0.5 is on; = means in none). "
    return npae.plots.titled(figure, title, note + source(model, font))


def step_text(step):
    """Return how far a step of a journey is, and the letter nearest to it, as two lines."""
    off = f"{step['distance']} from {step['nearest']}" if step["distance"] else f"= {step['nearest']}"
    return f"{100 * step['part']:.0f} %\n{off}"


def source(model, font):
    """Return what a figure was drawn from, as a sentence."""
    sizes = "-".join(map(str, [font.pixels.shape[1], *model.encoder, *model.decoder]))
    return f"{len(font)} glyphs ({font.name}), network {sizes}, seed {model.random_state}."


def draw_neighbours(model, font, k):
    """Draw the code plane with lines from each letter to those that differ from it in the fewest pixels."""
    from matplotlib.figure import Figure

    from npae.plots import INKS

    codes = model.encode(font.pixels)
    in_codes, ax = close(codes, k), Figure(figsize=(6.8, 6.0), layout="constrained").subplots()
    together = {"color": INKS[4], "linewidth": 2.5, "label": f"among the {k} nearest codes of one of the two"}
    separate = {"color": INKS[5], "linewidth": 1.4, "linestyle": (0, (4, 2)), "label": "not among them"}
    pairs = {tuple(sorted(pair)) for pair in np.argwhere(close(font.pixels, 1)).tolist()}
    for i, j in pairs:
        near = in_codes[i, j] or in_codes[j, i]
        ax.plot(*codes[[i, j]].T, zorder=0.4 + 0.2 * near, **(together if near else separate))
    handles = {line.get_label(): line for line in sorted(ax.lines, key=lambda line: -line.get_linewidth())}
    legend = {"loc": "lower left", "bbox_to_anchor": (0, 1), "ncols": 2, "frameon": False, "fontsize": 8}
    ax.legend(handles.values(), handles, **legend)
    npae.plots.latent_space(model, font, ax=ax)
    for label in ax.texts:  # on top of the lines
        if label.get_bbox_patch() is None:
            label.set_bbox({"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "boxstyle": "round,pad=0.1"})
    near = sum(bool(in_codes[i, j] or in_codes[j, i]) for i, j in pairs)
    title = f"Of {len(pairs)} pairs of letters most like each other, {near} are among the {k} nearest codes"
    note = "A line joins each letter to those that differ from it in the fewest pixels. "
    return npae.plots.titled(ax.figure, title, note + source(model, font))


def animate(model, font, path, file, frames):
    """Write a GIF of the way along the path: the position in the code plane, its picture, and the nearest letter."""
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
    """Return show(code) -> Figure, which draws one frame of the animation."""
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
    """Draw the letters and the path in the code plane; return the dot that travels."""
    from npae.plots import INKS

    for label, (x, y) in zip(labels, codes, strict=True):
        ax.text(x, y, label, fontsize=7, ha="center", va="center", color="0.4", parse_math=False)
    ax.plot(*path.T, color="0.8", zorder=0)
    ax.update_datalim(codes)
    ax.margins(0.06)
    ax.set(xlabel="code 1", ylabel="code 2")
    return ax.plot(*path[0], "o", color=INKS[5])[0]


def draw_screen(ax, title, shape):
    """Return an image to show pictures in."""
    ax.set(xticks=[], yticks=[])
    ax.set_title(title, fontsize=9)
    return ax.imshow(np.zeros(shape), cmap="Greys", vmin=0, vmax=1)


if __name__ == "__main__":
    main()
