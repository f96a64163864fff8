"""Columns whose scale keeps a network from learning them are named, with what helps; others cause no warning."""

import warnings

import numpy as np
import pytest
from looped import in_one_test

import npae
from npae import Autoencoder, Classifier, NeglectedColumns, TrainingWarning

pandas = pytest.importorskip("pandas")

X = np.random.default_rng(0).standard_normal((200, 4))
QUICK = {"epochs": 1, "optimizer": "gradient_descent", "random_state": 0}
DOUBTFUL = {  # what a table's columns are multiplied by, and shifted by; the model's parameters; the message
    "1e7 times larger": ([1e7, 1, 1, 1], 0, {}, r"column 'a', beside which columns 'b', 'c', 'd' can.*scale='columns'"),
    "1e-160 beside 1": ([1, 1, 1, 1e-160], 0, {}, "column '[abc]', beside which column 'd' can hardly be learned"),
    "1e-160, scaled": ([1, 1, 1, 1e-160], 0, {"scale": "columns"}, "got smaller column 'd'. Multiply them"),
    "1e-40 in float32": (
        [1, 1, 1, 1e-40], 0, {"scale": "columns", "dtype": "float32"}, "beyond 1e-32 for float32.*column 'd'",
    ),
    "an offset in float32": (1, [0, 1e8, 0, 1e8], {"dtype": "float32"}, "columns 'b', 'd'.*dtype='float64', or subtra"),
    "an offset without scale": (
        1, [0, 1e8, 0, 0], {"dtype": "float32", "scale": None, "optimizer": "adam"}, "column 'b'. Use dtype",
    ),
}  # fmt: skip
UNDOUBTED = {
    "equal": (1, 0, {}),
    "offset": (1, 1e6, {}),
    "offset in float32": (1, 1e5, {"dtype": "float32"}),
    "units": ([1e6, 1, 1, 1], 0, {}),
    "named": ([1e7, 1, 1, 1], 0, {"scale": "common"}),
    "scaled": ([1e7, 1, 1, 1e-30], 0, {"scale": "columns"}),
    "constant": ([1, 1, 1, 0], [0, 0, 0, 7], {}),
    "nearly constant": ([1, 1, 1, 1e-9], [0, 0, 0, 5], {}),
    "rounding": ([1, 1, 1, 1e-16], [0, 0, 0, 0.3], {}),
}


def table(factor, shift):
    return pandas.DataFrame(X * factor + shift, columns=list("abcd"))


@in_one_test("case", DOUBTFUL)
def test_a_column_that_can_hardly_be_learned_is_named_once(case):
    factor, shift, options, message = DOUBTFUL[case]
    with pytest.warns(NeglectedColumns, match=message) as caught:
        ae = Autoencoder([2], **{**QUICK, **options}).fit(table(factor, shift))
    assert ae.history_["notes"] == [str(caught[0].message)]
    assert len(caught) == 1 and caught[0].filename == __file__


@in_one_test("case", UNDOUBTED)
def test_other_columns_cause_no_warning(case):
    factor, shift, options = UNDOUBTED[case]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Autoencoder([2], **QUICK, **options).fit(table(factor, shift))


def test_a_classifier_says_so_too_and_channels_of_series_are_columns():
    with pytest.warns(NeglectedColumns, match="float32 can tell apart, got some too close together in column 1"):
        Classifier([3], dtype="float32", **QUICK).fit(X + np.array([0, 1e8, 0, 0]), np.arange(200) % 2)
    series = np.random.default_rng(0).standard_normal((20, 5, 2)) * [1, 1e8]
    with pytest.warns(NeglectedColumns, match="got column 1, beside which column 0 can"):
        Autoencoder([2], **QUICK).fit(series)


def test_what_the_warning_names_helps():
    noisy = X[:, :2] @ np.random.default_rng(1).standard_normal((2, 4)) * [1e7, 1, 1, 1]
    with pytest.warns(NeglectedColumns):
        Autoencoder([2], **QUICK).fit(noisy)
    ae = Autoencoder([2], scale="columns", random_state=0).fit(noisy)
    share = np.square(ae.reconstruct(noisy) - noisy).mean(axis=0) / noisy.var(axis=0)
    assert (share < 1e-6).all()


def test_it_is_a_training_warning():
    assert issubclass(npae.NeglectedColumns, TrainingWarning)
