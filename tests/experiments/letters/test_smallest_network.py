"""The smallest network: who is on the front is right, an easy network holds all letters, and the files are written."""

import json

import pytest
from looped import in_one_test

import npae
from experiments.letters import smallest_network as experiment


def runs(network, code, weights, successes, failures=0):
    rows = [{"success": True, "wrong_pixels": 0}] * successes + [{"success": False, "wrong_pixels": 6}] * failures
    rows = [{**row, "code": code, "weights": weights, "cpu_seconds": 1.0} for row in rows]
    return experiment.outcome(rows, network)


@pytest.fixture
def outcomes():
    """Networks; on the front of a code of two numbers are 411 and 449 weights, of one number both."""
    return [
        runs("35-2-9-35", 2, 449, 4),
        runs("35-2-7-35", 2, 373, 0, 4),
        runs("35-2-8-35", 2, 411, 3, 1),
        runs("35-2-3-8-35", 2, 427, 3, 1),
        runs("35-1-7-7-35", 1, 429, 2, 2),
        runs("35-1-9-9-35", 1, 600, 4),
    ]


def test_an_outcome_counts_successes_and_bounds_their_share():
    found = runs("35-2-8-35", 2, 411, 3, 1)
    assert (found["runs"], found["successes"], found["share"], found["wrong_pixels"]) == (4, 3, 0.75, 0.0)
    assert (found["low"], found["high"]) == npae.metrics.wilson_interval(3, 4)


def test_the_front_holds_networks_that_no_smaller_one_equals(outcomes):
    found = experiment.with_front(outcomes)
    assert [each["weights"] for each in found] == [373, 411, 427, 429, 449, 600]
    assert [each["front"] for each in found] == [False, True, False, True, True, True]


def test_of_networks_with_equal_weights_the_better_one_is_on_the_front():
    found = experiment.with_front([runs("35-2-8-35", 2, 411, 1, 3), runs("35-2-4-7-35", 2, 411, 3, 1)])
    assert [(each["network"], each["front"]) for each in found] == [("35-2-4-7-35", True), ("35-2-8-35", False)]


def test_the_title_says_what_the_front_says(outcomes):
    found = experiment.with_front(outcomes)
    expected = "411 weights can hold 32 letters exactly (3 of 4 runs); 449 do in 4 of 4 runs"
    assert experiment.title_of(found) == expected
    assert experiment.title_of(found[:1]) == "No network holds all letters"


def test_the_table_marks_the_front(outcomes):
    lines = experiment.text_of(experiment.with_front(outcomes)).splitlines()
    assert [line.split()[0] for line in lines if line.endswith("*")] == [
        "35-2-8-35",
        "35-1-7-7-35",
        "35-2-9-35",
        "35-1-9-9-35",
    ]


def test_the_figure_names_each_network(outcomes):
    args = experiment.parser().parse_args([])
    figure = experiment.front_figure(experiment.with_front(outcomes), args, 4)
    names = {text.get_text() for text in figure.axes[0].texts}
    assert names == {"2-9", "2-7", "2-8", "2-3-8", "1-7-7", "1-9-9"}


@in_one_test("solver", list(experiment.SOLVERS))
def test_every_solver_makes_a_model_with_a_code_without_activation(solver):
    model = experiment.recipe_of([35, 4, 2, 8, 35], solver, 0.6).autoencoder(0)
    assert model.encoder[-1] == npae.Dense(2, "identity")
    assert (model.optimizer is None) == (solver != "kfac")


def test_a_wide_network_holds_all_letters_by_kfac():
    model, X, font = experiment.prepared("capitals", "kfac", 0.6, None, seed=0, network="35-2-24-35")
    numbers = experiment.measured(model.fit(X), font)
    assert numbers["success"] and numbers["exact"] == 32
    assert numbers["weights"] == 35 * 2 + 2 + 2 * 24 + 24 + 24 * 35 + 35


@pytest.mark.slow
def test_a_quick_run_leaves_results_and_figure(tmp_path):
    experiment.main(["--quick", "--out", str(tmp_path)])
    results = json.loads((tmp_path / "results.json").read_text())
    assert [each["network"] for each in results["networks"]] == ["35-2-7-35", "35-2-6-6-35"]
    assert (tmp_path / "smallest_network.png").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--networks", "35-2-8-36"], "smallest_network: .*36"),
        (["--std", "-1"], "smallest_network: std must be"),
    ],
)
def test_options_that_cannot_work_end_with_one_message(tmp_path, arguments, message):
    with pytest.raises(SystemExit, match=message):
        experiment.main([*arguments, "--quick", "--out", str(tmp_path)])
