"""Labels in pictures and in the page: which are shown, and what is said of the others."""

import datetime

import numpy as np
import pytest
from looped import in_one_test

import npae
from npae.samples.labels import shown_labels

X = np.random.default_rng(0).random((20, 3))
AE = npae.Autoencoder([2], epochs=1, random_state=0).fit(X)
WAYS = {
    "latent_space": lambda labels, folder: npae.plots.latent_space(AE, X, labels=labels),
    "explorer": lambda labels, folder: npae.explorer.write(AE, folder / "page.html", X, labels=labels),
    "classifier": lambda labels, folder: npae.Classifier([2], epochs=1).fit(X, labels),
}


@in_one_test("way", ["latent_space", "explorer"])
@in_one_test(
    ("labels", "message"),
    [
        (["a", None] * 10, r"got None for sample 1 and 10 such label\(s\) in all\. Leave the samples without"),
        (["a"] * 19 + [np.nan], "got nan for sample 19 and 1 such"),
        ([1.0] * 19 + [np.nan], "got nan for sample 19 and 1 such"),
        (np.array(["a", None] * 10, dtype=object), "got None for sample 1 and 10 such"),
        (["a", 1] * 10, "of one type, numbers or texts, got int, str"),
        (["a"] * 19, r"one per sample \(20\), got 19"),
        ("a", r"one per sample \(20\), got 1"),
        (3, "a sequence, one label per sample, got 3"),
    ],
    ids=str,
)
def test_labels_that_cannot_be_shown_are_refused(way, labels, message, tmp_path):
    with pytest.raises(ValueError, match=f"labels must be .*{message}"):
        WAYS[way](labels, tmp_path)


@in_one_test("way", WAYS)
def test_labels_of_a_table_work(way, tmp_path):
    pandas = pytest.importorskip("pandas")
    names = pandas.Series(list("ab") * 10)
    for labels in (names, names.astype("category"), names.convert_dtypes(), pandas.Series([1, 2] * 10, dtype="Int64")):
        WAYS[way](labels, tmp_path)
    for labels in (names.where(names == "a"), names.convert_dtypes().where(names == "a")):
        with pytest.raises(ValueError, match=r"labels"):
            WAYS[way](labels, tmp_path)


def test_dates_are_shown_as_texts():
    days = [datetime.date(2026, 1, 1), datetime.date(2026, 1, 2)]
    assert shown_labels(days, 2) == ["2026-01-01", "2026-01-02"]
    assert shown_labels(np.array([True, False]), 2) == [True, False]
    assert shown_labels((1, 2.5), 2) == [1, 2.5]
