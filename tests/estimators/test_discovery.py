"""New pictures are what they are said to be: crisp, far from all that is known, and where they were looked for."""

import functools

import numpy as np
import pytest
from looped import in_one_test

import npae

LETTERS = npae.datasets.load_font("capitals")


@functools.cache
def model(code=2, kind="letters", **params):
    ae = npae.Autoencoder([29, 23, code], activation="tanh", loss="bce", epochs=400, random_state=0, **params)
    return ae.fit(grey() if kind == "grey" else LETTERS.pixels)


@functools.cache
def grey():
    rng = np.random.default_rng(0)
    return 0.8 * LETTERS.pixels + 0.1 * rng.random(LETTERS.pixels.shape)


def differing(pictures, known):
    """Return in how many pixels each picture differs from each known one, (n, N), slowly."""
    return np.array([[np.sum((a > 0.5) != (b > 0.5)) for b in known] for a in pictures])


@in_one_test("between", [None, "AX", (1, 20)], ids=str)
@in_one_test("code", [1, 2, 5])
def test_what_is_found_is_crisp_and_unlike_every_known_sample_and_each_other(code, between):
    found = npae.discover(model(code), LETTERS, between, least_crispness=0.4, least_distance=2, candidates=4000)
    apart = differing(found.samples, LETTERS.pixels)
    assert code == 1 or len(found) > 0
    assert (apart.min(axis=1) >= 2).all() and (np.abs(found.samples - 0.5) >= 0.2).all()
    np.testing.assert_array_equal(found.distance, apart.min(axis=1))
    np.testing.assert_array_equal(found.nearest, apart.argmin(axis=1))
    assert (differing(found.samples, found.samples)[np.triu_indices(len(found), 1)] >= 2).all()
    assert found.labels == [LETTERS.labels[i] for i in found.nearest]


def test_the_codes_decode_to_the_samples_and_the_crispest_comes_first():
    found = npae.discover(model(), LETTERS)
    np.testing.assert_allclose(model().decode(found.codes), found.samples, rtol=1e-12)
    np.testing.assert_array_equal(found.crispness, npae.metrics.crispness(found.samples))
    assert (np.diff(found.crispness) <= 0).all() and found.crispness[-1] >= 0.5
    assert np.issubdtype(found.distance.dtype, np.integer) and found.distance.min() >= 3


def test_the_search_tries_what_a_slow_one_tries_and_chooses_the_same():
    codes = model().encode(LETTERS.pixels)
    (a, b), (c, d) = np.stack([codes.min(axis=0), codes.max(axis=0)], axis=1)
    tried = np.array([[x, y] for y in np.linspace(c, d, 50) for x in np.linspace(a, b, 50)])
    pictures, chosen = model().decode(tried), []
    crispness = npae.metrics.crispness(pictures)
    for i in np.argsort(-crispness, kind="stable"):
        others = np.concatenate([LETTERS.pixels, pictures[chosen]])
        if crispness[i] >= 0.3 and len(chosen) < 5 and differing(pictures[[i]], others).min() >= 3:
            chosen.append(i)
    found = npae.discover(model(), LETTERS, n=5, least_crispness=0.3, candidates=2500)
    np.testing.assert_array_equal(found.codes, tried[chosen])


def test_few_distances_at_a_time_find_the_same(monkeypatch):
    at_once = npae.discover(model(), LETTERS)
    monkeypatch.setattr("npae.estimators.discovery.DISTANCES", 100)
    np.testing.assert_array_equal(npae.discover(model(), LETTERS).codes, at_once.codes)


@in_one_test("code", [1, 2, 5])
def test_codes_between_two_lie_in_the_ball_around_their_middle(code):
    start, end = model(code).encode(LETTERS.select("AX").pixels)
    found = npae.discover(model(code), LETTERS, ("A", "X"), n=50, least_crispness=0, least_distance=0, candidates=4000)
    assert len(found) == 50
    assert (np.linalg.norm(found.codes - (start + end) / 2, axis=1) <= np.linalg.norm(end - start) / 2 + 1e-9).all()


def test_two_letters_are_known_by_label_or_by_index():
    codes = npae.discover(model(), LETTERS, "AX").codes
    for pair in [("A", "X"), ["A", 24], (1, 24), np.array([1, 24])]:
        np.testing.assert_array_equal(npae.discover(model(), LETTERS, pair).codes, codes, err_msg=str(pair))


def test_seeds_repeat_a_search_among_long_codes():
    codes = [npae.discover(model(5), LETTERS, random_state=seed, candidates=4000).codes for seed in (1, 1, 2)]
    np.testing.assert_array_equal(codes[0], codes[1])
    assert not np.array_equal(codes[0], codes[2])


@pytest.mark.parametrize("code", [2, 5])
def test_grey_pictures_are_as_crisp_as_reconstructions_and_half_way_from_their_neighbours(code):
    known, ae = grey(), model(code, "grey")
    found = npae.discover(ae, known)
    squares = ((found.samples[:, None] - known) ** 2).sum(axis=2)
    assert len(found) > 0
    np.testing.assert_allclose(found.distance, squares.min(axis=1), rtol=1e-9)
    np.testing.assert_allclose(found.crispness, np.abs(2 * found.samples - 1).mean(axis=1))
    usual = np.quantile(np.abs(2 * ae.reconstruct(known) - 1).mean(axis=1), 0.1)
    neighbours = np.sort(((known[:, None] - known) ** 2).sum(axis=2), axis=1)[:, 1]
    assert found.crispness.min() >= usual and found.distance.min() >= np.median(neighbours) / 4
    assert found.labels == [str(i) for i in found.nearest]


def test_pictures_and_codes_keep_their_shapes():
    layers = [npae.Conv2D(2, 3, stride=2, activation="tanh")]
    pictures = LETTERS.images[..., None]
    ae = npae.Autoencoder(layers, output="sigmoid", loss="bce", epochs=50, random_state=0).fit(pictures)
    found = npae.discover(ae, pictures, (0, 1), least_crispness=0, least_distance=1, candidates=500)
    assert found.samples.shape[1:] == (7, 5, 1) and found.codes.shape[1:] == ae.network_.code_shape
    assert npae.plots.discovery(found).axes


def test_nothing_new_says_what_to_do():
    found = npae.discover(model(), LETTERS, least_distance=35)
    assert (len(found), found.samples.shape, found.codes.shape, found.labels) == (0, (0, 35), (0, 2), [])
    assert "nothing new; try a smaller least_distance" in repr(found)
    with pytest.raises(ValueError, match="found must be at least one new picture, got 0. A smaller least_distance"):
        npae.plots.discovery(found)


def test_one_known_sample_has_no_neighbours():
    assert len(npae.discover(model(kind="grey"), grey()[:1])) <= 8


def test_a_newcomer_sees_how_far_the_new_ones_are():
    assert repr(npae.discover(model(), LETTERS, n=1)).startswith("Discovery(1 new, ")


REFUSED = {
    "n": ({"n": 0}, "n must be an integer of at least 1, got 0"),
    "candidates": ({"candidates": 1.5}, "candidates must be an integer of at least 1, got 1.5"),
    "crispness": ({"least_crispness": 2}, r"least_crispness must be a number in \[0, 1\], got 2"),
    "distance": ({"least_distance": -1}, r"least_distance must be a number in \[0, inf\[, got -1"),
    "label": (
        {"between": ("A", "a")},
        r"between must be two different indices from 0 to 31 or labels, got \('A', 'a'\)",
    ),
    "same": ({"between": "AA"}, "between must be two different indices"),
    "one": ({"between": "A"}, "between must be two different indices"),
    "three": ({"between": "ABC"}, "between must be two different indices"),
    "far": ({"between": (0, 32)}, "between must be two different indices"),
    "negative": ({"between": (-1, 1)}, "between must be two different indices"),
    "truth": ({"between": (False, True)}, "between must be two different indices"),
    "number": ({"between": 3}, "between must be two different indices .*, got 3"),
}


@in_one_test("name", REFUSED)
def test_a_search_that_makes_no_sense_is_refused(name):
    options, message = REFUSED[name]
    with pytest.raises(ValueError, match=message):
        npae.discover(model(), LETTERS, **options)


def test_the_range_of_the_samples_does_not_matter():
    options = {"least_crispness": 0.2, "least_distance": 0, "candidates": 500}
    X = np.random.default_rng(0).random((30, 12))
    found = npae.discover(npae.Autoencoder([2], random_state=0).fit(X), X, **options)
    greys = npae.discover(npae.Autoencoder([2], random_state=0).fit(16 * X), 16 * X, **options)
    assert len(found) and len(greys)
    assert greys.samples.max() > 1
    assert (greys.crispness <= 1).all()


def test_a_model_that_is_not_fitted_is_refused():
    with pytest.raises(ValueError, match="must be fitted"):
        npae.discover(npae.Autoencoder(), LETTERS)


@pytest.mark.parametrize("kind", ["letters", "grey"])
def test_candidates_that_are_not_held_are_found_too(kind, monkeypatch):
    """Pictures of many pixels are decoded piece by piece, when they are looked at."""
    data = grey() if kind == "grey" else LETTERS
    options = {"least_crispness": 0.2, "least_distance": 0.5, "candidates": 3000, "n": 5}
    held = npae.discover(model(kind=kind), data, **options)
    monkeypatch.setattr(npae.estimators.discovery, "HELD", 35 * 100)
    monkeypatch.setattr(npae.estimators.discovery, "PIECE", 35 * 70)
    found = npae.discover(model(kind=kind), data, **options)
    assert len(found) > 0
    for name in ("codes", "samples", "nearest", "distance", "crispness"):
        np.testing.assert_allclose(getattr(found, name), getattr(held, name), rtol=1e-12, atol=1e-12)


@pytest.mark.slow
def test_a_linear_output_hardly_knows_crisp_pictures_and_the_answer_says_what_does():
    """All 32 letters are exact either way."""
    letters = npae.datasets.load_font("capitals")
    found = {}
    for loss in ("mse", "bce"):
        ae = npae.Autoencoder([29, 23, 2], loss=loss, random_state=0).fit(letters)
        assert npae.metrics.pixel_errors(letters.pixels, ae.reconstruct(letters)).sum() == 0
        found[loss] = npae.discover(ae, letters, candidates=10_000)
    assert len(found["mse"]) < len(found["bce"]) == 8


def test_an_empty_answer_says_which_models_know_crisp_pictures():
    letters = npae.datasets.load_font("capitals")
    ae = npae.Autoencoder([2], optimizer="adam", epochs=1, random_state=0).fit(letters)
    empty = npae.discover(ae, letters, candidates=100, least_distance=35)
    assert repr(empty) == (
        "Discovery(nothing new; try a smaller least_distance or least_crispness, or a model with loss='bce')"
    )


def test_an_empty_answer_does_not_ask_for_what_the_model_has():
    ae = npae.Autoencoder([2], loss="bce", optimizer="adam", epochs=1, random_state=0).fit(LETTERS)
    empty = npae.discover(ae, LETTERS, candidates=100, least_distance=35)
    assert repr(empty) == "Discovery(nothing new; try a smaller least_distance or least_crispness)"
