"""Labels of classes: which are taken, and what becomes of them."""

import numpy as np
import pytest
from looped import in_one_test

from npae.estimators.class_labels import check_labels, distinct_classes, one_hot


@in_one_test(
    "labels",
    [[3, 1, 3], [True, False, True], ["b", "a", "b"], [2.0, -1.0, 2.0], np.array(["b", "aa", "b"], object), (5, 4, 5)],
    ids=["integers", "booleans", "texts", "whole floats", "objects", "tuple"],
)
def test_rows_of_the_unit_matrix_lead_back_to_the_labels(labels):
    known = check_labels(labels, 3)
    classes = distinct_classes(known)
    rows = one_hot(known, classes)
    np.testing.assert_array_equal(rows.sum(axis=1), 1)
    assert classes[rows.argmax(axis=1)].tolist() == list(labels)
    assert classes.dtype.kind in "iubfU"


def test_classes_that_do_not_occur_get_a_column():
    np.testing.assert_array_equal(one_hot(np.array([2, 0]), np.array([0, 1, 2])), [[0, 0, 1], [1, 0, 0]])


def test_a_column_of_labels_is_taken_with_a_warning():
    with pytest.warns(UserWarning, match="A column-vector y was passed when a 1d array was expected"):
        assert check_labels(np.array([[1], [2]]), 2).shape == (2,)


@in_one_test(
    ("labels", "message"),
    [
        (None, "y must hold a label for each sample: .* the target y is None"),
        ([[1, 2], [3, 4]], r"y must have shape \(N,\), one label per sample, got \(2, 2\)"),
        ([1, 2, 3], "y must hold a label for each of the 2 samples, got 3 labels"),
        ([1.0, np.nan], r"y must be finite, got NaN at \[1\] and 1 such value"),
        ([1.0, np.inf], r"y must be finite, got infinity at \[1\]"),
        ([1.0, 1.5], "y must hold classes, got 1.5. Unknown label type: continuous"),
        (
            np.array(["a", np.nan], object),
            "y must hold labels of one type, got float, str. Leave samples without a label out",
        ),
        (np.array(["a", None], object), "y must hold labels of one type, got NoneType, str"),
        (["a", None], "one type, got NoneType, str. Leave samples without a label out, such as that in row 1"),
        (["a", np.nan], "y must hold labels of one type, got float, str.*row 1"),
        (["a", 1], "y must hold labels of one type, got int, str. Make them texts"),
        ([None, None], "y must hold numbers or texts, got dtype object"),
        ([1j, 2j], "y must hold numbers or texts, got dtype complex128"),
    ],
    ids=str,
)
def test_what_are_no_labels_is_refused(labels, message):
    with pytest.raises(ValueError, match=message):
        check_labels(labels, 2)


def test_one_class_is_refused():
    with pytest.raises(ValueError, match=r"classes must hold at least 2 classes, got 1 class\(es\): \['a'\]"):
        distinct_classes(np.array(["a", "a"]), "classes")


@pytest.mark.parametrize("label", [3, "1"])
def test_a_label_that_was_not_there_is_refused(label):
    with pytest.raises(ValueError, match=rf"y must hold labels among \[1, 2\], got {label!r}. Give all of them"):
        one_hot(np.array([label]), np.array([1, 2]))
