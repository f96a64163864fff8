import numpy as np
from looped import in_one_test
from sklearn.decomposition import PCA

import npae
from experiments.shared.principal_components import PrincipalComponents

RNG = np.random.default_rng(0)


@in_one_test("shape", [(12, 6, 2), (30, 10), (400, 7)], ids=str)
def test_components_are_those_of_scikit_learn(shape):
    X = np.sin(RNG.random(shape) * np.arange(1, shape[-1] + 1))
    ours, peer, flat = PrincipalComponents(X), PCA(3).fit(X.reshape(len(X), -1)), X.reshape(len(X), -1)
    expected = peer.inverse_transform(peer.transform(flat)).reshape(shape)
    np.testing.assert_allclose(ours.reconstruct(X, 3), expected, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(np.abs(ours.codes(X, 3)), np.abs(peer.transform(flat)), rtol=1e-9, atol=1e-10)


def test_components_of_series_that_were_not_seen_are_those_of_scikit_learn():
    X = npae.datasets.sines(20, 6, channels=2).values
    train, test = X[:12], X[12:]
    ours, peer = PrincipalComponents(train), PCA(3).fit(train.reshape(12, -1))
    expected = peer.inverse_transform(peer.transform(test.reshape(8, -1))).reshape(test.shape)
    np.testing.assert_allclose(ours.reconstruct(test, 3), expected, rtol=1e-9, atol=1e-12)
    assert ours.codes(test, 3).shape == (8, 3)


def test_components_are_those_of_the_covariance():
    points = np.random.default_rng(1).normal(size=(50, 4)) * [1, 5, 2, 1]
    components = PrincipalComponents(points).codes(points, 2)
    largest = np.sort(np.linalg.eigvalsh(np.cov(points.T)))[::-1][:2]
    np.testing.assert_allclose(np.cov(components.T), np.diag(largest), atol=1e-12)


def test_components_leave_the_variance_of_the_others():
    X = RNG.normal(size=(400, 7)) @ RNG.normal(size=(7, 7))
    pca, variances = PrincipalComponents(X), np.sort(np.linalg.eigvalsh(np.cov(X.T, bias=True)))
    for size in (1, 3, 7):
        left = np.sum((X - pca.reconstruct(X, size)) ** 2) / len(X)
        np.testing.assert_allclose(left, variances[: 7 - size].sum(), atol=1e-9)
