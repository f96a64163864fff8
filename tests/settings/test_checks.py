import io
import json
import math
import re

import numpy as np
import pytest
from looped import in_one_test

import npae
from npae import Dense, Gaussian
from npae.initializers import INITIALIZERS, Initializer
from npae.settings.checks import choose, number_in, positive_integer, real_number
from npae.settings.description import describe


def without_address(value):
    """Return a name for a test that is the same in every process."""
    return re.sub(r" at 0x[0-9a-f]+", "", repr(value))


def test_choose_takes_a_name_or_an_instance():
    own = Gaussian(2.0)
    assert choose("init", "he", INITIALIZERS, Initializer) is INITIALIZERS["he"]
    assert choose("init", own, INITIALIZERS, Initializer) is own


@in_one_test("value", ["hee", None, 3, Dense(2), Gaussian, ["he"]], ids=without_address)
def test_choose_lists_the_known_names(value):
    message = (
        "init must be one of 'glorot', 'he', 'lecun', 'gaussian', 'orthogonal' or an instance of Initializer, got "
    )
    with pytest.raises(ValueError, match=message):
        choose("init", value, INITIALIZERS, Initializer)


@in_one_test("value", [1, 10**9, np.int8(3), np.uint64(4)])
def test_positive_integers_become_ints(value):
    assert positive_integer("epochs", value) == value
    assert type(positive_integer("epochs", value)) is int


@in_one_test("value", [0, -3, 1.0, "1", None, True, np.bool_(True), np.array(2.5), math.nan])
def test_anything_but_a_positive_integer_is_refused(value):
    with pytest.raises(ValueError, match="epochs must be an integer of at least 1, got "):
        positive_integer("epochs", value)


@in_one_test("value", [0, 1, 0.5, np.float32(0.25), np.int64(1)])
def test_numbers_in_a_closed_interval_pass(value):
    assert number_in("p", value, 0, 1) is value


@in_one_test("value", [-0.001, 1.001, math.nan, math.inf, -math.inf, "0.5", None, True, [0.5]])
def test_numbers_outside_a_closed_interval_are_refused(value):
    with pytest.raises(ValueError, match=r"p must be a number in \[0, 1\], got "):
        number_in("p", value, 0, 1)


@in_one_test("value", [0, 1, -1, math.nan])
def test_the_ends_of_an_open_interval_are_refused(value):
    with pytest.raises(ValueError, match=r"p must be a number in \]0, 1\[, got "):
        number_in("p", value, 0, 1, closed=False)
    assert number_in("p", 0.5, 0, 1, closed=False) == 0.5


def _built(kind, **fields):
    return kind(**{name: np.array(value)[()] for name, value in fields.items()})


@in_one_test(
    ("kind", "fields"),
    [
        (npae.study.Integers, {"low": 2, "high": 8, "step": 2, "log": False}),
        (npae.study.Uniform, {"low": 0.5, "high": 2.0, "log": True}),
        (npae.Adam, {"eta": 0.5, "weight_decay": 0.25, "clip": 1}),
        (npae.Momentum, {"eta": 0.5, "nesterov": True}),
        (npae.AdaptiveEta, {"undo": False, "patience": 2}),
        (npae.StepDecay, {"every": 3, "factor": 0.5}),
        (npae.EarlyStopping, {"patience": 3, "min_delta": 0.5, "every": 2, "restore_best": True}),
        (npae.LSTM, {"units": 3, "sequences": True}),
        (npae.Conv2D, {"filters": 2, "kernel": 3, "stride": 2, "padding": 1, "dilation": 1}),
        (npae.Dropout, {"p": 0.5}),
        (npae.FlipPixels, {"k": 2}),
        (npae.MaxNorm, {"limit": 2}),
        (npae.Gaussian, {"std": 0.5}),
        (npae.MaxPool2D, {"kernel": 2}),
        (npae.Upsample, {"factor": 2}),
        (npae.Repeat, {"steps": 2}),
        (npae.Dense, {"units": 2}),
    ],
)
def test_the_numbers_of_numpy_are_as_good_as_those_of_python(kind, fields):
    assert _built(kind, **fields) == kind(**fields)
    assert json.loads(json.dumps(describe(_built(kind, **fields)))) == describe(kind(**fields))


def test_the_ranges_of_a_search_hold_numbers_of_python():
    choice = npae.study.Integers(np.int64(2), np.int32(8))
    assert [type(choice.low), type(choice.high)] == [int, int]
    assert type(npae.study.Uniform(np.float32(0.5), np.int64(2)).low) is float


@in_one_test(
    "make",
    [
        lambda value: npae.Momentum(nesterov=value),
        lambda value: npae.AdaptiveEta(undo=value),
        lambda value: npae.LSTM(2, sequences=value),
        lambda value: npae.Checkpoint("x.npz", resume=value),
    ],
)
def test_flags_are_booleans(make):
    assert make(np.bool_(True)) == make(True)
    with pytest.raises(ValueError, match="must be True or False, got 1"):
        make(1)


def test_an_estimator_takes_the_numbers_of_numpy():
    X, one = np.random.default_rng(0).random((9, 4)), np.int64(1)
    params = {"epochs": 2 * one, "batch_size": 3 * one, "threads": one, "random_state": one}
    ae = npae.Autoencoder([2 * one], validation_fraction=np.float32(0.25), **params).fit(X)
    assert ae.sample(2 * one, random_state=one).shape == (2, 4)
    space = {"encoder__0": np.array([1, 2]), "epochs": npae.study.Integers(one, 2 * one)}
    model = npae.Autoencoder([npae.Dense(2)])
    with pytest.raises(ValueError, match=r"Write Dense\(2, \.\.\.\) for 2"):
        npae.Autoencoder([2 * one]).set_params(encoder__0__units=3)
    options = {"trials": 2 * one, "seed": one, "executor": "serial", "validation_data": np.float32(0.5)}
    assert len(npae.study.search(model, X, {"epochs": space["epochs"]}, **options).rows) == 2
    sweep = npae.study.sweep(model, X, {"epochs": np.array([1, 2])}, seeds=np.arange(2), executor="serial")
    assert [row["epochs"] for row in sweep.rows] == [1, 1, 2, 2]


class Filelike(io.BytesIO):
    """What asks to be written to, and is no path."""


FITTED = npae.Autoencoder([2], epochs=1, random_state=0).fit(np.eye(3))
PATHS = {
    "save": FITTED.save,
    "load": npae.load,
    "explorer": lambda path: npae.explorer.write(FITTED, path),
    "checkpoint": lambda path: npae.Checkpoint(path),
    "journal": lambda path: npae.study.repeat(FITTED, np.eye(3), seeds=1, executor="serial", path=path),
    "results": npae.study.Results.read,
    "search": lambda path: npae.study.search(
        FITTED, np.eye(9), {"epochs": [1]}, trials=1, executor="serial", path=path
    ),
    "idx": npae.datasets.load_idx,
    "images": npae.datasets.load_images,
    "font": npae.datasets.load_font,
    "classifier": npae.Classifier([2], epochs=1).fit(np.eye(4), [0, 1, 0, 1]).save,
}


@in_one_test("value", [Filelike(), 3, b"model.npz", ["model.npz"], ""], ids=without_address)
@in_one_test("name", PATHS)
def test_what_is_no_path_is_refused_by_name(name, value):
    what = {"images": "folder", "font": "(name|font)"}.get(name, "path")
    with pytest.raises((TypeError, ValueError), match=f"^{what} must be .*path of a"):
        PATHS[name](value)


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(IsADirectoryError, match="path must be that of a file, got a folder"):
        FITTED.save(tmp_path)


@pytest.mark.parametrize(
    "closed, ends, interval", [("low", [0, -1e-17], r"\[0, 1\["), ("high", [1, 1 + 2e-16], r"\]0, 1\]")]
)
def test_an_interval_may_be_half_open(closed, ends, interval):
    assert [number_in("p", end, 0, 1, closed=closed) for end in ends] == [ends[0]] * 2
    assert number_in("p", 0.5, 0, 1, closed=closed) == 0.5
    for value in (-0.1, 1.1, 1 - ends[0], math.nan, "a", None, True):
        with pytest.raises(ValueError, match=rf"p must be a number in {interval}, got "):
            number_in("p", value, 0, 1, closed=closed)


@pytest.mark.parametrize(
    "make",
    [
        lambda p: npae.Dropout(p),
        lambda p: npae.Momentum(momentum=p),
        lambda p: npae.Adam(beta2=p),
        lambda p: npae.RMSprop(rho=p),
    ],
    ids=["p", "momentum", "beta2", "rho"],
)
def test_whatever_lies_below_1_says_so_at_each_wrong_value(make):
    for value in (-0.1, 1, 1.5, "a"):
        with pytest.raises(ValueError, match=r"must be a number in \[0, 1\[, got "):
            make(value)


def test_a_real_number_may_be_infinite():
    assert real_number("gtol", math.inf) == math.inf and real_number("gtol", -1) == -1
    for value in (math.nan, "a", None, True, 1j, [1.0]):
        with pytest.raises(ValueError, match="gtol must be a number, got "):
            real_number("gtol", value)
