import json

import pytest
from looped import in_one_test

import npae
from experiments.letters import font_sweep as experiment
from npae.study.lock import Lock


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    out = tmp_path_factory.mktemp("swept")
    experiment.main(["--vary", "every", "--published", "--quick", "--out", str(out)])
    return out / "every-published"


@pytest.mark.slow
def test_a_sweep_leaves_a_row_for_every_run(swept):
    rows = npae.study.Results.read(swept / "runs.jsonl").rows
    assert {(row["every"], row["seed"]) for row in rows} == {
        (every, seed) for every in (1, 10, 30, 50, 150, "never") for seed in (0, 1)
    }
    assert {"wrong_pixels", "exact", "recognised", "distinct", "noise", "spread", "at_edge"} <= rows[0].keys()


@pytest.mark.slow
def test_results_and_figures_are_written(swept):
    results = json.loads((swept / "results.json").read_text())
    assert (results["vary"], results["seeds"]) == ("every", 2)
    assert results["recipe"]["output"] == "tanh" and results["recipe"]["std"] == 0.6
    assert [line["every"] for line in results["summary"]] == [1, 10, 30, 50, 150, "never"]
    assert {"summary.png", "values.png"} <= {path.name for path in swept.iterdir()}


@pytest.mark.slow
def test_the_same_command_goes_on_where_it_was(swept, capsys):
    before = (swept / "runs.jsonl").read_bytes()
    experiment.main(["--vary", "every", "--published", "--quick", "--out", str(swept.parent)])
    assert (swept / "runs.jsonl").read_bytes() == before
    assert "never" in capsys.readouterr().out


@pytest.mark.slow
def test_all_knobs_can_be_swept_in_turn(tmp_path, monkeypatch):
    monkeypatch.setattr(experiment, "VALUES", {name: experiment.VALUES[name][:1] for name in ("font", "best")})
    experiment.main(["--vary", "all", "--quick", "--seeds", "1", "--workers", "1", "--out", str(tmp_path)])
    assert {path.name for path in tmp_path.iterdir()} == {*experiment.VALUES}


@in_one_test("published", [True, False], ids=["published", "good"])
@in_one_test("vary", ["eta", "adaptive", "iterations", "activation", "solver", "every", "std", "font", "sizes", "best"])
def test_every_value_is_another_recipe_that_makes_a_model(vary, published):
    base = experiment.PUBLISHED if published else experiment.GOOD
    knobs = [experiment.varied(base, vary, value) for value in experiment.VALUES[vary]]
    assert len({repr(each) for each in knobs}) == len(knobs)
    models = [experiment.letter_recipe(each).autoencoder(0) for each in knobs]
    assert len({repr(model) for model in models}) == (1 if vary == "font" else len(models))


def test_as_published_means_tanh_everywhere_and_the_squared_error():
    model = experiment.letter_recipe(experiment.PUBLISHED).autoencoder(0)
    assert (model.activation, model.output, model.loss, model.init.std) == ("tanh", "tanh", "mse", 0.6)
    assert (model.optimizer.eta, model.optimizer.adapt, model.refine.every, model.epochs) == (0.01, None, 2, 300)
    assert model.callbacks == []


def test_a_summed_loss_has_a_larger_eta():
    recipe = experiment.letter_recipe(experiment.PUBLISHED, eta_scale=32 * 35)
    assert recipe.optimizer.eta == pytest.approx(0.01 * 32 * 35)


def test_a_first_run_that_failed_leaves_its_place_in_the_figure(tmp_path):
    train = experiment.Train(experiment.prepared, experiment.measured, tmp_path)
    figure = experiment.draw_values(train, experiment.GOOD, "eta", [0.5, 1e200])
    assert [text.get_text() for text in figure.axes[0].texts] == ["seed 0 failed"]


def test_a_file_that_is_in_use_ends_with_one_message(tmp_path):
    folder = tmp_path / "best"
    folder.mkdir()
    refused = pytest.raises(SystemExit, match="font_sweep: .*runs.jsonl must be written by one study at a time")
    with Lock(folder / "runs.jsonl"), refused:
        experiment.main(["--vary", "best", "--quick", "--out", str(tmp_path)])
