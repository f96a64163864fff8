"""A checkpoint that meets a changed setting honours it or refuses it by name; the tables know them all."""

import dataclasses
import inspect
import re
from pathlib import Path

import numpy as np
import pytest
from looped import in_one_test

import npae
from npae import Autoencoder, Checkpoint, Classifier, Converged, EarlyStopping
from npae.settings.description import counts

X = np.random.default_rng(0).random((30, 6))
LABELS = np.arange(30) % 3
HONOURED = None
ADAM = npae.Adam(0.02)
BASE = {"encoder": [4, 2], "optimizer": ADAM, "epochs": 4, "random_state": 0}
PARAMETERS = {  # name -> (another value, what the message names)
    "encoder": ([5, 2], "encoder"),
    "decoder": ([5, 6], "decoder"),
    "activation": ("relu", "encoder"),
    "code_activation": ("tanh", "encoder"),
    "output": ("sigmoid", "decoder"),
    "loss": ("bce", "loss"),
    "noise": (npae.GaussianNoise(0.1), "noise"),
    "penalty": (npae.L2(1e-3), "penalty"),
    "init": (npae.Gaussian(0.1), "init"),
    "scale": ("columns", "scale"),
    "missing": ("ignore", "missing"),
    "optimizer": (npae.Momentum(0.01), "optimizer"),
    "refine": (npae.Refine("CG", every=2), "refine"),
    "epochs": (9, HONOURED),
    "batch_size": (10, "batch_size"),
    "validation_fraction": (0.2, "data"),
    "callbacks": ([npae.Record(["mse"])], HONOURED),
    "dtype": ("float32", "dtype"),
    "threads": (2, HONOURED),
    "workers": (1, HONOURED),
    "random_state": (1, "random_state"),
    "start": (npae.Autoencoder([4, 2], epochs=1, random_state=0), "encoder"),
}
CALLBACKS = {  # class -> {field: (first value, another one, what the message names)}
    EarlyStopping: {
        "monitor": ("loss", "mse", "monitor"),
        "target": (1e-9, 1e-8, HONOURED),
        "patience": (99, 98, HONOURED),
        "min_delta": (0.0, 1e-9, HONOURED),
        "mode": (None, "max", "mode"),
        "every": (1, 2, HONOURED),
        "restore_best": (False, True, "restore_best"),
        "iterations": (False, True, HONOURED),
    },
    Converged: {"tolerance": (0.0, 1e-9, HONOURED), "floor": (0.0, 1e-9, HONOURED)},
    Checkpoint: {
        "path": ("a.npz", "b.npz", HONOURED),
        "every": (1, 2, HONOURED),
        "seconds": (0.0, 1.0, HONOURED),
        "resume": (True, False, HONOURED),
    },
    npae.Record: {"metrics": (["mse"], ["max_error"], HONOURED), "every": (1, 2, HONOURED)},
    npae.UnitReport: {"every": (1, 2, HONOURED), "samples": (10, 20, HONOURED)},
    npae.CodeReport: {"every": (1, 2, HONOURED), "samples": (10, 20, HONOURED)},
    npae.Progress: {"every": (1e6, 2e6, HONOURED)},
    npae.JSONLog: {
        "path": ("a.jsonl", "b.jsonl", HONOURED),
        "every": (1, 2, HONOURED),
        "iterations": (False, True, HONOURED),
    },
    npae.TensorBoard: {
        "logdir": ("a", "b", HONOURED),
        "every": (1, 2, HONOURED),
        "histograms": (None, 2, HONOURED),
        "iterations": (False, True, HONOURED),
    },
}
SCHEDULES = [
    npae.AdaptiveEta(),
    npae.CosineDecay(9),
    npae.ReduceOnPlateau(),
    npae.StepDecay(),
    npae.WarmUp(),
]
PARTS = {
    "optimizer": [npae.Adam(), npae.GradientDescent(), npae.Momentum(), npae.RMSprop(), npae.KFAC()],
    "refine": [npae.Refine("CG", every=2)],
}
DOCUMENT = Path(npae.__file__).parents[1] / "docs" / "how_to" / "resume.md"


def public(base):
    """Return the public descriptions of a kind."""
    found = (getattr(npae, name) for name in npae.__all__)
    return {item for item in found if isinstance(item, type) and issubclass(item, base) and item is not base}


def field_names(cls):
    return {field.name for field in dataclasses.fields(cls)}


def fit(path, *callbacks, **changed):
    params = {**BASE, **changed}
    params["callbacks"] = [*params.get("callbacks", ()), *callbacks, Checkpoint(path)]
    return Autoencoder(**params).fit(X)


def test_the_tables_know_every_parameter_and_every_field():
    both = [set(inspect.signature(estimator).parameters) for estimator in (Autoencoder, Classifier)]
    assert set(PARAMETERS) == set().union(*both)
    assert set(CALLBACKS) == public(npae.Callback)
    for callback, table in CALLBACKS.items():
        assert set(table) == field_names(callback)
    assert {type(schedule) for schedule in SCHEDULES} == public(npae.EtaSchedule)
    assert {type(optimizer) for optimizer in PARTS["optimizer"]} == public(npae.Optimizer)


def test_the_document_lists_every_parameter_and_every_field():
    rows = [line.split("|") for line in DOCUMENT.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    names = {name for row in rows for name in re.findall("`(\\w+)`", row[1])}
    assert set(PARAMETERS) <= names
    arguments = {*inspect.signature(Autoencoder.fit).parameters, *inspect.signature(Classifier.fit).parameters}
    assert arguments - {"self"} <= names
    for callback, table in CALLBACKS.items():
        own = [row for row in rows if row[1].strip() == f"`{callback.__name__}`"]
        listed = {name: row[3] for row in own for name in re.findall("`(\\w+)`", row[2])}
        assert set(listed) == set(table)
        for name, (_, _, refused) in table.items():
            assert ("refused" in listed[name]) == (refused is not HONOURED)


@pytest.mark.fast_cases(10)
@pytest.mark.parametrize("name", [name for name in PARAMETERS if name != "start"])
def test_every_parameter_is_honoured_or_refused_by_name(name, tmp_path):
    value, refused = PARAMETERS[name]
    fit(tmp_path / "model.npz")
    if refused is HONOURED:
        again = fit(tmp_path / "model.npz", **{"epochs": 7, name: value})
        assert again.n_epochs_ == (value if name == "epochs" else 7)
        assert ("mse" in again.history_) == (name == "callbacks")
    else:
        with pytest.raises(ValueError, match=f"must be a checkpoint of this training, with {refused} .*, got "):
            fit(tmp_path / "model.npz", **{name: value})


def test_another_start_is_refused(tmp_path):
    starts = [Autoencoder([4, 2], epochs=1, random_state=seed).fit(X) for seed in range(2)]
    callbacks = [Checkpoint(tmp_path / "model.npz")]
    Classifier(start=starts[0], epochs=2, callbacks=callbacks, random_state=0).fit(X, LABELS)
    with pytest.raises(ValueError, match="must be a checkpoint of this training, with random_state 0, start"):
        Classifier(start=starts[1], epochs=2, callbacks=callbacks, random_state=0).fit(X, LABELS)


@pytest.mark.parametrize(
    ("arguments", "refused"),
    [
        ({"X": X + 1}, "data"),
        ({"target": X**2}, "data"),
        ({"sample_weight": 1.0 + LABELS}, "data"),
        ({"validation_data": X[:5]}, "validation"),
        ({"validation_data": (X[:5], X[5:10])}, "validation"),
    ],
    ids=["X", "target", "sample_weight", "validation_data", "its target"],
)
def test_other_data_are_refused(arguments, refused, tmp_path):
    fit(tmp_path / "model.npz")
    with pytest.raises(ValueError, match=f"must be a checkpoint of this training, with {refused} "):
        Autoencoder(callbacks=[Checkpoint(tmp_path / "model.npz")], **BASE).fit(**{"X": X, **arguments})


GENERATORS = {
    "Generator": np.random.default_rng,
    "MT19937": lambda seed: np.random.Generator(np.random.MT19937(seed)),
    "RandomState": np.random.RandomState,
}


@pytest.mark.parametrize("make", GENERATORS.values(), ids=GENERATORS)
def test_another_generator_is_refused_and_one_in_the_same_state_resumes(make, tmp_path):
    fit(tmp_path / "model.npz", random_state=make(3))
    assert fit(tmp_path / "model.npz", random_state=make(3), epochs=7).n_epochs_ == 7
    for other in (make(4), 3, None):
        with pytest.raises(ValueError, match="must be a checkpoint of this training, with random_state "):
            fit(tmp_path / "model.npz", random_state=other, epochs=9)


FIELDS = [(callback, name) for callback, table in CALLBACKS.items() for name in table]


@pytest.mark.fast_cases(12)
@pytest.mark.parametrize("callback, name", FIELDS, ids=[f"{callback.__name__}.{name}" for callback, name in FIELDS])
def test_every_field_of_a_callback_is_honoured_or_refused_by_name(callback, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    first, second, refused = CALLBACKS[callback][name]
    values = {key: table[0] for key, table in CALLBACKS[callback].items()}
    params = {**BASE, "encoder": [4, npae.GaussianCode(2)]} if callback is npae.CodeReport else BASE

    def train(value, epochs):
        own = [] if callback is Checkpoint else [Checkpoint("a.npz")]
        callbacks = [callback(**{**values, name: value}), *own]
        return Autoencoder(**{**params, "epochs": epochs, "callbacks": callbacks}).fit(X)

    train(first, 4)
    if refused is HONOURED:
        assert train(second, 7).n_epochs_ == 7
    else:
        with pytest.raises(ValueError, match=f"with {refused} of callback 0 {callback.__name__} .*, got "):
            train(second, 7)


DESCRIPTIONS = [item for items in PARTS.values() for item in items] + SCHEDULES


@in_one_test("description", DESCRIPTIONS, ids=lambda item: type(item).__name__)
def test_every_field_of_what_moves_theta_is_part_of_what_is_compared(description):
    for field in dataclasses.fields(description):
        shown = f"{field.name}={getattr(description, field.name)!r}" in repr(description)
        assert shown == counts(field, description)


def test_a_curvature_is_compared_where_there_is_one():
    assert "curvature='gauss_newton'" in repr(npae.Refine("trust-ncg", curvature="gauss_newton"))


@pytest.mark.parametrize("place", ["adapt", "callbacks"])
def test_a_changed_schedule_is_refused_as_part_of_the_optimizer(place, tmp_path):
    for patience in (5, 6):
        schedule = npae.ReduceOnPlateau(patience=patience)
        options = {"optimizer": npae.Adam(adapt=schedule)} if place == "adapt" else {"callbacks": [schedule]}
        if patience == 5:
            fit(tmp_path / "model.npz", **options)
        else:
            with pytest.raises(ValueError, match=r"with optimizer Adam\(.*patience=6.* got Adam\(.*patience=5"):
                fit(tmp_path / "model.npz", **options)


DESCENT = {"optimizer": npae.GradientDescent(60.0), "scale": None, "epochs": 60}
REFINED = {"optimizer": None, "refine": npae.Refine("L-BFGS-B", max_iterations=3), "epochs": 40}


@pytest.mark.fast_cases(3)
@pytest.mark.parametrize(
    ("first", "second", "params"),
    [
        (EarlyStopping(patience=2), EarlyStopping(patience=6), DESCENT),
        (EarlyStopping(patience=2, restore_best=True), EarlyStopping(patience=6, restore_best=True), DESCENT),
        (EarlyStopping(target=0.08), EarlyStopping(target=0.075), {"epochs": 100}),
        (EarlyStopping("mse", target=0.08), EarlyStopping("mse", target=1e-9), {"epochs": 40}),
        (Converged(0.2), Converged(0.01), REFINED),
        (Converged(0.0, floor=0.7), Converged(0.0, floor=0.5), REFINED),
    ],
    ids=str,
)
def test_training_that_has_stopped_goes_on_until_the_new_setting_ends_it(first, second, params, tmp_path):
    ended = fit(tmp_path / "model.npz", first, **params)
    whole = fit(tmp_path / "other.npz", second, **params)
    assert ended.n_epochs_ < whole.n_epochs_
    again = fit(tmp_path / "model.npz", second, **params)
    assert (again.n_epochs_, again.stop_reason_) == (whole.n_epochs_, whole.stop_reason_)
    np.testing.assert_array_equal(again.theta_, whole.theta_)
    twice = fit(tmp_path / "model.npz", second, **params)
    assert (twice.n_epochs_, twice.stop_reason_) == (whole.n_epochs_, whole.stop_reason_)
    np.testing.assert_array_equal(twice.theta_, whole.theta_)


def test_training_goes_on_without_the_callback_that_ended_it(tmp_path):
    ended = fit(tmp_path / "model.npz", EarlyStopping(target=0.08), epochs=50)
    assert ended.n_epochs_ < 50 == fit(tmp_path / "model.npz", epochs=50).n_epochs_


def test_only_what_ended_training_can_let_it_go_on(tmp_path):
    stop = EarlyStopping(target=0.08)
    ended = fit(tmp_path / "model.npz", stop, epochs=50)
    again = fit(tmp_path / "model.npz", stop, EarlyStopping(patience=500), npae.Progress(1e6), epochs=200)
    assert (again.n_epochs_, again.stop_reason_) == (ended.n_epochs_, "loss reached 0.08")


def test_what_a_function_ended_stays_ended(tmp_path):
    def stop(training):
        return training.epoch == 3 and "enough"

    for epochs in (5, 9):
        assert fit(tmp_path / "model.npz", stop, epochs=epochs).stop_reason_ == "enough"


def test_a_callback_of_your_own_says_what_gives_its_memory_meaning(tmp_path):
    @dataclasses.dataclass(frozen=True)
    class Watch(npae.Callback):
        what: str = "a"
        loud: bool = False

        remembered = ("what",)
        begin = npae.Progress(1e6).begin

    fit(tmp_path / "model.npz", Watch())
    assert fit(tmp_path / "model.npz", Watch(loud=True), epochs=7).n_epochs_ == 7
    with pytest.raises(ValueError, match="with what of callback 0 Watch 'b', got 'a'"):
        fit(tmp_path / "model.npz", Watch("b"), epochs=9)
