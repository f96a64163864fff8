"""Rows on a cluster train to the theta of one process."""

import os
import signal
import time

import numpy as np
import pytest
import scipy.optimize

import npae
from npae import distributed

pytestmark = pytest.mark.slow  # a cluster: .ci/run has it

X = np.random.default_rng(0).random((90, 8))
NETWORK = npae.Network([npae.Dense(5, "tanh"), npae.Dense(2, "tanh")], [npae.Dense(8)], in_shape=(8,))
THETA = NETWORK.init(np.random.default_rng(1))


def cut(X, chunks):
    """Return the array in chunks. Dask takes a second to import, which only the slow tests need."""
    return pytest.importorskip("dask.array").from_array(X, chunks=chunks)


@pytest.fixture
def cluster(client):
    client.wait_for_workers(2, timeout=30)
    return client


@pytest.fixture
def rows(cluster):
    """Rows in 3 parts of different sizes, cut along the features too, that Dask can compute again."""
    return cut(X, chunks=((40, 30, 20), (3, 5)))


@pytest.fixture
def objective(rows, cluster):
    return distributed.DistributedObjective(NETWORK, rows, cluster)


def test_columns_of_parts_are_compared_and_become_those_of_the_model(cluster):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=list("abcdefgh"))
    ae = npae.Autoencoder([2], optimizer="adam", epochs=2, random_state=0)
    parts = cluster.scatter(
        [frame[:40], frame[40:]], hash=False
    )  # equal data would share a key that goes with its future
    distributed.fit(ae, parts, cluster, validation_data=frame[:5])
    assert list(ae.feature_names_in_) == list("abcdefgh")
    with pytest.raises(ValueError, match="validation_data: The feature names should match"):
        distributed.fit(ae, parts, cluster, validation_data=frame[list("hgfedcba")])
    with pytest.raises(ValueError, match="parts of X must have the same columns in the same order.*in part 1"):
        distributed.fit(ae, cluster.scatter([frame[:40], frame[list("hgfedcba")][40:]], hash=False), cluster)


def test_what_watches_validation_data_is_refused_before_training(rows, cluster):
    ae = npae.Autoencoder([2], callbacks=[npae.EarlyStopping("val_loss", patience=2)])
    with pytest.raises(ValueError, match="to monitor 'val_loss' in EarlyStopping"):
        distributed.fit(ae, rows, cluster)


class Here:
    """The same objective in this process."""

    def value_and_gradient(self, theta):
        return NETWORK.value_and_gradient(theta, X)

    def value(self, theta):
        return NETWORK.value(theta, X)


def kill_workers(client, n):
    """End `n` worker processes; return when the cluster knows."""
    for address, pid in list(client.run(os.getpid).items())[:n]:
        os.kill(pid, signal.SIGKILL)
        while address in client.scheduler_info(n_workers=-1)["workers"]:
            time.sleep(0.01)


def test_parts_add_up_to_the_whole(objective):
    value, gradient = objective.value_and_gradient(THETA)
    expected, slope = NETWORK.value_and_gradient(THETA, X)
    np.testing.assert_allclose(value, expected, rtol=1e-13)
    np.testing.assert_allclose(gradient, slope, rtol=0, atol=1e-15)
    assert objective.value(THETA) == value and gradient.dtype == np.float64
    again = objective.value_and_gradient(THETA)[1]
    assert (again == gradient).all() and again is not gradient


@pytest.mark.parametrize("method", ["CG", "L-BFGS-B", npae.optimize.bfgs])
def test_scipy_finds_the_theta_of_one_process(objective, method):
    options = {"jac": True, "method": method, "options": {"maxiter": 8}}
    there = scipy.optimize.minimize(objective.value_and_gradient, THETA, **options)
    here = scipy.optimize.minimize(Here().value_and_gradient, THETA, **options)
    assert there.nfev == here.nfev
    np.testing.assert_allclose(there.x, here.x, rtol=0, atol=1e-10)


def test_a_refinement_finds_the_theta_of_one_process(objective):
    refine = npae.Refine("L-BFGS-B", max_iterations=5, layers=["decoder"])
    there, record = refine.improve(objective, THETA)
    objective_here = Here()
    objective_here.indices = NETWORK.indices
    np.testing.assert_allclose(there, refine.improve(objective_here, THETA)[0], rtol=0, atol=1e-10)
    assert record["loss_after"] < record["loss_before"]


@pytest.mark.parametrize(
    "plan",
    [
        {"optimizer": npae.GradientDescent(0.5, npae.AdaptiveEta()), "epochs": 8},
        {"optimizer": "adam", "refine": npae.Refine("CG", every=3, max_iterations=4), "epochs": 6},
        {"optimizer": None, "refine": npae.Refine("BFGS", max_iterations=10), "epochs": 1},
    ],
    ids=["descent", "descent and CG", "BFGS"],
)
def test_fit_trains_to_the_theta_of_one_process(rows, cluster, plan):
    there, here = (npae.Autoencoder([5, 2], random_state=0, threads=1, **plan) for _ in range(2))
    assert distributed.fit(there, rows, cluster, validation_data=X[:9]) is there
    here.fit(X, validation_data=X[:9])
    np.testing.assert_allclose(there.theta_, here.theta_, rtol=0, atol=1e-10)
    np.testing.assert_allclose(there.code_mean_, here.code_mean_, rtol=0, atol=1e-10)
    np.testing.assert_allclose(there.code_covariance_, here.code_covariance_, rtol=0, atol=1e-10)
    for name in ("loss", "val_loss", "eta"):
        np.testing.assert_allclose(there.history_[name], here.history_[name], rtol=1e-10)
    assert vars(there).keys() == vars(here).keys()


@pytest.mark.parametrize("scale", ["auto", None])
def test_series_with_a_mask_train_to_the_theta_of_one_process(cluster, scale):
    lengths = np.random.default_rng(0).integers(2, 7, 30)
    series, mask = npae.series.pad([np.random.default_rng(n).random((n, 2)) for n in lengths])
    spoilt = np.where(mask[:, :, None], series, np.nan)
    there, here = (npae.Autoencoder([npae.LSTM(4)], scale=scale, epochs=4, random_state=0, threads=1) for _ in range(2))
    rows = cut(spoilt, chunks=((12, 10, 8), 6, 2))
    distributed.fit(there, rows, cluster, mask=mask, validation_data=(spoilt[:5], mask[:5]))
    here.fit(series, mask=mask, validation_data=(series[:5], mask[:5]))
    np.testing.assert_allclose(there.theta_, here.theta_, rtol=0, atol=1e-10)
    np.testing.assert_allclose(there.code_mean_, here.code_mean_, rtol=0, atol=1e-10)
    np.testing.assert_allclose(there.history_["loss"], here.history_["loss"], rtol=1e-10)
    np.testing.assert_allclose(there.history_["val_loss"], here.history_["val_loss"], rtol=1e-10)
    with pytest.raises(ValueError, match="mask must be bools of shape"):
        distributed.fit(there, rows, cluster, mask=mask[:20])
    with pytest.raises(ValueError, match="mask must be given for X where fit had one"):
        there.score(series)


def variational(beta=1.0, **params):
    return npae.Autoencoder([4, npae.GaussianCode(2, beta)], random_state=0, **params)


@pytest.mark.parametrize("plan", [{}, {"optimizer": None, "refine": npae.Refine("CG", max_iterations=2)}], ids=str)
def test_a_schedule_of_beta_knows_the_epoch_there(rows, cluster, plan):
    """A divergence that counts 1e9-fold from the second epoch on must not be seen in the first."""
    model = distributed.fit(variational(npae.BetaWarmUp(1, 1e9), epochs=2, **plan), rows, cluster)
    first, second = model.history_["loss"]
    assert first < 1e3 < second


COLUMNS = 10.0 ** np.arange(-3, 5)


@pytest.mark.parametrize("scale", ["auto", "columns", None])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_samples_are_scaled_as_in_one_process(cluster, scale, dtype):
    data = X * COLUMNS if scale == "columns" else X
    there, here = (
        npae.Autoencoder([5, 2], scale=scale, dtype=dtype, optimizer="adam", epochs=4, random_state=0, threads=1)
        for _ in range(2)
    )
    distributed.fit(there, cut(data, chunks=((40, 30, 20), 8)), cluster)
    here.fit(data)
    near = 1e-9 if dtype == "float64" else 1e-4
    assert (there.network_.scaling is None) == (scale is None)
    if scale is not None:
        np.testing.assert_allclose(there.network_.scaling.unit, here.network_.scaling.unit, rtol=near)
        np.testing.assert_allclose(there.network_.scaling.shift, here.network_.scaling.shift, rtol=near)
    np.testing.assert_allclose(there.theta_, here.theta_, rtol=0, atol=near)
    np.testing.assert_allclose(there.reconstruct(data), here.reconstruct(data), rtol=10 * near, atol=10 * near)


def test_the_default_recipe_refines_there_until_it_has_converged(rows, cluster):
    model = distributed.fit(npae.Autoencoder([5, 2], random_state=0), rows, cluster)
    assert model.stop_reason_ == "converged" and len(model.history_["refinements"]) == model.n_epochs_


def test_rows_that_are_not_finite_or_too_large_are_named_before_they_are_scaled(cluster):
    for value, message in ((np.nan, r"part 1 of X must be finite, got NaN at \[10, 0\]"), (1e300, "in column 0")):
        bad = np.where(X[60, 0] == X, value, X)
        with pytest.raises(ValueError, match=message):
            distributed.fit(npae.Autoencoder([2]), cut(bad, chunks=(50, 8)), cluster)


def test_training_that_could_go_on_says_so_there(rows, cluster):
    with pytest.warns(npae.NotConverged, match="epochs=5") as caught:
        model = distributed.fit(npae.Autoencoder([2], epochs=5), rows, cluster)
    assert caught[0].filename == __file__ and len(model.history_["notes"]) == 1


def test_a_code_that_says_nothing_is_named_there(rows, cluster):
    with pytest.warns(npae.PosteriorCollapse, match="got 0 of 2 active entries") as caught:
        distributed.fit(variational(1e3, epochs=30), rows, cluster)
    assert caught[0].filename == __file__


def test_a_refused_fit_leaves_the_model_as_it_was(rows, cluster, tmp_path):
    model = npae.Autoencoder([3], epochs=2, random_state=0, callbacks=[npae.Checkpoint(tmp_path / "training.npz")])
    codes = distributed.fit(model, rows, cluster).encode(X)
    with pytest.raises(ValueError, match="must be a checkpoint of this training, with encoder"):
        distributed.fit(model.set_params(encoder=[2]), rows, cluster)
    np.testing.assert_array_equal(model.encode(X), codes)
    assert model.set_params(encoder=[3]).partial_fit(X).n_epochs_ == 3


def test_a_model_trained_there_can_be_saved_and_goes_on_here(rows, cluster, tmp_path):
    model = distributed.fit(npae.Autoencoder([3], epochs=2, random_state=0), rows, cluster)
    model.save(tmp_path / "model.npz")
    assert (npae.load(tmp_path / "model.npz").encode(X) == model.encode(X)).all()
    assert model.partial_fit(X).n_epochs_ == 3


def test_noise_is_drawn_again_every_epoch_and_frozen_in_a_refinement(rows, cluster):
    network = npae.Network([npae.Dense(2, "tanh")], [npae.Dense(8)], in_shape=(8,), noise=npae.GaussianNoise(0.3))
    theta = network.init(np.random.default_rng(0))
    frozen = distributed.DistributedObjective(network, rows, cluster, seed=5)
    assert frozen.value(theta) == frozen.value(theta) != network.value(theta, X)
    rng = np.random.default_rng(0)
    assert frozen.evaluate(theta, rng)[0] != frozen.evaluate(theta, rng)[0]


def test_float32_is_evaluated_as_it_is(rows, cluster):
    network = npae.Network([npae.Dense(2, "tanh")], [npae.Dense(8)], in_shape=(8,), dtype="float32")
    theta = network.init(np.random.default_rng(0))
    objective = distributed.DistributedObjective(network, rows, cluster)
    _, gradient = objective.value_and_gradient(theta.astype(np.float64))
    np.testing.assert_allclose(gradient, network.value_and_gradient(theta, X)[1], rtol=0, atol=1e-6)
    assert gradient.dtype == np.float64 and objective.epsilon == np.finfo(np.float32).eps


def test_theta_that_is_large_goes_another_way_to_the_same_sum(objective, monkeypatch):
    expected = objective.value_and_gradient(THETA)
    monkeypatch.setattr(distributed.parts, "LARGE", 0)
    value, gradient = objective.value_and_gradient(THETA)
    assert value == expected[0] and (gradient == expected[1]).all()


class Killing:
    """Ends a worker after the second epoch."""

    def __init__(self, client):
        self._client = client

    def __call__(self, training):
        if training.epoch == 2:
            kill_workers(self._client, 1)


def test_a_worker_that_is_killed_in_the_middle_changes_nothing(rows, mortal_client):
    params = {"encoder": [5, 2], "epochs": 5, "random_state": 0, "threads": 1}
    there = distributed.fit(npae.Autoencoder(**params, callbacks=[Killing(mortal_client)]), rows, mortal_client)
    np.testing.assert_allclose(there.theta_, npae.Autoencoder(**params).fit(X).theta_, rtol=0, atol=1e-10)


def test_rows_that_were_scattered_die_with_their_worker(mortal_client):
    parts = mortal_client.scatter([X[:50], X[50:]])
    objective = distributed.DistributedObjective(NETWORK, parts, mortal_client)
    np.testing.assert_allclose(objective.value(THETA), NETWORK.value(THETA, X), rtol=1e-13)
    kill_workers(mortal_client, 2)
    rule = "parts of X must outlive the workers that hold them, got part . lost .*Make parts by tasks"
    with pytest.raises(RuntimeError, match=rule):
        [objective.value(THETA) for _ in range(3)]


def test_a_list_of_futures_is_as_good(cluster):
    parts = cluster.map(X.__getitem__, [slice(0, 50), slice(50, 90)])
    objective = distributed.DistributedObjective(NETWORK, parts, cluster)
    np.testing.assert_allclose(objective.value(THETA), NETWORK.value(THETA, X), rtol=1e-13)


def test_what_overflows_is_named_and_theta_kept(rows, cluster):
    model = npae.Autoencoder([5, 2], activation="relu", optimizer=npae.GradientDescent(1e200), random_state=0)
    with pytest.raises(npae.TrainingDiverged, match="loss must stay finite, .* first in .*, at epoch 1"):
        distributed.fit(model, rows, cluster)
    assert np.isfinite(model.theta_).all() and model.encode(X).shape == (90, 2)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"batch_size": 10}, "batch_size must be None on a cluster, where batches are full, got 10"),
        (
            {"refine": npae.Refine("Newton-CG")},
            "refine must need gradients only on a cluster, got 'Newton-CG'. Use 'CG'",
        ),
        ({"refine": npae.Refine("hessian-free")}, "refine must need gradients only on a cluster, got 'hessian-free'"),
        ({"refine": npae.Refine("CG", sample=10)}, "refine must see all rows on a cluster, got sample=10"),
        (
            {"encoder": [npae.Dense(2, "sigmoid")], "penalty": npae.CodeKL(0.1, 1.0)},
            "penalty must be a sum over samples on a cluster, got .*CodeKL",
        ),
        ({"loss": "bce"}, r"must .*\[0, 1\]"),
        ({"threads": 2}, "threads must be None or 1 on a cluster, got 2. Dask decides how many parts"),
        ({"validation_fraction": 0.2}, "validation_fraction must be None on a cluster, got 0.2. Give validation_data"),
        (
            {"encoder": [npae.GaussianCode(2, free_bits=0.1)]},
            "layer must be a sum over samples on a cluster, got GaussianCode.* Leave free_bits out",
        ),
    ],
    ids=str,
)
def test_what_cannot_work_on_a_cluster_is_refused(cluster, params, message):
    with pytest.raises(ValueError, match=message):
        distributed.fit(npae.Autoencoder(**{"encoder": [2], **params}), cut(3 * X, chunks=(50, 8)), cluster)


def test_a_metric_that_needs_the_rows_here_says_so(rows, cluster):
    stop = npae.EarlyStopping("mse", target=0.0)
    with pytest.raises(TypeError, match="X must be in this process for that, got rows on a cluster. Monitor 'loss'"):
        distributed.fit(npae.Autoencoder([2], epochs=2, callbacks=[stop]), rows, cluster)


def test_rows_that_do_not_fit_are_refused(cluster):
    nan = np.where(X[60, 0] == X, np.nan, X)
    with pytest.raises(ValueError, match=r"part 1 of X must be finite, got NaN at \[10, 0\]"):
        distributed.DistributedObjective(NETWORK, cut(nan, chunks=(50, 8)), cluster)
    with pytest.raises(ValueError, match=r"X must have samples of shape \(8,\), got \(7,\)"):
        distributed.DistributedObjective(NETWORK, cut(X[:, :7], chunks=(50, 7)), cluster)
    parts = cluster.map(X.__getitem__, [slice(0, 50), (slice(50, 90), slice(0, 3))])
    with pytest.raises(
        ValueError, match=r"parts of X must hold rows of one shape, .*\(50, 8\), got \(40, 3\) in part 1"
    ):
        distributed.DistributedObjective(NETWORK, parts, cluster)


@pytest.mark.parametrize(
    ("pieces", "message"),
    [
        ([slice(0, 50), slice(50, 50)], r"like \(50, 8\), got \(0, 8\) in part 1"),
        ([slice(50, 50), slice(0, 50)], r"like \(50, 8\), got \(0, 8\) in part 0"),
        ([(slice(0, 50), 0)], r"like \(n, D\), got \(50,\) in part 0"),
    ],
    ids=str,
)
def test_parts_without_rows_are_named(cluster, pieces, message):
    with pytest.raises(ValueError, match=f"parts of X must hold rows of one shape, at least one, {message}"):
        distributed.Rows(cluster.map(X.__getitem__, pieces), cluster)


def test_validation_data_are_checked_as_in_one_process(rows, cluster):
    with pytest.raises(ValueError, match=r"targets must lie in \[0, 1\] for the loss 'bce'"):
        distributed.fit(npae.Autoencoder([2], loss="bce"), rows, cluster, validation_data=3 * X)


def test_arguments_that_cannot_work_are_refused(cluster, rows):
    with pytest.raises(
        TypeError, match="X must be a dask.array or a list of futures of arrays, got ndarray.*model.fit"
    ):
        distributed.Rows(X, cluster)
    with pytest.raises(ValueError, match="client must be a dask.distributed.Client, got None, and there is no current"):
        distributed.Rows(rows)
    with pytest.raises(ValueError, match=r"theta must have shape \(\d+,\), got \(3,\)"):
        distributed.DistributedObjective(NETWORK, rows, cluster).value(np.zeros(3))


def test_without_dask_it_is_said_how_to_get_it(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ImportError, match="dask must be installed for npae.distributed, .*Run: pip install"):
        distributed.Rows([])


def test_workers_without_npae_are_named(cluster, monkeypatch):
    monkeypatch.setattr(cluster, "run", lambda *call, on_error: {"tcp://there": True, "tcp://here": False})
    with pytest.raises(ImportError, match="workers must be able to import npae, got 1 without it .tcp://there."):
        distributed.Rows([], cluster)
