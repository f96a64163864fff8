"""Principal components are those of a singular value decomposition, however they are found."""

import numpy as np
import pytest
from looped import in_one_test

from npae.samples import principal_components as module
from npae.samples import rows
from npae.samples.principal_components import principal_components

RNG = np.random.default_rng(0)


def falling(N, D, rank=None):
    """Return samples whose variances fall, so that each direction is determined up to its sign."""
    k = rank or min(N, D)
    return RNG.standard_normal((N, k)) * 0.6 ** np.arange(k) @ np.linalg.qr(RNG.standard_normal((D, k)))[0].T + 3


def assert_components(X, count, found, rtol=1e-8):
    mean, directions, variances = found
    centred = np.asarray(X, dtype=np.float64) - np.mean(X, axis=0, dtype=np.float64)
    _, s, V = np.linalg.svd(centred, full_matrices=False)
    np.testing.assert_allclose(mean, np.mean(X, axis=0), rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(variances, s[:count] ** 2 / len(X), rtol=rtol)
    np.testing.assert_allclose(directions @ directions.T, np.eye(count), atol=1e-6)
    np.testing.assert_allclose(np.abs(np.sum(directions * V[:count], axis=1)), 1, rtol=rtol)


def as_they_are(x):
    return np.asarray(x, dtype=np.float64)


@in_one_test("shape", [(200, 7), (7, 200), (30, 30), (3, 1), (2, 50)], ids=str)
@in_one_test("count", [1, 3])
def test_components_are_those_of_an_svd(shape, count):
    X = falling(*shape)
    varied = min(count, shape[0] - 1, shape[1])
    found = principal_components(X, as_they_are, count)
    assert len(found[2]) == varied
    assert_components(X, varied, found)


@pytest.mark.parametrize("shape", [(90, 40), (40, 90)], ids=str)
@pytest.mark.parametrize("piece", [2**22, 1000])
def test_larger_data_is_iterated_over(monkeypatch, shape, piece):
    monkeypatch.setattr(module, "DENSE", 30)
    monkeypatch.setattr(rows, "PIECE", piece)
    X = falling(*shape)
    assert_components(X, 3, principal_components(X, as_they_are, 3), rtol=1e-4)


def test_iteration_finds_directions_at_right_angles_to_ones(monkeypatch):
    monkeypatch.setattr(module, "DENSE", 10)
    X = falling(60, 40)
    X -= X.mean(axis=1, keepdims=True)  # each row adds up to 0
    assert_components(X, 2, principal_components(X, as_they_are, 2), rtol=1e-4)


def test_iteration_over_what_does_not_vary_finds_nothing(monkeypatch):
    monkeypatch.setattr(module, "DENSE", 3)
    _, directions, variances = principal_components(np.full((8, 6), 0.5), as_they_are, 2)
    assert directions.shape == (0, 6) and variances.shape == (0,)


@pytest.mark.parametrize("count", [5, 6, 50])
def test_iteration_finds_all_but_one_at_most(monkeypatch, count):
    monkeypatch.setattr(module, "DENSE", 3)
    X = falling(30, 6)
    assert_components(X, 5, principal_components(X, as_they_are, count), rtol=1e-4)


@pytest.mark.parametrize("dense", [2000, 5])
@pytest.mark.parametrize("shape", [(60, 12), (12, 60)], ids=str)
def test_there_are_no_more_components_than_the_rank(monkeypatch, dense, shape):
    monkeypatch.setattr(module, "DENSE", dense)
    X = falling(*shape, rank=3)
    found = principal_components(X, as_they_are, 8)
    assert len(found[2]) == 3
    assert_components(X, 3, found, rtol=1e-4)


@in_one_test("X", [np.full((5, 3), 0.1), np.ones((1, 4)), np.zeros((4, 1))], ids=lambda X: str(X.shape))
def test_what_does_not_vary_has_no_components(X):
    mean, directions, variances = principal_components(X, as_they_are, 2)
    np.testing.assert_allclose(mean, X[0])
    assert len(directions) == len(variances) <= 1
    assert variances.sum() < 1e-25


def test_samples_are_seen_as_the_function_shows_them(tmp_path, monkeypatch):
    monkeypatch.setattr(rows, "PIECE", 100)
    X = np.memmap(tmp_path / "X", np.int16, "w+", shape=(50, 4))
    X[:] = 100 * falling(50, 4)
    found = principal_components(X, lambda x: (x - 7.0) / 3, 2)
    assert_components((np.asarray(X) - 7.0) / 3, 2, found)
