"""What is the smallest network that still holds 32 letters exactly?

    python experiments/letters/smallest_network.py                        # 20 seeds of each network, K-FAC
    python experiments/letters/smallest_network.py --solver hessian-free  # the same with another solver
    python experiments/letters/smallest_network.py --networks 35-2-8-8-35,35-1-9-9-35 --seeds 5

The networks have a code of two numbers or of one, no hidden layer before it unless --networks says so, and decoders of
one to three hidden layers. A run succeeds if no pixel of any letter is on the wrong side of 1/2. It prints a table and
writes runs.jsonl (the same command resumes where it was stopped), results.json and smallest_network.png under --out.

A network is on the front of its size of code if no other with as many weights or fewer succeeds as often.

Last result, 20 seeds: code of two numbers: 411 weights (35-2-8-35) hold all letters in 8 runs, 429 in 14, 449 in 15,
483 (35-2-8-8-35) in 19, 539 in 20. Code of one: 551 in 4, 584 in 6, 610 in 11, 671 in 13, 799 in 16. The settings
were chosen on seeds 0 to 2.
"""

import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))  # where the package `experiments` is
import npae
from experiments.shared.command_line import count, one_message, sizes, study_parser, writable_folder
from experiments.shared.figures import counted, plain
from experiments.shared.recipe import Recipe
from experiments.shared.results import save_results, table
from experiments.shared.training import Train, run_study
from npae.datasets import FONTS, load_font
from npae.metrics import pixel_errors, wilson_interval

SOLVERS = {  # optimizer, refinement and, of its epochs, how many there are and after how many one looks for the end
    "kfac": (npae.KFAC(), None, 1000, 10),
    "bfgs": (None, npae.Refine("BFGS", max_iterations=100), 30, 1),
    "hessian-free": (None, npae.Refine("hessian-free", max_iterations=50), 4, 1),
    "trust-ncg": (None, npae.Refine("trust-ncg", curvature="gauss_newton", max_iterations=50), 6, 1),
}
NETWORKS = (
    "35-2-7-35,35-2-6-6-35,35-2-8-35,35-2-7-7-35,35-2-9-35,35-2-8-8-35,35-2-10-35,35-2-9-9-35,"
    "35-1-10-10-35,35-1-9-9-9-35,35-1-11-11-35,35-1-12-12-35,35-1-14-14-35"
)


def main(argv=None):
    """Run the study."""
    args = parser().parse_args(argv)
    with one_message("smallest_network"):
        experiment(args, writable_folder(args.out))


def parser():
    p = study_parser(__doc__, "smallest_network", seeds=20)
    p.add_argument("--font", default="capitals", choices=FONTS)
    networks = NETWORKS.replace(",", " ")
    p.add_argument("--networks", type=lists_of_sizes, default=NETWORKS, help=f"with commas (default {networks})")
    p.add_argument("--solver", default="kfac", choices=SOLVERS, help="default kfac")
    p.add_argument("--std", type=float, default=0.6, help="standard deviation of the first weights (default 0.6)")
    p.add_argument("--epochs", type=count, help="maximum (default 1000 of K-FAC, 4 to 30 refinements)")
    return p


def lists_of_sizes(text):
    """Read layer sizes of several networks, with commas between them."""
    return [sizes(network) for network in text.split(",")]


def experiment(args, out):
    """Carry out the runs, or what is left of them, and report."""
    began, seeds = time.perf_counter(), args.seeds or (1 if args.quick else 20)
    networks = args.networks[:2] if args.quick else args.networks
    epochs = args.epochs or (2 if args.quick else None)
    train = Train(partial(prepared, args.font, args.solver, args.std, epochs), measured)
    for network in networks:
        recipe_of(network, args.solver, args.std, epochs).autoencoder(0)  # what cannot work is said before any run
    settings = [{"network": "-".join(map(str, network))} for network in networks]
    results = run_study(train, settings, args, out, seeds)
    found = with_front([outcome(rows, network) for network, rows in by_network(results, settings).items() if rows])
    print(f"\n{args.font}, {args.solver}, {counted(seeds)}\n{text_of(found)}")
    if found:
        front_figure(found, args, seeds).savefig(out / "smallest_network.png", dpi=150)
    save_results(out, {"font": args.font, "solver": args.solver, "seeds": seeds, "networks": found})
    print(f"written to {out} after {time.perf_counter() - began:.0f} s")


def recipe_of(network, solver, std, epochs=None):
    """Return the recipe of a network: tanh inside, nothing on the code, cross-entropy."""
    optimizer, refine, most, every = SOLVERS[solver]
    recipe = Recipe.from_sizes(
        network,
        activation="tanh",
        loss="bce",
        init=npae.Gaussian(std),
        optimizer=optimizer,
        refine=refine,
        epochs=epochs or most,
        callbacks=(npae.EarlyStopping("pixel_errors", target=0, every=every),),
    )
    return replace(recipe, encoder=(*recipe.encoder[:-1], npae.Dense(recipe.encoder[-1], "identity")))


def prepared(font, solver, std, epochs, *, seed, network):
    """Return the model of a run, the letters' pixels, and the letters, as `Train` wants them."""
    letters = load_font(font)
    return recipe_of(sizes(network), solver, std, epochs).autoencoder(seed), letters.pixels, letters


def measured(model, font):
    """Return how many weights there are, and how many letters are exact."""
    wrong = pixel_errors(font.pixels, model.reconstruct(font.pixels))
    return {
        "weights": model.network_.n_parameters,
        "code": model.network_.code_shape[0],
        "wrong_pixels": wrong.sum(),
        "exact": (wrong == 0).sum(),
        "success": not wrong.any(),
        "epochs_run": model.n_epochs_,
    }


def by_network(results, settings):
    """Return the finished runs of each network."""
    rows = [row for row in results.rows if row["status"] == "finished"]
    names = [setting["network"] for setting in settings]
    return {name: [row for row in rows if row["network"] == name] for name in names}


def outcome(rows, network):
    """Return what the runs of one network came to; `low` and `high` bound its share of successes (Wilson, 95 %)."""
    successes = sum(row["success"] for row in rows)
    low, high = wilson_interval(successes, len(rows))
    return {
        "network": network,
        "code": rows[0]["code"],
        "weights": rows[0]["weights"],
        "runs": len(rows),
        "successes": successes,
        "share": successes / len(rows),
        "low": low,
        "high": high,
        "wrong_pixels": float(np.median([row["wrong_pixels"] for row in rows])),
        "cpu_seconds": float(np.median([row["cpu_seconds"] for row in rows])),
    }


def with_front(outcomes):
    """Return the outcomes by number of weights, each with whether no smaller network of its code succeeds as often."""
    ordered, best, found = sorted(outcomes, key=lambda each: (each["weights"], -each["share"])), {}, []
    for each in ordered:
        before = best.get(each["code"], 0.0)
        found.append({**each, "front": each["share"] > before})
        best[each["code"]] = max(before, each["share"])
    return found


def text_of(found):
    """Return the outcomes as a table."""
    lines = [["network", "weights", "exact", "share", "95 %", "wrong pixels", "cpu s", "front"]]
    for each in found:
        interval = f"{each['low']:.2f} to {each['high']:.2f}"
        exact = f"{each['successes']} of {each['runs']}"
        numbers = [f"{each['wrong_pixels']:g}", f"{each['cpu_seconds']:.1f}", "*" if each["front"] else ""]
        lines.append([each["network"], f"{each['weights']}", exact, f"{each['share']:.2f}", interval, *numbers])
    return table(lines)


def front_figure(found, args, seeds):
    """Return the Figure of success against weights, with the front of each size of code as a line of steps."""
    from matplotlib.figure import Figure  # here: worker processes import this file too, and draw nothing

    figure = Figure(figsize=(7.4, 4.4), layout="constrained")
    ax = figure.subplots()
    plain(ax, spines=False)
    for code in sorted({each["code"] for each in found}, reverse=True):
        draw_code(ax, code, [each for each in found if each["code"] == code])
    ax.set(xlabel="weights and biases of the whole network", ylabel="share of runs with all letters exact")
    ax.set(ylim=(-0.09, 1.09), yticks=np.linspace(0, 1, 5))
    ax.margins(x=0.08)
    ax.legend(frameon=False, loc="lower right", fontsize=8)
    note = (
        f"{args.font}, {args.solver}, {counted(seeds)} of each network. Beside each: its layers from the code to the "
    )
    note += "last hidden one. Bars: 95 % Wilson intervals. Steps: the best share that so many weights or fewer reach; "
    return npae.plots.titled(figure, title_of(found), f"{note}filled: networks on this front.")


def title_of(found):
    """Return what the front says in one sentence."""
    best = next((each for each in found if each["share"] >= 0.9), None)
    least = next((each for each in found if each["successes"]), None)
    if least is None:
        return "No network holds all letters"
    seldom = f"{least['weights']} weights can hold 32 letters exactly ({least['successes']} of {least['runs']} runs)"
    return seldom + (f"; {best['weights']} do in {best['successes']} of {best['runs']} runs" if best else "")


def draw_code(ax, code, found):
    """Draw the networks with a code of so many numbers, each with its interval and its inner sizes, and their front."""
    from npae.plots import INKS, caption

    colour, marker = (INKS[1], "s") if code == 1 else (INKS[0], "o")
    for each in found:
        x, y = each["weights"], each["share"]
        ax.plot([x, x], [each["low"], each["high"]], color=colour, linewidth=1, alpha=0.5)
        ax.plot(x, y, marker, color=colour, markerfacecolor=colour if each["front"] else "white", markersize=6)
        name = each["network"].split("-", 1)[1].rsplit("-", 1)[0]
        crowded = any(0 < other["weights"] - x < 20 and other["share"] == y for other in found)
        left, up = each["front"] or crowded, each["front"]  # no front line passes there
        place = {"ha": "right" if left else "left", "va": "bottom" if up else "top"}
        caption(ax, x + (-3 if left else 3), y + (0.015 if up else -0.015), name, fontsize=7.5, color=colour, **place)
    front = [(each["weights"], each["share"]) for each in found if each["front"]]
    label = f"code of {counted(code, 'number')}"
    x, y = zip((front[0][0], 0), *front, strict=True) if front else ((), ())
    ax.plot(x, y, marker, color=colour, drawstyle="steps-post", linestyle="-", linewidth=1.2, alpha=0.5, markersize=0)
    ax.plot([], [], marker, color=colour, label=label)


if __name__ == "__main__":
    main()
