"""What is judged is the model that `fit` returns, by one yardstick for everything that a search or sweep varies."""

import sys

import jobs
import numpy as np
import pytest
from looped import in_one_test

import npae
from npae import FileError
from npae.study import repeat, search, sweep
from npae.study.optuna_storage import opened_study
from npae.study.spaces import space_of
from npae.study.yardstick import Objective

optuna = pytest.importorskip("optuna")
pytestmark = pytest.mark.filterwarnings("ignore:posterior collapse")
rng = np.random.default_rng(11)
X = rng.standard_normal((30, 2)) @ rng.standard_normal((2, 6)) + 0.5 * rng.standard_normal((30, 6))
X = (X - X.min()) / (X.max() - X.min())
TRAIN, VALID = X[:20], X[20:]
BEST = npae.EarlyStopping("val_loss", patience=100, restore_best=True)
COMMON = {"callbacks": [BEST], "optimizer": npae.Adam(0.3), "epochs": 8}  # so large an eta that the last is not best


def variational(beta):
    return [npae.Dense(6, "tanh"), npae.GaussianCode(2, beta=beta)]


def made_scale(width):
    return "columns" if width > 3 else "common"


def made_loss(width):
    return npae.losses.MeanSquaredError()


YARDSTICK = {  # each parameter that a search can vary: values whose models have a loss in common
    "encoder": [[3], [5, 2]],
    "decoder": [None, [7, 6]],
    "activation": ["tanh", "relu"],
    "code_activation": ["auto", "tanh"],
    "output": [None, "sigmoid"],
    "noise": [None, npae.GaussianNoise(0.5)],
    "penalty": [None, npae.L2(10.0), npae.CodeL1(1.0), [npae.MaxNorm(0.1)]],
    "init": [None, "he"],
    "scale": ["auto", "common", None],
    "optimizer": ["adam", npae.GradientDescent(0.1)],
    "refine": [None, npae.Refine("CG", every=2, max_iterations=2)],
    "epochs": [2, 5],
    "batch_size": [None, 5],
    "callbacks": [[], [BEST]],
    "dtype": ["float64", "float32"],
    "threads": [1, 2],
}
REFUSED = {"loss": ["mse", "bce"], "scale": ["columns", None]}
NOT_VARIED = {  # the seed; what validation_data excludes; NaN; where the same bits come from
    "random_state",
    "validation_fraction",
    "missing",
    "workers",
}


def grid(space, **options):
    model = npae.Autoencoder(**{"encoder": [3], **COMMON, **options.pop("model", {})})
    return search(model, TRAIN, space, **{"validation_data": VALID, "sampler": "grid", "executor": "serial", **options})


def returned(**params):
    """Return the model that `fit` returns in a trial."""
    model = npae.Autoencoder(**{"encoder": [3], **COMMON, "random_state": 0, "threads": 1})
    return model.set_params(**params).fit(TRAIN, validation_data=VALID)


def error_of(model):
    return np.mean((VALID - model.reconstruct(VALID)) ** 2)


def test_the_table_speaks_of_every_parameter():
    assert {*YARDSTICK, *REFUSED, *NOT_VARIED} >= {*npae.Autoencoder().get_params(deep=False)}


@pytest.mark.fast_cases(6)
@pytest.mark.parametrize("name", YARDSTICK)
def test_whatever_varies_the_error_of_the_returned_model_on_data_alone_is_judged(name):
    found = grid({name: YARDSTICK[name]})
    truth = [error_of(returned(**{name: value})) for value in YARDSTICK[name]]
    rtol = 1e-5 if name == "dtype" else 1e-9
    np.testing.assert_allclose(sorted(row["value"] for row in found.rows), sorted(truth), rtol=rtol)
    np.testing.assert_allclose(found.best_value, min(truth), rtol=rtol)


@in_one_test(
    "space",
    [
        {"penalty__weight": [0.0, 10.0]},
        {"noise__std": [0.0, 1.0]},
        {"encoder": [variational(0.1), variational(100.0)]},
        {"encoder": [variational(1.0), variational(npae.BetaWarmUp(5))]},
    ],
    ids=["penalty", "noise", "beta", "schedule"],
)
def test_what_only_weighs_penalties_noise_and_divergence_does_not_move_the_yardstick(space):
    """The models are the same, since an optimizer without a step has left them as they were drawn."""
    model = {"penalty": npae.L2(1.0), "noise": npae.GaussianNoise(0.5), "optimizer": npae.GradientDescent(1e-300)}
    found = grid(space, model=model)
    first, second = (row["value"] for row in found.rows)
    np.testing.assert_allclose(first, second, rtol=1e-12)


def test_codes_that_are_distributions_are_judged_by_their_means_like_others():
    found = grid({"encoder": [[3], variational(1.0)]}, model={"scale": None})
    truth = [error_of(returned(encoder=encoder, scale=None)) for encoder in ([3], variational(1.0))]
    np.testing.assert_allclose(sorted(row["value"] for row in found.rows), sorted(truth), rtol=1e-9)


@pytest.mark.parametrize("name", REFUSED)
def test_without_a_common_yardstick_the_search_names_another_objective(name):
    with pytest.raises(ValueError, match=f"objective must compare models of any {name} .*'score'"):
        grid({name: REFUSED[name]})
    assert len(grid({name: REFUSED[name]}, objective="score").rows) == 2
    with pytest.raises(ValueError, match=f"pruner must compare models of any {name}"):
        grid({name: REFUSED[name]}, objective=jobs.slow_value, pruner="median")


@in_one_test(
    "space",
    [
        {"loss__reduction": ["mean", "sum"]},
        {"width": [3, 4], "loss": made_loss},
        {"width": [3, 4], "scale": made_scale},
    ],
    ids=["inside", "made loss", "made scale"],
)
def test_a_loss_that_varies_inside_or_is_made_by_a_function_is_refused(space):
    with pytest.raises(ValueError, match="objective must compare models of any"):
        grid(space, model={"loss": npae.losses.MeanSquaredError()})


def test_one_value_does_not_vary():
    found = grid({"loss": ["mse"], "scale": ["columns"], "epochs": [1, 2]})
    assert [row["status"] for row in found.rows] == ["finished"] * 2


def test_the_refinement_of_the_last_epoch_is_judged():
    refine = npae.Refine("L-BFGS-B", every=8, max_iterations=20)
    found = grid({"refine": [None, refine]}, model={"callbacks": []})
    truth = error_of(returned(refine=refine, callbacks=[]))
    np.testing.assert_allclose(found.best_value, truth, rtol=1e-9)
    assert found.best_params["refine"] == refine


class Hoarding(optuna.pruners.NopPruner):
    """Prunes nothing; Optuna keeps what trials report."""


def reports(path, space, **options):
    """Return what each trial reported, by its parameters as a text."""
    grid(space, pruner=Hoarding(), path=path, **options)
    storage = optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend(str(path)))
    (name,) = optuna.get_all_study_names(storage)
    trials = opened_study(path, name).get_trials(deepcopy=False)
    return {str(trial.params): list(trial.intermediate_values.values()) for trial in trials}


def test_pruning_compares_errors_on_data_alone(tmp_path):
    model = {"penalty": npae.L2(1.0), "optimizer": npae.GradientDescent(1e-300)}
    one, other = reports(tmp_path / "trials", {"penalty__weight": [0.0, 10.0]}, model=model).values()
    assert len(one) == 7
    np.testing.assert_allclose(one, other, rtol=1e-12)


def test_pruning_judges_the_epoch_that_would_be_restored(tmp_path):
    best = reports(tmp_path / "best", {"batch_size": [None, 4]}).values()
    last = reports(tmp_path / "last", {"batch_size": [None, 4]}, model={"callbacks": []}).values()
    np.testing.assert_allclose(sorted(best), sorted(np.minimum.accumulate(list(last), axis=1).tolist()), rtol=1e-12)
    assert sorted(best) != sorted(last)


@pytest.mark.parametrize(("objective", "sign"), [("score", -1), ("psnr", -1), ("max_error", 1)])
def test_pruning_reports_the_objective_itself(objective, sign, tmp_path):
    model = {"epochs": 2, "callbacks": []}
    (said,) = reports(tmp_path / "trials", {"threads": [1]}, objective=objective, model=model).values()
    assert said == [pytest.approx(Objective(objective).of(returned(epochs=1, callbacks=[]), VALID), rel=1e-12)]


def test_pruning_leaves_alone_what_has_epochs_of_another_kind(tmp_path):
    model = {"refine": npae.Refine("CG", max_iterations=2), "callbacks": []}
    said = reports(tmp_path / "trials", {"optimizer": ["adam", None]}, model=model)
    assert sorted(map(len, said.values())) == [0, 7]


SETTINGS = {
    "a penalty": {"penalty": npae.L2(1.0)},
    "noise": {"noise": npae.GaussianNoise(0.3)},
    "batches": {"batch_size": 4},
    "an epoch to restore": {"callbacks": [npae.EarlyStopping("loss", patience=99, restore_best=True)]},
    "a variational code": {"encoder": variational(1.0), "scale": None},
}


@in_one_test("name", SETTINGS)
def test_a_sweep_records_the_loss_of_the_model_that_fit_returns(name):
    setting = {"optimizer": npae.Adam(1.0), "epochs": 8, **SETTINGS[name]}
    (row,) = sweep(npae.Autoencoder([3]), TRAIN, [setting], seeds=1, executor="serial").rows
    model = npae.Autoencoder([3], random_state=0, threads=1).set_params(**setting).fit(TRAIN)
    squares = (TRAIN - model.reconstruct(TRAIN)) ** 2
    truth = squares.sum(axis=1).mean() if model.network_.variational else squares.mean()
    assert row["loss"] == pytest.approx(truth, rel=1e-12)
    assert row["loss"] != pytest.approx(model.history_["loss"][-1], rel=1e-6)


@pytest.fixture
def before(monkeypatch):
    """Write files as version 0.1.0 did: nothing in them says what is judged."""
    with monkeypatch.context() as patch:
        patch.setattr(sys.modules["npae.study.search"], "check_former", lambda *arguments: None)
        patch.setattr(sys.modules["npae.study.sweeps"]._Fit, "meaning", lambda self, settings: "")
        yield patch


EARLIER = r"trials that were judged by the model that fit returns, got 2 that an earlier version .*, and 2 are left"


@pytest.mark.fast_cases(2)
@pytest.mark.parametrize(
    ("model", "refused"),
    [
        ({}, True),
        ({"callbacks": []}, False),
        ({"callbacks": [], "penalty": npae.L2(1.0)}, True),
        ({"callbacks": [], "encoder": variational(1.0)}, True),
        ({"callbacks": [], "batch_size": 5, "noise": npae.GaussianNoise(0.1)}, False),
    ],
    ids=["best epoch", "plain", "penalty", "variational", "noise"],
)
def test_an_old_search_is_resumed_if_its_values_mean_the_same(model, refused, tmp_path, before):
    space, path = {"epochs": [1, 2, 3, 4]}, tmp_path / "trials"
    first = grid(space, model=model, path=path, trials=2).rows
    before.undo()
    assert grid(space, model=model, path=path, trials=2).rows == first
    if refused:
        with pytest.raises(FileError, match=EARLIER):
            grid(space, model=model, path=path)
    else:
        assert grid(space, model=model, path=path).rows[:2] == first
    assert len(grid(space, model=model, path=path, objective="score").rows) == 4


def test_old_reports_of_another_quantity_are_not_compared_with_todays(tmp_path, before):
    options = {"model": {"callbacks": []}, "path": tmp_path / "trials", "pruner": Hoarding(), "objective": "score"}
    grid({"epochs": [3, 4]}, trials=1, **options)
    before.undo()
    with pytest.raises(FileError, match="got 1 that an earlier version judged"):
        grid({"epochs": [3, 4]}, **options)


def test_old_runs_are_kept_and_not_mixed_with_runs_that_measure_something_else(tmp_path, before):
    model, path = npae.Autoencoder([3], epochs=2, optimizer="adam", batch_size=5), tmp_path / "runs"
    options = {"executor": "serial", "path": path}
    rows = repeat(model, TRAIN, seeds=2, **options).rows
    before.undo()
    assert repeat(model, TRAIN, seeds=2, **options).rows == rows
    with pytest.raises(FileError, match="got 2 that an earlier version measured .*, and 1 are left. Give another path"):
        repeat(model, TRAIN, seeds=3, **options)
    assert len(repeat(model.set_params(batch_size=None), TRAIN, seeds=3, **options)) == 3


def test_a_space_knows_what_varies():
    space = space_of(npae.Autoencoder([3]), {"width": [3, 4], "encoder": jobs.funnel, "epochs": [3]})
    assert [space.varies(name) for name in ("encoder", "width", "epochs", "loss")] == [True, False, False, False]
