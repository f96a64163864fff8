"""How the page knows pictures from curves and tables, and what it is told of samples, errors and the model."""

import html
import os
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from looped import in_one_test
from test_write import LETTERS, document, model, unpacked, written

import npae

RNG = np.random.default_rng(0)


def fitted(X, encoder=(2,), **params):
    return npae.Autoencoder(list(encoder), epochs=1, random_state=0, **params).fit(X)


def shown(tmp_path, X, *, encoder=(2,), **options):
    return document(written(tmp_path, fitted(X, encoder), data=X, **options))


FORMS = {
    "a square without names": (RNG.random((6, 36)), {}, "pictures"),
    "a shape": (RNG.random((6, 12)), {"shape": (3, 4)}, "pictures"),
    "one row of pixels": (RNG.random((6, 12)), {"shape": (1, 12)}, "pictures"),
    "images": (RNG.random((6, 4, 4, 1)), {}, "pictures"),
    "greys without channels": (RNG.random((6, 7, 5)), {}, "pictures"),
    "some numbers": (RNG.random((6, 12)), {}, "table"),
    "four numbers": (RNG.random((6, 4)), {}, "table"),
    "many numbers": (RNG.random((6, 50)), {}, "series"),
    "a square with names": (pd.DataFrame(RNG.random((6, 36)), columns=[f"c{i}" for i in range(36)]), {}, "table"),
    "a series of few channels": (RNG.random((6, 20, 2)), {}, "series"),
    "a series of large numbers": (100 * RNG.random((6, 20, 7)), {}, "series"),
}


@in_one_test("case", FORMS)
def test_samples_are_drawn_as_what_they_are(tmp_path, case):
    X, options, expected = FORMS[case]
    assert shown(tmp_path, X, encoder=[npae.Flatten(), 2] if np.ndim(X) > 2 else (2,), **options)["kind"] == expected


def test_a_font_is_always_pictures(tmp_path):
    assert document(written(tmp_path, data=LETTERS))["kind"] == "pictures"


def test_columns_have_their_names_and_ranges_of_their_own(tmp_path):
    X = pd.DataFrame({"length (cm)": [1.0, 2, 3], "mass (kg)": [10.0, 30, 20]})
    page = shown(tmp_path, X)
    assert (page["names"], page["ranges"]) == (["length (cm)", "mass (kg)"], [[1, 3], [10, 30]])
    assert (page["steps"], page["tracks"]) == (1, 2)


def test_features_name_columns_and_channels(tmp_path):
    X = RNG.random((6, 9, 2))
    page = shown(tmp_path, X, encoder=[npae.Flatten(), 2], features=["a (g)", "b (g)"])
    assert (page["kind"], page["names"], page["steps"], page["tracks"]) == ("series", ["a (g)", "b (g)"], 9, 2)
    with pytest.raises(ValueError, match=r"features must be one name per column \(2\), got 3"):
        shown(tmp_path, X, encoder=[npae.Flatten(), 2], features=list("abc"))


@pytest.mark.parametrize("scales, alike", [((1, 2), True), ((1, 100), False)])
def test_channels_of_like_size_share_a_scale(tmp_path, scales, alike):
    X = np.linspace(0, 1, 24).reshape(4, 6, 1) * np.array(scales)
    low, high = shown(tmp_path, X, encoder=[npae.Flatten(), 2])["ranges"]
    assert (low == high) == alike


def test_a_column_that_never_varies_has_a_range(tmp_path):
    X = np.column_stack([RNG.random(6), np.full(6, 7.0)])
    assert shown(tmp_path, X)["ranges"][1] == [7, 14]


def test_errors_are_root_mean_squares_of_pictures(tmp_path):
    ae = model()
    apart = ae.reconstruct(LETTERS.pixels) - LETTERS.pixels
    errors = unpacked(document(written(tmp_path, ae, data=LETTERS))["errors"])
    np.testing.assert_allclose(errors, np.sqrt(np.mean(apart**2, axis=1)), rtol=1e-6)


def test_errors_of_a_table_are_shares_of_its_ranges(tmp_path):
    X = RNG.random((8, 3)) * [1, 10, 100]
    ae = fitted(X, scale="columns")
    shares = (ae.reconstruct(X) - X) / np.ptp(X, axis=0)
    errors = unpacked(document(written(tmp_path, ae, data=X))["errors"])
    np.testing.assert_allclose(errors, np.sqrt(np.mean(shares**2, axis=1)), rtol=1e-6)


def test_a_model_of_pairs_has_no_errors(tmp_path):
    X = RNG.random((8, 12))
    ae = npae.Autoencoder([2], epochs=1, random_state=0).fit(X, target=X[:, ::-1].copy())
    assert document(written(tmp_path, ae, data=X))["errors"] is None


X_, Y_ = (
    pd.DataFrame(RNG.random((8, 3)) * scale + [0, 1, 2], columns=list(names))
    for scale, names in ((1, "abc"), (100, "pqr"))
)
PAIRS = {
    "other columns": (X_, Y_, {}, ["a", "b", "c"], ["p", "q", "r"]),
    "targets without names": (X_, Y_.to_numpy(), {}, ["a", "b", "c"], None),
    "samples without names": (X_.to_numpy(), Y_, {}, None, ["p", "q", "r"]),
    "names of one's own": (X_, Y_, {"features": list("xyz")}, ["x", "y", "z"], ["p", "q", "r"]),
    "more than bars": (*(pd.concat([Z.add_suffix(i) for i in range(20)], axis=1) for Z in (X_, Y_)), {}, None, None),
}


@in_one_test("case", PAIRS)
def test_what_is_decoded_has_the_names_and_ranges_of_the_targets(tmp_path, case):
    X, Y, options, names, predicted = PAIRS[case]
    ae = npae.Autoencoder([2], epochs=1, random_state=0, scale="columns").fit(X, target=Y)
    page = document(written(tmp_path, ae, data=X, **options))
    decoded = ae.reconstruct(X).reshape(-1, page["tracks"])
    assert (page["names"], page["predicted"]["names"]) == (names, predicted)
    np.testing.assert_allclose(page["predicted"]["ranges"], np.stack([decoded.min(axis=0), decoded.max(axis=0)]).T)
    alone = document(written(tmp_path, ae, **options))
    assert (alone["names"], alone["predicted"]["names"]) == (names, predicted)
    assert alone["ranges"][0][1] < 5 < alone["predicted"]["ranges"][0][1]


SAME = {
    "no target": (X_, None, {}),
    "the same columns": (X_, X_ + 1, {}),
    "no names": (X_.to_numpy(), Y_.to_numpy(), {}),
    "names given for both": (X_.to_numpy(), Y_.to_numpy(), {"features": list("xyz")}),
    "pictures": (RNG.random((8, 36)), pd.DataFrame(RNG.random((8, 36))).add_prefix("y"), {"shape": (6, 6)}),
}


@in_one_test("case", SAME)
def test_what_is_decoded_has_the_columns_of_the_samples(tmp_path, case):
    X, Y, options = SAME[case]
    ae = npae.Autoencoder([2], epochs=1, random_state=0, scale="columns").fit(X, target=Y)
    assert document(written(tmp_path, ae, data=X, **options))["predicted"] is None


def test_a_gaussian_code_comes_with_deviations(tmp_path):
    ae = npae.Autoencoder([npae.GaussianCode(2)], loss="bce", epochs=1, random_state=0).fit(LETTERS.pixels)
    page = document(written(tmp_path, ae, data=LETTERS))
    np.testing.assert_allclose(unpacked(page["deviations"]).reshape(32, 2), ae.posterior(LETTERS.pixels)[1], rtol=1e-6)
    assert page["variational"]
    assert document(written(tmp_path, data=LETTERS))["deviations"] is None


def test_the_page_knows_how_the_model_was_made(tmp_path):
    page = document(written(tmp_path))
    facts = dict(page["facts"])
    assert facts["random_state"] == "0"
    assert facts["npae"] == npae.__version__
    assert facts["epochs"] == "3"
    assert facts["loss"] == f"BinaryCrossEntropy, {model().history_['loss'][-1]:.4g} reached"
    assert page["layers"][0] == ["encoder.0", "Dense tanh", "29", "1,044"]
    assert [value for _, value in page["history"]["loss"]] == model().history_["loss"]


def test_a_generator_as_random_state_is_named_as_one(tmp_path):
    ae = npae.Autoencoder([2], epochs=1, random_state=np.random.default_rng(0)).fit(LETTERS.pixels)
    assert "cannot be trained again" in dict(document(written(tmp_path, ae))["facts"])["random_state"]


def test_a_long_history_is_thinned_and_keeps_its_ends():
    from npae.explorer.page_facts import thinned

    curve = thinned([*range(5000), float("nan")])
    assert (curve[0], curve[-1], len(curve)) == ([1, 0], [5000, 4999], 200)
    assert thinned([]) == []


def test_a_code_that_hardly_varies_is_called_so(tmp_path):
    ae = npae.Autoencoder([2], activation="tanh", epochs=1, random_state=0).fit(LETTERS.pixels)
    assert document(written(tmp_path, ae, data=LETTERS))["collapsed"] is None
    ae.theta_[:] = 1e-9 * ae.theta_
    assert document(written(tmp_path, ae, data=LETTERS))["collapsed"] == "all"
    assert document(written(tmp_path, ae))["collapsed"] is None
    ae.history_["notes"] = ["code must vary with the samples, got almost one prediction for all of them."]
    assert document(written(tmp_path, ae))["collapsed"] == "all"


def test_a_collapsed_posterior_is_called_so(tmp_path):
    ae = npae.Autoencoder([npae.GaussianCode(2)], loss="bce", epochs=1, random_state=0).fit(LETTERS.pixels)
    ae.code_variance_ = np.array([0.5, 0.0])
    assert document(written(tmp_path, ae, data=LETTERS))["collapsed"] is None
    ae.code_variance_ = np.array([0.009, 0.0])
    assert document(written(tmp_path, ae, data=LETTERS))["collapsed"] == "all"


def test_a_page_is_a_path_that_a_notebook_shows(tmp_path):
    path = tmp_path / "letters.html"
    page = npae.explorer.write(model(), path, data=LETTERS, title='"quoted" & <b>')
    assert isinstance(page, npae.explorer.Page)
    assert (str(page), repr(page), Path(page), page.path) == (str(path), f"Page({str(path)!r})", path, path)
    assert page == npae.explorer.Page(path)
    assert len({page, npae.explorer.Page(path)}) == 1
    assert Path(page).read_text(encoding="utf-8") == path.read_text(encoding="utf-8")
    assert os.path.getsize(page) == path.stat().st_size
    frame = page._repr_html_()
    (held,) = re.findall(r'srcdoc="([^"]*)"', frame)
    assert html.unescape(held) == path.read_text(encoding="utf-8")
    assert 'sandbox="allow-scripts allow-downloads"' in frame


def test_a_page_that_is_gone_or_huge_says_so(tmp_path, monkeypatch):
    page = npae.explorer.write(model(), tmp_path / "a&b.html")
    monkeypatch.setattr("npae.explorer.page_in_notebook.MOST_SHOWN", 10)
    assert "a&amp;b.html is too large to be shown here" in page._repr_html_()
    page.path.unlink()
    assert "is no longer there" in page._repr_html_()
