"""where_each_wins.py: equal starts on every task, a target that follows from seed 0, and who is there first."""

import json
import math

import numpy as np
import pytest

import npae
from experiments import where_each_wins
from experiments.solvers import races, sized_tasks, winners, winners_figure
from experiments.solvers.contenders import CONTENDERS, FEW_WEIGHTS, UNFIT, grid, solver
from experiments.solvers.methods import SAMPLE
from experiments.solvers.runs import Watched
from experiments.solvers.sized_tasks import TASKS
from experiments.solvers.tasks import start
from experiments.solvers.track import Clock
from experiments.solvers.verdicts import curve_of
from npae.estimators.construction import build_network
from npae.execution.blas import blas_threads
from npae.network import Shards
from npae.samples import Samples
from npae.training.frozen_objective import FrozenObjective

FAST = {"limit": 0.05, "stop": None, "quick": True}
COUNTS = {"letters": 32, "circles": 100, "series": 400, "digits": 1797, "mnist": 60_000}
SHAPES = {"circles": (42,), "letters": (35,), "digits": (64,)}


def network_of(name):
    """Return the Network of a task, without its data."""
    task = TASKS[name]
    flat = (784,) if task.data == "mnist" else (48,)
    shape = SHAPES.get(task.data, flat if task.kind == "dense" else (28, 28, 1) if task.data == "mnist" else (48, 1))
    return build_network(sized_tasks.recipe(task).autoencoder(0), shape)


def raced(task, method, seed=0, data=None, **changes):
    """Return what a run for an instant measures."""
    samples, outputs, weights = sized_tasks.counts(TASKS[task], data, quick=True)
    setting = grid(method, TASKS[task], outputs)[0]
    made = solver(method, setting["eta"], samples, weights)
    return races.Race(data)(seed=seed, task=task, method=method, solver=made, **setting, **FAST | changes)


def raced_until_better(task, method, seed):
    """Return what a run measures that had time for a step: how long that takes depends on the machine."""
    for limit in (0.05, 1.0, 20.0):
        found = raced(task, method, seed, limit=limit)
        train = curve_of(found)["train"]
        if min(train) < train[0]:
            break
    return found


def row(method, seconds, errors=(8.0, 1.0), seed=0, *, task="letters", stop=None, eta=None, end="time", **more):
    """Return a made-up row of a run that ends after so many seconds."""
    curve = {"seconds": [0, seconds], "epochs": [0, 1], "steps": [0, 1], "train": list(errors)}
    run = {"task": task, "method": method, "seed": seed, "stop": stop, "eta": eta, "batch": None, "end": end}
    facts = {"samples": 32, "weights": 3597, "mean_error": 8.0, "status": "finished"}
    return run | facts | {"curve": json.dumps(curve)} | more


def test_tasks_have_from_a_hundred_to_ten_million_weights():
    weights = [network_of(name).n_parameters for name in TASKS]
    assert min(weights) < 300 and max(weights) > 10**7
    powers = {int(math.log10(count)) for count in weights}
    assert powers == {2, 3, 4, 5, 6, 7}


def test_letters_are_trained_by_networks_of_several_sizes():
    assert repr(network_of("letters")).startswith("Network(35-29-23-2 | 23-29-35, BinaryCrossEntropy, 3597")
    assert sum(task.data == "letters" for task in TASKS.values()) == 4


@pytest.mark.parametrize("task", [name for name, task in TASKS.items() if task.data not in ("mnist", "digits")])
def test_samples_have_the_shape_of_their_network(task):
    X = sized_tasks.samples(TASKS[task])
    assert len(X) == COUNTS[TASKS[task].data]
    network, theta = start(sized_tasks.recipe(TASKS[task], quick=True), X.shape[1:], 0)
    assert network.reconstruct(theta, X[:2]).shape == X[:2].shape


def test_images_are_flat_for_dense_networks_and_have_a_channel_for_convolutions(patterns):
    shapes = [sized_tasks.samples(TASKS[name], patterns, quick=True).shape for name in ("mnist-64", "mnist-conv")]
    assert shapes == [(48, 36), (48, 6, 6, 1)]


def test_digits_are_those_of_scikit_learn():
    pytest.importorskip("sklearn")
    X = sized_tasks.samples(TASKS["digits"])
    assert X.shape == (1797, 64) and X.min() == 0 and X.max() == 1


def test_all_methods_start_at_the_same_error():
    found = {method: raced_until_better("circles-tiny", method, 1) for method in CONTENDERS}
    assert len({run["start"] for run in found.values()}) == 1
    curves = {method: curve_of(run) for method, run in found.items()}
    assert len({curve["train"][0] for curve in curves.values()}) == 1
    assert all(min(curve["train"]) < curve["train"][0] for curve in curves.values())
    assert all("test" not in curve for curve in curves.values())


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS)
def test_every_method_trains_every_task_or_says_why_not(task, patterns):
    for method in CONTENDERS:
        run = raced(task, method, data=patterns, limit=0.02)
        if method == "least-squares" and TASKS[task].data in ("letters", "mnist"):
            assert run["end"].startswith(UNFIT)
        else:
            assert not run["end"].startswith(UNFIT) and len(curve_of(run)["train"]) > 1


def test_a_method_that_does_not_fit_says_so():
    assert raced("letters-tiny", "least-squares")["end"].startswith("does not fit: loss must be 'mse'")


class Steps:
    """A track that ends training after so many steps, and keeps theta."""

    def __init__(self, most):
        self._most, self.theta = most, None

    def due(self, seconds):
        return True

    def look(self, theta, seconds, epochs, steps, now=False):
        self.theta = theta.copy()
        return "time" if steps == self._most else ""


@pytest.mark.parametrize(("method", "batch", "steps"), [("adam", 16, 6), ("kfac", 16, 6), ("adam", 48, 2)])
def test_steps_are_those_of_fit_to_the_bit(method, batch, steps):
    recipe = sized_tasks.recipe(TASKS["circles-tiny"], quick=True)
    X, optimizer = sized_tasks.samples(TASKS["circles-tiny"], quick=True), solver(method, 1e-2, 48, 127)
    network, theta = start(recipe, X.shape[1:], 3)
    track = Steps(steps)
    with blas_threads(1):  # as `fit` and `Race` have it
        races.stepped(network, theta, X, track, optimizer, batch, 3)
    model = recipe.autoencoder(3, optimizer=optimizer, epochs=2, batch_size=batch)
    with pytest.warns(npae.TrainingWarning):
        model.fit(X)
    np.testing.assert_array_equal(track.theta, model.theta_)


def test_residuals_tell_their_loss_and_their_products_are_counted():
    recipe, X = sized_tasks.recipe(TASKS["circles-tiny"], quick=True), sized_tasks.samples(TASKS["circles-tiny"])
    network, theta = start(recipe, X.shape[1:], 0)
    with Shards(network) as shards:
        frozen = FrozenObjective(network, shards, Samples(X), np.random.default_rng(0))
        watched = Watched(None, Steps(10**9), Clock(), 1.0)
        watched.go_on(frozen)
        found = watched.residual_map
        r = found.residuals(theta)
        np.testing.assert_allclose(watched._loss, network.value(theta, X))
        back = found.back(theta, r)
        np.testing.assert_allclose(found.along(theta, theta) @ r, back @ theta)
        assert watched.epochs == 3 and found.count == r.size == X.size


def test_curvature_is_that_of_a_draw_where_samples_are_many():
    for method in ("trust-ncg", "hessian-free"):
        few, many = (solver(method, None, count, 10**5) for count in (SAMPLE, SAMPLE + 1))
        assert (few.sample, few.max_iterations) == (None, None) and many.sample == SAMPLE
        assert few.uses_gauss_newton and many.max_iterations == 20


def test_least_squares_takes_a_matrix_for_few_weights_only():
    few, many = (solver("least-squares", None, 100, count) for count in (FEW_WEIGHTS, FEW_WEIGHTS + 1))
    assert few.options["tr_solver"] == "exact" and "tr_solver" not in many.options


def test_momentum_has_etas_of_a_loss_that_is_summed():
    assert [setting["eta"] for setting in grid("momentum", TASKS["letters"], 50)] == [0.5, 0.1]
    assert [setting["eta"] for setting in grid("adam", TASKS["mnist-64"], 784)] == [3e-3, 1e-3, 3e-4]
    assert grid("bfgs", TASKS["letters"], 35) == [{"eta": None, "batch": None}]


def test_the_target_is_a_factor_above_the_least_error_within_shares_of_the_means():
    rows = [row("bfgs", 1.0), row("adam", 1.0, (8.0, 2.0), eta=0.1), row("adam", 1.0, (8.0, 0.5), seed=1, stop=1.25)]
    assert winners.target_of(rows, "letters") == 1.25
    assert winners.target_of(rows, "letters", factor=2) == 2
    assert winners.target_of([row("bfgs", 1.0, (8.0, 1e-9))], "letters") == 8e-3
    assert winners.target_of([row("bfgs", 1.0, (8.0, 7.0))], "letters") == 7.2
    assert winners.target_of(rows, "digits") is None


def test_a_network_that_has_learned_nothing_has_no_winner():
    (found,) = winners.summary([row("bfgs", 1.0, (9.0, 8.0)), row("adam", 1.0, (9.0, 7.9), eta=0.1)])
    assert found["target"] == 7.2 and found["winner"] is None


def test_the_winner_is_the_first_at_the_target_by_its_median():
    rows = [row("bfgs", 2.0), row("kfac", 1.0), row("hessian-free", 9.0, (8.0, 1.5))]
    rows += [row("bfgs", seconds, (8.0, 1.2), seed, stop=1.25) for seed, seconds in ((1, 2.0), (2, 2.0))]
    rows += [row("kfac", seconds, (8.0, 1.2), seed, stop=1.25) for seed, seconds in ((1, 4.0), (2, 8.0))]
    (found,) = winners.summary(rows)
    assert (found["winner"], found["second"]) == ("bfgs", "kfac") and found["factor"] == 2
    assert {entry["method"]: entry["seconds"] for entry in found["methods"]}["hessian-free"] is None


def test_a_method_that_misses_the_target_with_most_seeds_does_not_win():
    rows = [row("kfac", 1.0), row("kfac", 3.0, (8.0, 7.0), 1, stop=1.25), row("kfac", 3.0, (8.0, 7.0), 2, stop=1.25)]
    (found,) = winners.summary(rows)
    assert found["winner"] is None and found["factor"] is None


def test_seed_0_chooses_eta_by_the_target():
    rows = [row("adam", 2.0, eta=0.1), row("adam", 1.0, eta=0.2), row("adam", 0.5, (8.0, 3.0), eta=0.3)]
    assert winners.chosen(rows, "letters", "adam", 1.25) == {"eta": 0.2, "batch": None}
    assert winners.chosen(rows, "letters", "kfac", 1.25) is None


def test_a_task_without_a_second_method_has_no_factor():
    rows = [row("kfac", 1.0), row("adam", 1.0, (8.0, 4.0), eta=0.1)]
    (found,) = winners.summary(rows)
    assert found["winner"] == "kfac" and found["second"] is None and found["factor"] is None


def test_the_table_marks_the_winner_and_what_does_not_fit():
    rows = [row("kfac", 1.0), row("adam", 1.0, (8.0, 4.0), eta=0.1)]
    rows.append(row("least-squares", 0.0, (8.0, 8.0), end="does not fit: loss"))
    outcomes = winners.summary(rows)
    heads, cells = winners.lines_of(outcomes)
    found = dict(zip(heads, cells, strict=True))
    assert found["Adam"] == "-" and found["Least squares"] == "" and float(found["K-FAC"]) < 1
    assert found["factor"] == "-" and "BFGS" not in heads
    assert f"| **{found['K-FAC']}** |" in winners.markdown(outcomes)
    assert "3,597" in winners.report(outcomes)


def outcomes_of_all_tasks():
    """Return made-up outcomes, with each method as the winner of a task, and one task that nobody wins."""
    methods = [*CONTENDERS, None, *CONTENDERS]
    return [
        {
            "task": name,
            "data": task.data,
            "label": task.label,
            "samples": task.most or COUNTS[task.data],
            "weights": network_of(name).n_parameters,
            "winner": method,
            "factor": None if i == 3 else 2.5,
        }
        for i, ((name, task), method) in enumerate(zip(TASKS.items(), methods, strict=False))
    ]


def test_the_figure_names_each_task_once_and_apart():
    figure = winners_figure.map_figure(outcomes_of_all_tasks(), 3, (2.0, 17.5))
    (ax,) = figure.axes
    figure.draw_without_rendering()
    names = [text.get_text().splitlines()[0] for text in ax.texts]
    assert len(set(names)) == len(TASKS) and "letters 29-23-2" in names
    boxes = [text.get_window_extent() for text in ax.texts]
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])
    assert all(ax.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1 for box in boxes)
    said = [text.get_text().splitlines()[1] for text in ax.texts]
    assert said.count("alone") == said.count("no method") == 1
    assert len(set(winners_figure.HUES.values())) == len(set(winners_figure.MARKERS.values())) == len(CONTENDERS)


@pytest.fixture
def command(tmp_path, monkeypatch):
    """Return the arguments for three methods on a task, for an instant each."""
    monkeypatch.setattr(where_each_wins, "QUICK_SECONDS", 0.1)
    monkeypatch.setattr(winners, "CEILING", math.inf)  # so that there is a target, however little time there was
    monkeypatch.setattr(where_each_wins, "draw", lambda outcomes, seeds, course, out: None)
    tasks = ["--tasks", "circles-tiny"]
    return ["--quick", *tasks, "--methods", "l-bfgs-b", "kfac", "adam", "--out", str(tmp_path)]


def test_the_same_command_goes_on_where_it_was_and_a_report_trains_nothing(command, tmp_path, capsys):
    where_each_wins.main(command)
    printed = capsys.readouterr().out
    assert "circles-tiny, K-FAC, seed 0: error" in printed and "Adam, seed 0 eta 0.003" in printed
    names = ("runs.jsonl", "results.json", "table.md")
    before = [(tmp_path / name).read_bytes() for name in names]
    for more in ([], ["--report"]):
        where_each_wins.main([*command, *more])
        assert "seed 0" not in capsys.readouterr().out
        assert [(tmp_path / name).read_bytes() for name in names] == before
    assert [each["task"] for each in json.loads(before[1])["tasks"]] == ["circles-tiny"]


def test_other_seeds_run_to_the_target_by_methods_that_reached_it(command, tmp_path):
    where_each_wins.main(command)
    rows = [json.loads(line) for line in (tmp_path / "runs.jsonl").read_text().splitlines()]
    document = json.loads((tmp_path / "results.json").read_text())
    for outcome in document["tasks"]:
        reached = {each["method"] for each in outcome["methods"] if each["times"][0] is not None}
        others = [each for each in rows if each["task"] == outcome["task"] and each["seed"] == 1]
        assert {each["method"] for each in others} == reached and len(others) == len(reached) > 0
        assert {each["stop"] for each in others} == {outcome["target"]}
        assert {each["limit"] for each in others} == {2 * each["limit"] for each in rows if each["seed"] == 0}


def test_another_target_keeps_the_runs_of_seed_0(command, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(winners, "FLOOR", 0.0)
    where_each_wins.main(command)
    capsys.readouterr()
    where_each_wins.main([*command, "--factor", "3"])
    assert "seed 0" not in capsys.readouterr().out
    where_each_wins.main([*command, "--factor", "4", "--report"])
    assert json.loads((tmp_path / "results.json").read_text())["seeds"] == 1
    assert "seed 1" not in capsys.readouterr().out


def test_a_report_of_nothing_ends_with_one_message(tmp_path):
    with pytest.raises(SystemExit, match=r"where_each_wins: .*runs\.jsonl must hold runs to report"):
        where_each_wins.main(["--report", "--out", str(tmp_path)])


@pytest.mark.slow
def test_figure_and_tables_are_written(patterns, tmp_path):
    tasks = ["circles-tiny", "mnist-conv"]
    where_each_wins.main(["--quick", "--data", str(patterns), "--tasks", *tasks, "--out", str(tmp_path)])
    names = {"runs.jsonl", "results.json", "table.md", "where_each_wins.png"}
    assert {path.name for path in tmp_path.iterdir()} == names
