"""deep.py: equal starts, tracked errors, runs that go on where they were, and verdicts that follow from the runs."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from looped import in_one_test

import npae
from experiments import deep
from experiments.solvers import runs, solver_figures, tasks, track, verdicts
from experiments.solvers.methods import METHODS, PUBLISHED, missing

FAST = {"activation": "sigmoid", "quick": True, "minutes": 0.05 / 60, "stop": None}


def network_and_theta(seed=0, activation="sigmoid"):
    settings = tasks.recipe("curves", activation, quick=True)
    return settings, *tasks.start(settings, 144, seed)


def trained(method, seed, setting, seconds=0.05):
    """Return what a run for an instant measures."""
    solver, fast = METHODS[method].solver(setting["eta"]), FAST | {"minutes": seconds / 60}
    return runs.Run()(seed=seed, task="curves", method=method, solver=solver, **setting, **fast)


def trained_until_better(method, seed, setting):
    """Return what a run measures that had time for a step: how long that takes depends on the machine."""
    for seconds in (0.05, 1.0, 20.0):
        found = trained(method, seed, setting, seconds)
        train = verdicts.curve_of(found)["train"]
        if train[-1] < train[0]:
            break
    return found


def row(method, train, seed=0, *, test=None, seconds=None, task="mnist", stop=None, status="finished", **more):
    """Return a made-up row of a run, one epoch per second unless told otherwise."""
    places = list(range(len(train))) if seconds is None else seconds
    curve = {"seconds": places, "epochs": list(range(len(train))), "steps": places, "train": train}
    curve["test"] = train if test is None else test
    setting = {"eta": None, "batch": None} | METHODS[method].grid[0]
    run = {"task": task, "method": method, "seed": seed, "stop": stop, "status": status, "key": f"{method} {seed}"}
    return {
        **run,
        **setting,
        "curve": json.dumps(curve),
        "parameters": 9,
        "activation": "sigmoid",
        "quick": True,
    } | more


def test_published_networks():
    curves, mnist = (tasks.start(tasks.recipe(task, "sigmoid"), 784, 0)[0] for task in ("curves", "mnist"))
    assert repr(curves).startswith("Network(784-400-200-100-50-25-6 | 25-50-100-200-400-784")
    assert repr(mnist).startswith("Network(784-1000-500-250-30 | 250-500-1000-784")
    kinds = [[layer.activation for layer in side.layers] for side in (mnist.encoder, mnist.decoder)]
    assert kinds[0] == ["sigmoid"] * 3 + ["identity"] and kinds[1][:3] == ["sigmoid"] * 3


def test_shallow_networks_have_relu_whatever_the_others_have():
    one, two = (tasks.start(tasks.recipe(task, "tanh"), 784, 0) for task in ("mnist-64", "mnist-256-32"))
    kinds = [[layer.activation for layer in network.layers[:-1]] for network, _ in (one, two)]
    assert kinds == [["relu"], ["relu", "identity", "relu"]]
    assert repr(one[0]).startswith("Network(784-64 | 784") and repr(two[0]).startswith("Network(784-256-32 | 256-784")
    assert np.count_nonzero(one[1]) >= 2 * 784 * 64  # not sparse


def test_units_start_with_15_connections():
    W = tasks.Sparse().draw(np.random.default_rng(0), (40, 500), 40, 500)
    assert ((W != 0).sum(axis=0) == 15).all()
    np.testing.assert_allclose(W[W != 0].std(), 1, rtol=0.05)
    assert (tasks.Sparse().draw(np.random.default_rng(0), (6, 3), 6, 3) != 0).all()


def test_fit_starts_at_the_theta_that_all_others_get():
    settings, _, theta = network_and_theta(seed=3)
    model = settings.autoencoder(3, optimizer=npae.GradientDescent(1e-30), epochs=1)
    model.fit(tasks.samples("curves", quick=True)[0])
    np.testing.assert_allclose(model.theta_, theta, rtol=0, atol=1e-25)


@pytest.mark.fast_cases(3)
@pytest.mark.parametrize("method", ["kfac", "l-bfgs-b", "bfgs", "adam", "momentum", "hessian-free"])
def test_every_method_starts_at_the_same_error_and_trains(method):
    found = trained_until_better(method, 1, METHODS[method].grid[0])
    curve = verdicts.curve_of(found)
    _, network, theta = network_and_theta(seed=1)
    X, X_test = tasks.samples("curves", quick=True)
    first = [np.square(network.reconstruct(theta, x) - x).sum(axis=1).mean() for x in (X, X_test)]
    np.testing.assert_allclose([curve["train"][0], curve["test"][0]], first, rtol=1e-5)
    assert curve["train"][-1] < curve["train"][0]
    assert found["end"] == "time" and curve["seconds"][-1] >= 0.05
    assert all(later > earlier for earlier, later in zip(curve["seconds"], curve["seconds"][1:], strict=False))


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu"])
def test_pytorch_has_npaes_network_weights_and_order(activation):
    torch = pytest.importorskip("torch")
    from experiments.solvers import torch_adam

    _, network, theta = network_and_theta(activation=activation)
    theta += np.random.default_rng(1).normal(0, 0.1, theta.size).astype(theta.dtype)  # biases, too
    X = tasks.samples("curves", quick=True)[0]
    model = torch_adam.torch_model(network, theta)
    np.testing.assert_allclose(
        torch.sigmoid(model(torch.from_numpy(X))).detach(), network.reconstruct(theta, X), atol=1e-5
    )
    np.testing.assert_array_equal(torch_adam.theta_of(model), theta)
    loss = torch.nn.BCEWithLogitsLoss()(model(torch.from_numpy(X)), torch.from_numpy(X))
    np.testing.assert_allclose(loss.item(), network.value(theta, X), rtol=1e-5)


def test_pytorch_trains_from_the_same_start():
    pytest.importorskip("torch")
    setting = {"eta": 3e-3, "batch": 50}
    found, ours = (trained(method, 1, setting) for method in ("torch-adam", "adam"))
    curve = verdicts.curve_of(found)
    assert found["start"] == ours["start"] and curve["train"][0] == verdicts.curve_of(ours)["train"][0]
    assert curve["train"][-1] < curve["train"][0] and curve["steps"][-1] == 4 * curve["epochs"][-1]


def test_a_method_without_its_package_is_left_out_with_one_line(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert missing("torch-adam") == "Adam, PyTorch is left out: PyTorch is not installed."
    assert missing("adam") == "" and missing("kfac") == ""


def test_errors_are_summed_over_pixels():
    _, network, theta = network_and_theta()
    X = tasks.samples("curves", quick=True)[0]
    expected = np.mean(np.sum((network.reconstruct(theta, X) - X) ** 2, axis=1))
    np.testing.assert_allclose(track.squared_error(network, theta, X), expected, rtol=1e-5)
    assert track.squared_error(network, np.full_like(theta, np.nan), X) == math.inf


def test_a_track_measures_at_growing_distances_and_ends():
    _, network, theta = network_and_theta()
    X, X_test = tasks.samples("curves", quick=True)
    tracked = track.Track(network, X, X_test, limit=10.0)
    for tenth in range(100):
        assert tracked.look(theta, tenth / 10, tenth, tenth) == ""
    assert tracked.look(theta, 10.0, 100, 100) == "time"
    seconds = [point[0] for point in tracked.points]
    assert seconds[:2] == [0, 0.1] and 30 < len(seconds) < 90
    assert track.Track(network, X, X_test, 10.0, stop=1e9).look(theta, 0.0, 0, 0) == "reached"
    assert track.Track(network, X, X_test, 10.0).look(theta * np.nan, 0.0, 0, 0) == "diverged"


def test_a_paused_clock_stands_still():
    clock = track.Clock()
    with clock.paused():
        before = clock._began
        while track.time.perf_counter() - before < 0.05:
            pass
    assert clock.seconds < 0.04


def test_an_error_is_reached_between_two_measurements():
    run = row("kfac", [100.0, 10.0, 1.0, 2.0], seconds=[0, 2, 4, 6])
    np.testing.assert_allclose(verdicts.reached(run, 10**0.5), 3)
    np.testing.assert_allclose(verdicts.reached(run, 1.0), 4)
    np.testing.assert_allclose(verdicts.reached(run, 10**0.5, "epochs"), 1.5)
    assert verdicts.reached(run, 100.0) == 0
    assert verdicts.reached(run, 0.9) is None


@pytest.mark.parametrize(("seconds", "end"), [(2.9, ""), (3.0, "behind"), (5.9, "behind"), (6.0, "")])
def test_a_run_far_behind_its_rival_ends_after_a_third_of_the_rivals_seconds(monkeypatch, seconds, end):
    rival = {"seconds": [0.0, 3.0, 6.0, 9.0], "train": [60.0, 20.0, 30.0, 10.0]}
    monkeypatch.setattr(track, "squared_error", lambda *_: 31.0)
    tracked = track.Track(None, np.zeros((1, 1)), None, limit=100.0, rival=rival)
    assert tracked.look(None, seconds, 1, 1) == tracked.end == end


def test_the_fastest_setting_is_the_first_at_the_target_else_the_one_that_ends_best():
    slow, fast = row("adam", [9.0, 4.0, 2.0], eta=1), row("adam", [9.0, 2.0, 2.5], eta=2)
    never = row("adam", [9.0, 4.0, 3.5], eta=3)
    assert verdicts.fastest([slow, fast, never], 3.0)["eta"] == 2
    assert verdicts.fastest([slow, fast, never], 1.0)["eta"] == 1
    assert verdicts.fastest([], 1.0) is None


@in_one_test(
    ("outcomes", "verdict"),
    [
        ([True, True], "holds"),
        ([False, False], "fails"),
        ([True, False, True], "holds only with 2 of 3 seeds"),
        ([], "not measured"),
        ([True, None], "open: neither got there"),
    ],
)
def test_a_verdict_counts_seeds(outcomes, verdict):
    assert verdicts.judged(outcomes) == verdict


def made_up(kfac, adam, peer):
    """Return rows in which these methods reach 3.0 after so many seconds, with two seeds."""
    rows = []
    for method, seconds in (("kfac", kfac), ("adam", adam), ("torch-adam", peer)):
        rows += [row(method, [30.0, 3.0, 2.0], seed, seconds=[0, seconds, 50]) for seed in range(2)]
        if len(METHODS[method].grid) > 1:
            rows.append(row(method, [30.0, 3.0], 0, seconds=[0, seconds], stop=3.0))
    return rows


def said(rows, task="mnist"):
    return {each["claim"]: each["verdict"] for each in verdicts.verdicts(rows) if each["task"] == task}


def test_kfac_is_faster_or_is_not():
    found = said(made_up(kfac=5, adam=10, peer=4))
    claim = "K-FAC reaches a training error of 3 in fewer seconds than Adam"
    assert found[claim] == "holds" and found[f"{claim}, PyTorch"] == "fails"
    assert found["K-FAC reaches a training error of 3 in fewer epochs than Adam"] == "fails"  # as many
    assert found["Hessian-free reaches a training error of 3 in fewer seconds than Adam"] == "not measured"


def test_a_published_error_is_reached_or_is_not():
    rows = [row("hessian-free", [30.0, 0.5], test=[30.0, 3.5]), row("kfac", [30.0, 0.7], test=[30.0, 2.5])]
    found = said(rows)
    hessian_free = "the training error of 0.69 (Sutskever, Martens, Dahl & Hinton 2013, Table 1)"
    assert found[f"Hessian-free reaches {hessian_free}"] == "holds"
    assert found[f"K-FAC reaches {hessian_free}"] == "fails"
    assert found["K-FAC reaches the test error of 3 (Hinton & Salakhutdinov 2006, Fig. 2)"] == "holds"


def test_published_errors_of_other_pictures_are_neither_judged_nor_drawn():
    rows = [row("kfac", [30.0, 0.01], test=[30.0, 0.01], task="curves")]
    (claim,) = [each for each in verdicts.verdicts(rows) if "0.058" in each["claim"] and "K-FAC" in each["claim"]]
    assert claim["verdict"] == "not judged" and "0.01; other pictures" in claim["numbers"]
    figure = solver_figures.curves_figure(verdicts.long_runs(rows, "curves"), "curves", "seconds")
    assert not any("2013" in text.get_text() for ax in figure.axes for text in ax.texts)


def test_npaes_adam_has_the_setting_that_pytorchs_got():
    rows = [row("torch-adam", [30.0, 2.0], 0, eta=3e-3, batch=100, stop=3.0), row("adam", [30.0, 1.0], 0, stop=3.0)]
    assert verdicts.choice(rows, "mnist", "adam") == {"eta": 3e-3, "batch": 100}
    assert verdicts.choice(rows[1:], "mnist", "adam") == {name: rows[1][name] for name in ("eta", "batch")}


def test_test_errors_and_costs_are_judged():
    rows = [*made_up(5, 10, 4), {"task": "mnist", "status": "finished", "seed": 0, "step_ratio": 1.9}]
    rows += [row("kfac", [30.0, 2.0], 2, test=[30.0, 5.0]), row("adam", [30.0, 2.0], 2, test=[30.0, 4.0])]
    rows.append({"task": "mnist", "status": "finished", "seed": 0, "kfac_megabytes": 500.0})
    found = said(rows)
    assert found["After equal seconds K-FAC's least test error is below that of Adam"] == "fails"
    assert found["A K-FAC step, batch 1,000, takes at most twice the time of an Adam step"] == "holds"
    assert found["K-FAC allocates at most 400 MB beyond theta"] == "fails"


def test_only_the_chosen_settings_count_and_failed_runs_do_not():
    rows = made_up(5, 10, 4)
    rows.append(row("adam", [30.0, 1.0], eta=77.0))  # a long run with a setting that was not chosen
    rows.append(row("kfac", [30.0, 1.0], 2, status="failed"))
    kept = verdicts.long_runs(rows, "mnist")
    assert [len(kept[method]) for method in ("kfac", "adam", "torch-adam")] == [2, 2, 2]
    entries = verdicts.summary(rows)["mnist"]
    assert {entry["method"]: entry["seconds"]["to 3"] for entry in entries} == {"kfac": 5, "adam": 10, "torch-adam": 4}
    assert "never" in verdicts.listed([math.inf, 1.0]) and "K-FAC" in verdicts.report(entries)


def test_ratios_of_times():
    assert verdicts.ratio(1.0, 2.0) == 0.5 and verdicts.ratio(None, 2.0) == math.inf and verdicts.ratio(1.0, None) == 0
    assert math.isnan(verdicts.ratio(None, None))
    rows = [row(m, [30.0, 3.0], s, seconds=[0, t], stop=3.0) for m, t in (("kfac", 3), ("adam", 6)) for s in range(3)]
    runs = {method: deep.ratio_runs(rows, method) for method in ("kfac", "torch-adam", "adam")}
    lines = deep.ratio_lines(rows, runs).splitlines()
    assert lines[0].endswith("Adam, PyTorch: - (rounds: none)")
    assert lines[1].endswith("K-FAC / Adam: 0.50 (rounds: 0.50, 0.50)")  # seed 0 chose the settings
    late = [
        row("adam", [30.0, 4.0], 1, seconds=[0, 12], stop=3.0),
        row("adam", [30.0, 3.0], 2, seconds=[0, 6], stop=3.0),
    ]
    lines = deep.ratio_lines(rows, {**runs, "adam": late}).splitlines()
    assert lines[1].endswith("K-FAC / Adam: 0.50 (rounds: at most 0.25, 0.50)")


def test_published_errors_name_paper_and_place():
    assert all(each.year and ("Table" in each.source or "Fig." in each.source) for each in PUBLISHED)
    assert "Table 1" in verdicts.published_table("mnist")


@pytest.mark.parametrize("over", ["seconds", "epochs"])
def test_a_figure_names_each_line_once_and_apart(over):
    rows = made_up(5, 10, 4)
    figure = solver_figures.curves_figure(verdicts.long_runs(rows, "mnist"), "mnist", over)
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert {"K-FAC", "Adam", "Adam, PyTorch", "Hessian-free, 2013: 0.69"} <= set(texts)
    heights = solver_figures.apart([0.5, 0.5, 0.51])
    assert min(np.diff(heights)) > 0.9 * solver_figures.GAP


@pytest.fixture
def command(tmp_path, monkeypatch):
    """Return the arguments of deep.py for three methods on curves, for an instant each."""
    monkeypatch.setattr(deep, "QUICK_MINUTES", 0.02 / 60)
    monkeypatch.setattr("experiments.solvers.costs.STEPS", 2)
    return ["--quick", "--tasks", "curves", "--methods", "kfac", "l-bfgs-b", "adam", "--out", str(tmp_path)]


def test_the_same_command_goes_on_where_it_was_and_a_report_trains_nothing(command, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(deep, "draw", lambda rows, out, quick: None)
    deep.main(command)
    printed = capsys.readouterr().out
    assert "K-FAC, seed 0" in printed and "published" in printed
    before, results = ((tmp_path / "quick" / name).read_bytes() for name in ("runs.jsonl", "results.json"))
    for more in ([], ["--report"]):
        deep.main([*command, *more])
        assert "seed 0 " not in capsys.readouterr().out
        assert (
            (tmp_path / "quick" / "runs.jsonl").read_bytes(),
            (tmp_path / "quick" / "results.json").read_bytes(),
        ) == (before, results)
    document = json.loads(results)
    assert [entry["method"] for entry in document["tasks"]["curves"]] == ["kfac", "l-bfgs-b", "adam"]
    assert document["costs"]["curves"]["step_ratio"] > 0 and document["costs"]["curves"]["kfac_megabytes"] > 0


def test_a_run_that_was_cut_off_is_made_again(command, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(deep, "draw", lambda rows, out, quick: None)
    deep.main(command)
    path = tmp_path / "quick" / "runs.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]) + lines[-1][:20])
    capsys.readouterr()
    deep.main(command)
    kept = path.read_bytes()
    assert kept.startswith(b"".join(lines[:-1])) and len(kept.splitlines()) == len(lines)


def test_another_solver_of_the_same_name_is_trained_again_and_counts(command, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(deep, "draw", lambda rows, out, quick: None)
    deep.main(command)
    other = replace(METHODS["l-bfgs-b"], make=lambda _: npae.Refine("CG", max_iterations=None))
    monkeypatch.setitem(METHODS, "l-bfgs-b", other)
    capsys.readouterr()
    deep.main(command)
    assert capsys.readouterr().out.count(", seed 0") == 1
    (run,) = [
        run
        for run in deep.stored(tmp_path / "quick", deep.parser().parse_args(command))
        if run.get("method") == "l-bfgs-b"
    ]
    assert "CG" in json.dumps(run["solver"])


@pytest.mark.slow
def test_figures_are_written(command, tmp_path):
    deep.main(command)
    names = {"runs.jsonl", "results.json", "curves_seconds.png", "curves_epochs.png"}
    assert {path.name for path in (tmp_path / "quick").iterdir()} == names


def test_a_report_of_nothing_ends_with_one_message(tmp_path):
    with pytest.raises(SystemExit, match=r"deep: .*runs\.jsonl must hold runs to report"):
        deep.main(["--report", "--out", str(tmp_path)])


def test_a_report_is_about_the_tasks_and_methods_asked_for_and_keeps_other_results(
    command, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(deep, "draw", lambda rows, out, quick: None)
    deep.main(command)
    assert "nothing is judged" in capsys.readouterr().out
    results = (tmp_path / "quick" / "results.json").read_bytes()
    assert json.loads(results)["quick"] and json.loads(results)["verdicts"] == []
    with pytest.raises(
        SystemExit, match=r"deep: .*runs\.jsonl must hold runs of these options to report, and has none"
    ):
        deep.main([*command, "--report", "--activation", "tanh"])
    assert (tmp_path / "quick" / "results.json").read_bytes() == results
    deep.main(["--quick", "--report", "--methods", "adam", "--out", str(tmp_path)])
    printed = capsys.readouterr().out
    assert "Adam" in printed and "L-BFGS-B  " not in printed


@in_one_test("minutes", ["nan", "-1", "0", "inf", "x"])
def test_minutes_must_be_a_positive_number(minutes, capsys):
    with pytest.raises(SystemExit):
        deep.main(["--minutes", minutes])
    assert f"must be a positive number, got '{minutes}'" in capsys.readouterr().err
