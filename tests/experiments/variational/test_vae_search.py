"""The search experiment: shares of trials are counted rightly, comparisons are fair, a quick run leaves its files."""

import json

import numpy as np
import pytest
from looped import in_one_test

import npae
from experiments.variational import vae_search as experiment
from experiments.variational import vae_search_optimisers as optimisers
from experiments.variational import vae_search_samplers as samplers
from experiments.variational import vae_search_task as tasks
from npae.command_line.claim_verdicts import JUDGES


@pytest.fixture(scope="module")
def folder(stripes):
    return stripes(train=600)


@pytest.fixture(scope="module")
def quick(folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("quick")
    command = ["--quick", "--data", str(folder), "--out", str(out)]
    experiment.main(command)
    return out, command


@pytest.mark.slow
def test_a_quick_run_leaves_its_numbers_and_pictures(quick):
    out, _ = quick
    pictures = {f"{name}.png" for name in ("samplers", "optimisers", "schedules", "etas")}
    assert {path.name for path in out.iterdir()} == {"runs.jsonl", "searches", "results.json", *pictures}
    results = json.loads((out / "results.json").read_text())
    assert (results["samplers"]["trials"], results["samplers"]["repetitions"]) == (4, 2)
    assert [len(entry["test"]) for entry in results["samplers"]["samplers"].values()] == [2, 2, 2]
    assert len(results["optimisers"]["table"]) == 20
    assert all(JUDGES[claim]([results], out) for claim in ("S1.2", "S1.3"))


@pytest.mark.slow
def test_the_same_command_goes_on_where_it_was(quick, capsys):
    out, command = quick
    before = (out / "runs.jsonl").read_bytes()
    experiment.main(command)
    assert (out / "runs.jsonl").read_bytes() == before
    assert "bayesian reaches random's best of 4 trials in" in capsys.readouterr().out


@pytest.mark.slow
def test_bayesian_search_begins_as_random_search_does(quick):
    """The 10 first trials of Optuna's sampler are random, and a quick run has no others."""
    rows = [json.loads(line) for line in (quick[0] / "runs.jsonl").read_text().splitlines()]
    values = {(row["sampler"], row["seed"]): row["values"] for row in rows if "sampler" in row}
    assert values["bayesian", 0] == values["random", 0] != values["random", 1]


@pytest.mark.filterwarnings("ignore::npae.PosteriorCollapse")
def test_the_validation_loss_is_minus_the_bound(folder):
    task = tasks.Task(str(folder), train=400, validation=200, epochs=5)
    train, validation, _ = task.parts()
    model = task.network(encoder=[16, npae.GaussianCode(2)], random_state=0)
    model.fit(train, validation_data=validation)
    np.testing.assert_allclose(model.history_["val_loss"][-1], tasks.negative_bound(model, validation), rtol=0.01)


def test_choices_are_made_on_other_images_than_networks_learn_and_are_judged_by(folder):
    images = npae.datasets.load_images(folder)
    train, validation, test = tasks.Task(str(folder), train=400, validation=60).parts()
    np.testing.assert_array_equal(np.vstack([train, validation]), images.train[:460])
    np.testing.assert_array_equal(test, images.test)


@in_one_test(
    ("target", "number"),
    [(5, 1), (4, 3), (3.5, 3), (3, 3), (2.5, None), (6, 1)],
    ids=["first", "between", "less", "equal", "never", "more"],
)
def test_a_value_is_reached_by_the_first_that_is_as_good(target, number):
    assert tasks.first_reaching([5, 4.5, 3, 3], target) == number


def test_a_trial_that_failed_reaches_nothing():
    assert tasks.first_reaching([None, np.inf, 2.0], 3.0) == 3
    assert tasks.first_reaching([None, None], 3.0) is None


def test_a_search_that_never_reaches_its_target_needs_more_than_all_trials():
    best = np.array([[9, 5, 5, 5], [9, 9, 9, 7], [6, 6, 6, 6], [9, 8, 7, 6]])
    assert samplers.shares(best, [5, 8, 5, 6]) == [0.5, 1.0, np.inf, 1.0]
    reach = samplers.needed(best, [5, 8, 5, 6])
    assert (reach["shares"], reach["median_share"], reach["never"]) == ([0.5, 1.0, None, 1.0], 1.0, 1)


@in_one_test(
    ("targets", "median"), [([5, 7], 0.5), ([5, 5], None), ([4, 4], None)], ids=["all do", "half do", "none does"]
)
def test_the_median_is_more_than_all_trials_where_half_of_the_searches_never_reach(targets, median):
    best = np.array([[9, 5, 5, 5], [9, 7, 7, 7]])
    assert samplers.needed(best, targets)["median_share"] == median


def test_all_pairs_compare_each_search_with_each_target():
    best = np.array([[3, 2, 1, 1], [4, 4, 4, 4]])
    reach = samplers.needed(best, [3, 1])  # shares 1/4, 3/4, and two that never are
    assert (reach["never"], reach["median_share_of_all_pairs"]) == (1, None)
    assert samplers.needed(best, [4, 2])["median_share_of_all_pairs"] == pytest.approx((0.25 + 0.5) / 2)


def rows_of(values):
    """Return the rows of one repetition of each kind of search, the trials' values by kind."""
    shared = {"test": 3.0, "seconds": 1.0, "best width": 16, "seed": 0}
    return [shared | {"sampler": name, "values": json.dumps(values[name])} for name in samplers.SAMPLERS]


def test_the_best_so_far_never_rises_and_begins_with_the_first_that_did_not_fail():
    rows = rows_of({"grid": [3, 4, 2], "random": [None, 5, 6], "bayesian": [4, 5, 1]})
    best = samplers.curves(rows)
    np.testing.assert_array_equal(best["grid"], [[3, 3, 2]])
    np.testing.assert_array_equal(best["random"], [[np.inf, 5, 5]])
    numbers = samplers.summary(rows)
    assert numbers["samplers"]["random"]["best_so_far"][1] == [None, 5, 5]
    assert (numbers["bayesian_better"], numbers["bayesian_equal"]) == (1, 0)
    json.dumps(numbers, allow_nan=False)


@in_one_test(
    ("bayesian", "words"),
    [
        ([4, 2, 2, 2, 2], ["in 40 % of them", "0 of 1 never did", "goal, at most 60 %: reached", "in 0, equal in 1"]),
        ([4, 3, 3, 1, 1], ["in 80 % of them", "0 of 1 never did", "goal, at most 60 %: missed", "in 1, equal in 0"]),
        ([4, 3, 3, 3, 3], ["in more than 100 % of them", "1 of 1 never did", "missed", "in 0, equal in 0"]),
    ],
    ids=["tie", "late", "never"],
)
def test_the_report_says_in_how_many_trials_and_whether_the_goal_is_reached(bayesian, words):
    values = {"grid": [5, 5, 5, 5, 5], "random": [4, 3, 3, 3, 2], "bayesian": bayesian}
    text = samplers.report(samplers.summary(rows_of(values)))
    assert not [word for word in words if word not in text]


@in_one_test(("within", "doubt"), [(10, False), (9, False), (6, True), (5, True), (4, True), (1, False)])
def test_the_verdict_on_a_search_says_where_other_seeds_or_processors_may_differ(within, doubt):
    shares = [0.5] * within + [None] * (10 - within)
    median = 0.5 if within > 5 else None
    numbers = {"to_reach_random": {"bayesian": {"shares": shares, "median_share": median}}}
    text = samplers.verdict({**numbers, "bayesian_better": within, "bayesian_equal": 0})
    assert ("reached" in text) == (within > 5)
    assert ("another processor may say otherwise" in text) == doubt


def test_the_grid_has_its_size_and_lies_inside_the_ranges():
    lists = {name: values for name, values in samplers.space_of("grid").items() if name != "encoder"}
    assert np.prod([len(values) for values in lists.values()]) == samplers.GRID_SIZE
    for name, choice in samplers.RANGES.items():
        assert all(choice.low < value < choice.high for value in lists[name])


def test_middles_are_those_of_equal_parts_on_a_logarithmic_scale():
    assert samplers.middles(samplers.Uniform(1.0, 1e4, log=True), 2) == [10, 1000]
    assert samplers.middles(samplers.Integers(1, 64, log=True), 3) == [2, 8, 32]


def tuned(schedule, eta, value):
    status = {"status": "failed"} if value is None else {"status": "finished", "validation": value}
    return {"optimiser": "Adam", "schedule": schedule, "eta": eta, **status}


def test_the_best_eta_is_that_of_the_least_bound_and_never_one_that_failed():
    rows = [tuned("constant", 0.1, None), tuned("constant", 0.2, 5.0), tuned("constant", 0.3, 4.0)]
    assert optimisers.best_etas([*rows, tuned("cosine", 0.1, 7.0)])["Adam", "constant"] == 0.3
    with pytest.raises(ValueError, match="some eta must work .*, got none for .'Adam', 'constant'"):
        optimisers.best_etas(rows[:1])


def test_a_gain_compares_equal_seeds():
    constant = {1: {"test": 10.0}, 2: {"test": 20.0}, 3: {"test": 0.0}}
    mean, error = optimisers.gain({2: {"test": 17.0}, 1: {"test": 9.0}}, constant)
    assert (mean, error) == (2.0, pytest.approx(np.std([1, 3], ddof=1) / np.sqrt(2)))
    assert optimisers.gain({4: {"test": 1.0}}, constant) == (None, None)


def test_schedules_of_all_failed_runs_still_get_their_line():
    tuning = [tuned("constant", 0.1, 5.0), tuned("cosine", 0.1, 4.0)]
    good = {"status": "finished", "seed": 1, "test": 6.0, "curve": "[9.0, 5.0]"}
    rows = [setting | good for setting in ({"optimiser": "Adam", "schedule": "constant", "eta": 0.1},)]
    first, second = entries = optimisers.summary(tuning, rows)
    assert (first["mean"], first["gain"], first["epochs"], first["at_edge"]) == (6.0, 0.0, 2, True)
    assert (second["mean"], second["gain"], second["epochs"]) == (None, None, None)
    assert optimisers.report(entries).splitlines()[3].split() == ["Adam", "cosine", "0.1*", *"------"]


@in_one_test(
    ("arguments", "message"),
    [
        (["--data", "nowhere"], "^vae_search: nowhere must hold train-images-idx3-ubyte"),
        (["--trials", "49"], "^vae_search: --trials must be at most 48, the points of the grid, got 49"),
        (["--images", "399"], "^vae_search: --images must be at least 400, the largest batch, got 399"),
        (["--images", "541"], "^vae_search: --data must hold at least 601 training images, got 600. Use --images"),
    ],
    ids=" ".join,
)
def test_what_cannot_work_ends_with_one_message(folder, tmp_path, arguments, message):
    with pytest.raises(SystemExit, match=message):
        experiment.main(["--data", str(folder), *arguments, "--quick", "--out", str(tmp_path)])
