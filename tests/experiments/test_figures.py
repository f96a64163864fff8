"""Every figure of a study can be read alone: its finding, its data and seeds, and colours and letters that are seen.

The figures are drawn from made-up rows: a study that takes an hour need not run.
"""

import functools
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.colors import to_rgb

import experiments
from experiments.digits import mnist_denoising, mnist_dense_figures, mnist_improvements_figures, mnist_overfitting
from experiments.digits import pretraining_figures as pretraining
from experiments.letters import font_denoising
from experiments.series import timeseries_figures
from experiments.solvers import winners_figure
from experiments.variational import vae, vae_search_figures
from npae.datasets import load_font

RNG = np.random.default_rng(0)
FALLING = [0.2, 0.1, 0.05]


def dense_rows():
    history = {"loss": FALLING, "val_loss": FALLING, "binary_accuracy": FALLING, "val_binary_accuracy": FALLING}
    scores = {"test_mse": 0.01, "train_mse": 0.009, "seed": 0, "history": history}
    return [{"name": f"784-{code}-784", "code": code, **scores} for code in (64, 128, 256)]


def level_rows(codes=(64, 128)):
    ways = {"untouched": None}
    for code in codes:
        ways |= {f"{code} components": code, f"784-{code}-784": code}
    return [
        {"way": way, "code": code, "level": level, "mse": 0.1 * level, "readable": 1 - level}
        for way, code in ways.items()
        for level in (0.0, 0.5)
    ]


def denoising_summary():
    ways = [*mnist_denoising.styles()]
    return [
        {
            "way": way,
            "noise": noise,
            "level": level,
            "mse": 0.1 * (i + level),
            "seeds": [0.1 * i, 0.1 * i + 0.1],
        }
        for i, way in enumerate(ways)
        for noise, (_, _, levels) in mnist_denoising.NOISES.items()
        for level in levels
    ]


def overfitting_rows():
    numbers = {"train_mse": 0.01, "test_mse": 0.02, "gap": 0.01, "zeros": 0.5, "status": "finished"}
    return [{"way": way, **numbers} for way in mnist_overfitting.WAYS]


def pretraining_rows():
    curve = json.dumps([[20, 100, 600], [2.0, 1.0, 0.5]])
    numbers = {"curve 100": curve, "accuracy_curve 100": curve, "accuracy 100": 70.0, "seed": 0, "status": "finished"}
    return [{"activation": a, "start": s, **numbers} for a in ("tanh", "relu") for s in pretraining.STARTS]


def entries():
    share = {"test_mse": 0.9, "cpu_seconds": 2.0, "memory_mb": 1.0}
    return [{"name": f"code {n}", "runs": 3, "test_mse": 0.01, "errors": [0.01], "share": share} for n in (32, 2)]


def optimiser_entries():
    return [
        {
            "optimiser": name,
            "schedule": schedule,
            "eta": 0.01,
            "test": [150.0, 151.0],
            "mean": 150.5,
            "curve": [[160, 155], [165, 158], [170, 160]],
        }
        for name in vae_search_figures.OPTIMISERS
        for schedule in ("constant", "adaptive")
    ]


def sampler_entries():
    return {name: {"best_so_far": [FALLING, FALLING, FALLING], "best": [1, 2]} for name in vae_search_figures.SAMPLERS}


def letters_summary():
    rate = {
        "n": 640,
        "seeds": 3,
        "exact": 0.5,
        "within_one": 0.6,
        "exact_seeds": [0.4, 0.6],
        "within_one_seeds": [0.5, 0.7],
    }
    ways = ["untouched", "nearest", "wide"]
    return [{"way": way, "level": level, **rate} for way in ways for level in font_denoising.LEVELS]


def series_result():
    X, y = RNG.random((8, 12, 2)), np.array(list("aabbaabb"))
    task = SimpleNamespace(name="sines", X=(X, X), y=(y, y), code=4)
    ways = [*timeseries_figures.NAMES]
    shown = {way: (X, None if way == "mean" else RNG.random((8, 4))) for way in ways}
    summary = [{"way": way, "test": 0.1, "same_class": None if way == "mean" else 0.9} for way in ways]
    return {"task": task, "test": X, "shown": shown, "summary": summary}


def anomaly():
    recording = RNG.random((60, 1))
    watch = SimpleNamespace(name="sine", recording=recording, normal=20, length=8, near=3)
    scores = {way: (0.1 + RNG.random(40), 1.0) for way in ("dense", "conv", "lstm")}
    return watch, {"label": [40, 44], "scores": scores, "rows": [{"hit": True}, {"hit": False}]}


def bounds():
    """Return the medians and the table of two betas."""
    runs = [{"rate": 8.0, "distortion": 0.1}, {"rate": 9.0, "distortion": 0.05}]
    middle = {"rate": 8.5, "distortion": 0.08}
    names = ("beta 0.1", "beta 0.3")
    return dict.fromkeys(names, middle), {name: {"median": middle, "runs": runs} for name in names}


def won():
    """Return the outcomes of four tasks: winners with and without a second method, and no winner."""
    wins = [("bfgs", 2.5), ("kfac", None), (None, None), ("adam", 12.0)]
    facts = {"data": "letters", "label": "29-23-2", "samples": 32}
    return [
        facts | {"weights": 10 ** (2 + i), "winner": winner, "factor": factor}
        for i, (winner, factor) in enumerate(wins)
    ]


def digit_noise():
    model = SimpleNamespace(reconstruct=lambda X: X)
    noisy = {level: np.full((10, 36), level) for level in (0.0, 0.5)}
    return mnist_dense_figures.noise(noisy, model, (6, 6), "784-64-784", "mnist")


FIGURES = {
    "dense curves": lambda: mnist_dense_figures.curves(dense_rows(), "mnist"),
    "dense noise": digit_noise,
    "dense levels": lambda: mnist_dense_figures.levels(level_rows(), "mnist"),
    "dense denoising": lambda: mnist_dense_figures.levels(level_rows([64]), "mnist"),
    "dense sizes": lambda: mnist_dense_figures.sizes(dense_rows(), lambda size: 1 / size, "mnist"),
    "denoising curves": lambda: mnist_denoising.curves(denoising_summary(), "mnist", 2),
    "overfitting": lambda: mnist_overfitting.draw(overfitting_rows()),
    "pretraining": lambda: pretraining.draw(pretraining_rows(), ["tanh", "relu"], [100], "loss"),
    "pretraining accuracy": lambda: pretraining.draw(pretraining_rows(), ["tanh", "relu"], [100], "accuracy"),
    "improvements": lambda: mnist_improvements_figures.summary_figures({"networks": entries()})["networks"],
    "code size": lambda: mnist_improvements_figures.code_size_figure({"code-size": entries()}, {32: 0.02, 2: 0.05}),
    "samplers": lambda: vae_search_figures.samplers_figure(sampler_entries()),
    "optimisers": lambda: vae_search_figures.optimisers_figure(optimiser_entries(), {"SGD": optimiser_entries()[0]}),
    "schedules": lambda: vae_search_figures.schedules_figure(optimiser_entries()),
    "letters denoised": lambda: font_denoising.curve(load_font("lowercase"), letters_summary(), ["wide"]),
    "series": lambda: timeseries_figures.reconstructions_figure([series_result()]),
    "series codes": lambda: timeseries_figures.codes_figure([series_result()]),
    "series anomaly": lambda: timeseries_figures.anomaly_figure(*anomaly()),
    "rate and distortion": lambda: vae.rate_and_distortion(*bounds(), "Capitals, 2 seeds for each beta."),
    "where each wins": lambda: winners_figure.map_figure(won(), 3, (1.8, 24.0)),
    "samples": lambda: vae.draw_samples(RNG.random((64, 36)), (6, 6), "MNIST, seed 0."),
}


@functools.cache
def drawn(name):
    return FIGURES[name]()


@pytest.fixture(scope="module", params=FIGURES)
def figure(request):
    return drawn(request.param)


@pytest.mark.fast_cases(4)
def test_it_says_its_finding_and_what_it_was_drawn_from(figure):
    title, note = [text.get_text() for text in figure.texts if text.get_text()][-2:]
    assert title[0].isupper() or title[0].isdigit()
    assert "seed" in note.lower() or "searches" in note


@pytest.mark.fast_cases(4)
def test_its_title_and_note_end_before_its_edge(figure):
    figure.draw_without_rendering()
    assert max(text.get_window_extent().x1 for text in figure.texts) < figure.bbox.x1


@pytest.mark.fast_cases(4)
def test_its_letters_can_be_read(figure):
    """At least 7 points in a figure that is at most 7.5 inches wide, which is as wide as a page."""
    assert figure.get_figwidth() <= 7.5
    texts = [text for ax in figure.axes for text in [*ax.texts, ax.title, ax.xaxis.label, ax.yaxis.label]]
    assert min(text.get_fontsize() for text in [*texts, *figure.texts]) >= 7


@pytest.mark.fast_cases(4)
def test_its_lines_are_dark_enough_on_white(figure):
    for line in [line for ax in figure.axes for line in ax.lines]:
        if line.get_linewidth() < 5:  # wider ones are grounds
            parts = np.array(to_rgb(line.get_color()))
            linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
            assert 1.05 / (linear @ [0.2126, 0.7152, 0.0722] + 0.05) >= 3, line.get_color()


def test_no_study_hands_its_figures_to_pyplot_which_would_keep_them():
    studies = Path(experiments.__file__).parent.rglob("*.py")
    assert [path.name for path in studies if "pyplot" in path.read_text(encoding="utf-8")] == []


def test_every_network_of_a_beta_is_joined_to_its_median():
    (ax,) = FIGURES["rate and distortion"]().axes
    ends = {tuple(np.transpose(line.get_data())[1]) for line in ax.lines[:-1]}
    assert ends == {(8.0, 0.1), (9.0, 0.05)}


def test_rows_that_come_from_no_run_say_so():
    note = "Read off a figure."
    drawn = mnist_improvements_figures.summary_figures({"networks": entries()}, note)["networks"]
    sized = mnist_improvements_figures.code_size_figure({"code-size": entries()}, {32: 0.02, 2: 0.05}, note)
    assert all(figure.texts[-1].get_text().endswith(note) for figure in (drawn, sized))


def test_networks_that_a_rule_left_alone_are_marked():
    labels = [label.get_text() for label in FIGURES["schedules"]().axes[0].get_yticklabels()]
    assert labels == ["constant (0.01)", "adaptive (0.01) *"]


def test_components_have_a_colour_of_their_own_where_all_codes_are_of_one_size():
    ax = drawn("dense denoising").axes[0]
    colours = {line.get_label(): line.get_color() for line in ax.lines}
    assert colours["64 principal components"] == "black" != colours["784-64-784"]
    assert len(colours) == 3


def test_starts_share_their_axes_so_that_columns_compare():
    axes = pretraining.draw(pretraining_rows(), ["tanh", "relu"], [100], "accuracy").axes
    assert len({(ax.get_xlim(), ax.get_ylim()) for ax in axes}) == 1
