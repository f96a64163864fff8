"""Nothing costs what nobody asked for: moments of wide codes, and the size of a model in a file and in a pickle."""

import pickle
import tracemalloc

import numpy as np
import pytest
from looped import in_one_test

import npae
from npae import Autoencoder, Conv2D, Dense, GaussianCode
from npae.estimators.code_moments import WIDE

RNG = np.random.default_rng(0)
X = RNG.random((40, 6))
IMAGES = RNG.random((3, 12, 20, 1))
L = 12 * 20 * 3


def narrow(**params):
    return Autoencoder([3], **{"epochs": 2, "random_state": 0, **params}).fit(X)


@pytest.fixture(scope="module")
def wide():
    """Return a model with a code of 720 numbers and 58 weights."""
    return Autoencoder([Conv2D(3, 3, activation="tanh")], epochs=1, random_state=0).fit(IMAGES)


def size_of_file(model, tmp_path):
    model.save(tmp_path / "model.npz")
    return (tmp_path / "model.npz").stat().st_size


def test_a_narrow_code_has_all_moments():
    ae = narrow()
    codes = ae.encode(X)
    np.testing.assert_allclose(ae.code_covariance_, np.cov(codes.T, bias=True))
    np.testing.assert_array_equal(ae.code_variance_, np.diag(ae.code_covariance_))


def test_a_wide_code_has_mean_and_variances_and_no_covariance(wide):
    codes = wide.encode(IMAGES).reshape(3, -1)
    assert codes.shape[1] == L > WIDE
    np.testing.assert_allclose(wide.code_mean_, codes.mean(axis=0))
    np.testing.assert_allclose(wide.code_variance_, codes.var(axis=0), atol=1e-15)
    assert wide.code_covariance_ is None


def test_a_wide_code_of_many_weights_has_its_covariance():
    ae = Autoencoder([Dense(WIDE + 1)], epochs=1, dtype="float32", random_state=0).fit(RNG.random((5, 300)))
    assert ae.network_.n_parameters > (WIDE + 1) ** 2
    assert ae.code_covariance_.shape == (WIDE + 1, WIDE + 1)


@in_one_test("through", ["file", "pickle", "partial_fit"])
@in_one_test("kind", ["narrow", "wide"])
def test_moments_outlive_the_fit(kind, through, wide, tmp_path):
    ae, data = (wide, IMAGES) if kind == "wide" else (narrow(), X)
    if through == "file":
        ae.save(tmp_path / "model.npz")
        other = npae.load(tmp_path / "model.npz")
    elif through == "pickle":
        other = pickle.loads(pickle.dumps(ae))
    else:
        ae = other = pickle.loads(pickle.dumps(ae)).partial_fit(data)
    for name in ("code_mean_", "code_variance_", "code_covariance_"):
        np.testing.assert_array_equal(getattr(other, name), getattr(ae, name))
    np.testing.assert_array_equal(other.sample(2, 0, X=data), ae.sample(2, 0, X=data))


def test_draws_like_samples_have_the_moments_of_their_codes():
    ae = narrow(epochs=50)
    codes = ae.encode(X[:20])
    ae.decode = lambda Z: Z
    Z = ae.sample(100_000, 0, X=X[:20])
    deviation = np.sqrt(np.diag(np.cov(codes.T)))
    np.testing.assert_allclose(Z.mean(axis=0), codes.mean(axis=0), atol=0.02 * deviation.max())
    np.testing.assert_allclose(np.cov(Z.T), np.cov(codes.T, bias=True), atol=0.03 * deviation.max() ** 2)


def test_a_wide_code_is_sampled_from_given_samples_alone(wide):
    with pytest.raises(ValueError, match=rf"X must be given for a code of {L} numbers, .* got None. Give samples"):
        wide.sample(2)
    assert wide.sample(2, X=IMAGES).shape == (2, 12, 20, 1)
    np.testing.assert_array_equal(wide.sample(2, 1, X=IMAGES), wide.sample(2, 1, X=IMAGES))


def test_a_variational_code_is_drawn_from_the_prior():
    ae = Autoencoder([GaussianCode(2)], epochs=1, random_state=0).fit(X)
    Z = np.random.default_rng(3).multivariate_normal(np.zeros(2), np.eye(2), 5, method="eigh")
    np.testing.assert_array_equal(ae.sample(5, 3), ae.decode(Z))
    with pytest.raises(ValueError, match="X must be None for a GaussianCode"):
        ae.sample(5, X=X)


def test_a_traversal_of_a_wide_code_moves_by_its_deviations(wide):
    ax = npae.plots.traversal(wide, entries=[3], n=2)
    assert ax is not None


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize(
    ("params", "most"),
    [
        ({"optimizer": None, "refine": npae.Refine("L-BFGS-B", max_iterations=3), "epochs": 2}, 1),
        ({}, 1),
        ({"optimizer": "gradient_descent", "epochs": 3}, 1),
        ({"optimizer": "momentum", "epochs": 3}, 2),
        ({"optimizer": "adam", "epochs": 3}, 3),
        (
            {
                "optimizer": "adam",
                "epochs": 3,
                "validation_fraction": 0.2,
                "callbacks": [npae.EarlyStopping("val_loss", patience=5, restore_best=True)],
            },
            3,
        ),
    ],
    ids=["L-BFGS-B", "default", "gradient_descent", "momentum", "adam", "early stopping"],
)
def test_a_model_is_as_large_as_its_weights(params, most, tmp_path):
    """A file holds theta, and a pickle the optimizer's moments too, so that partial_fit goes on to the bit."""
    data = RNG.random((50, 200))
    ae = Autoencoder([100], random_state=0, **params).fit(data)
    assert size_of_file(ae, tmp_path) < 1.3 * ae.theta_.nbytes + 20_000
    assert len(pickle.dumps(ae)) < (most + 0.3) * ae.theta_.nbytes + 20_000


def test_the_size_of_a_model_does_not_depend_on_the_data(tmp_path):
    sizes = []
    for data in (X, np.tile(X, (100, 1))):
        ae = Autoencoder([3], optimizer="adam", epochs=2, random_state=0).fit(data)
        sizes.append((size_of_file(ae, tmp_path), len(pickle.dumps(ae))))
    np.testing.assert_allclose(sizes[0], sizes[1], atol=200)


def test_a_wide_code_costs_neither_a_file_nor_memory(wide, tmp_path):
    assert size_of_file(wide, tmp_path) < 3 * 8 * L + 5000
    assert len(pickle.dumps(wide)) < 3 * 8 * L + 20_000
    tracemalloc.start()
    wide.fit(IMAGES)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * L**2 / 4


def test_a_file_without_a_covariance_asks_older_readers_to_be_upgraded(wide, tmp_path, monkeypatch):
    wide.save(tmp_path / "model.npz")
    monkeypatch.setattr("npae.settings.archive.VERSION", 2)
    with pytest.raises(
        npae.FileError, match="must have a file version of at most 2, got 3, written by npae .* Upgrade npae"
    ):
        npae.load(tmp_path / "model.npz")


def test_training_goes_on_after_a_pickle_as_without_it():
    ae = narrow(optimizer="adam", batch_size=10)
    other = pickle.loads(pickle.dumps(ae))
    first, theta = ae.theta_, ae.theta_.copy()
    np.testing.assert_array_equal(ae.partial_fit(X).theta_, other.partial_fit(X).theta_)
    np.testing.assert_array_equal(first, theta)  # what somebody holds stays as it is
