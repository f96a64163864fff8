"""Variational autoencoders as a whole: the loss is the bound, and the bound is right."""

import copy

import numpy as np
import pytest
from looped import in_one_test
from scipy.stats import multivariate_normal

import npae
from npae import (
    LSTM,
    Adam,
    AdaptiveEta,
    Autoencoder,
    BetaWarmUp,
    Checkpoint,
    Conv2D,
    Dense,
    Flatten,
    GaussianCode,
    GradientDescent,
    Network,
    Refine,
    check_gradients,
    interpolate,
)
from npae.losses import BinaryCrossEntropy, MeanSquaredError
from npae.network.scaling import Scaling
from npae.network.shards import Shards
from npae.samples import Samples
from npae.training.frozen_objective import FrozenObjective

LETTERS = npae.datasets.load_font("capitals").pixels
X = np.random.default_rng(0).random((40, 6))


def fitted(beta=0.2, data=X, **params):
    settings = {"encoder": [5, GaussianCode(2, beta)], "loss": "bce", "epochs": 8, "random_state": 0} | params
    return Autoencoder(**settings).fit(data)


def network(loss="bce", **code):
    return Network([Dense(5, "tanh"), GaussianCode(2, **code)], [Dense(5, "tanh"), Dense(6)], loss, in_shape=(6,))


def linear_model(encoder, variance, b=0.3):
    """A model x = W z + b + noise, one code, whose p(x) is known; `encoder` holds (gain, log-variance) of q(z | x)."""
    W = np.array([[0.8, -1.1, 0.5]])
    model = Autoencoder([GaussianCode(1)], [Dense(3)], epochs=1, random_state=0).fit(3 * np.eye(3))
    views, (gain, log_variance) = model.network_.parameters(model.theta_), encoder
    views["encoder.0.W"][:] = np.column_stack([gain * W[0], np.zeros(3)])
    views["encoder.0.b"][:] = -gain * b * W.sum(), log_variance
    views["decoder.0.W"][:], views["decoder.0.b"][:] = W, b
    covariance = W.T @ W + variance * np.eye(3)
    x = np.random.default_rng(3).multivariate_normal(np.full(3, b), covariance, 50)
    return model, x, multivariate_normal(np.full(3, b), covariance).logpdf(x), W


def exact_posterior(W, variance):
    """Return (gain, log-variance): z | x ~ N(s (x - b) W' / variance, s) with 1 / s = 1 + W W' / variance."""
    s = 1 / (1 + np.sum(W**2) / variance)
    return s / variance, np.log(s)


@pytest.mark.parametrize("loss", ["bce", "mse"])
def test_the_loss_is_the_negative_bound_in_nats_per_sample(loss):
    """Sum over features, mean over samples, plus the divergence in closed form."""
    net = network(loss, beta=0.7)
    theta = net.init(np.random.default_rng(0))
    mean, log_variance = net.posterior(theta, X)
    kl = 0.5 * (mean**2 + np.exp(log_variance) - 1 - log_variance).sum(axis=1)
    p = net.reconstruct(theta, X)
    fit = ((X - p) ** 2 if loss == "mse" else -X * np.log(p) - (1 - X) * np.log(1 - p)).sum(axis=1)
    np.testing.assert_allclose(net.value(theta, X), np.mean(fit + 0.7 * kl), rtol=1e-12)


def test_named_losses_are_sums_beside_a_gaussian_code_and_means_without():
    assert network("bce").loss == BinaryCrossEntropy("sum")
    assert network("mse").loss == fitted(loss="mse").network_.loss == MeanSquaredError("sum")
    assert network(MeanSquaredError()).loss == MeanSquaredError("mean")
    assert Network([Dense(2)], [Dense(6)], "bce", in_shape=(6,)).loss == BinaryCrossEntropy("mean")
    assert network("cross_entropy").loss == npae.losses.CrossEntropy()


@in_one_test("loss", [BinaryCrossEntropy, MeanSquaredError])
@in_one_test("masked", [False, True])
def test_a_sum_is_the_mean_times_the_features_of_a_sample(loss, masked):
    series = np.random.default_rng(0).random((5, 4, 3))
    mask = np.arange(4) < np.array([4, 2, 1, 3, 4])[:, None] if masked else None
    one, other = (Network([Flatten()], [npae.Reshape((4, 3))], loss(r), in_shape=(4, 3)) for r in ("sum", "mean"))
    values = [net.value(np.empty(0), series, 0.5 * series, mask=mask) for net in (one, other)]
    steps = 4 if mask is None else mask.sum() / 5
    np.testing.assert_allclose(values[0], values[1] * steps * 3, rtol=1e-13)


def test_a_reduction_is_a_sum_or_a_mean():
    with pytest.raises(ValueError, match="reduction must be 'mean' or 'sum', got 'max'"):
        MeanSquaredError("max")


def test_the_validation_loss_is_a_bound_with_the_same_draws_after_every_epoch():
    ae = fitted(validation_fraction=0.25)
    value = ae.network_.value(ae.theta_, X[30:], code_seed=0)
    np.testing.assert_allclose(ae.history_["val_loss"][-1], value, rtol=1e-13)
    assert ae.network_.value(ae.theta_, X[30:]) != value


@pytest.mark.parametrize(("loss", "constant"), [("bce", 0.0), ("mse", 35 * np.log(np.pi) / 2)])
def test_the_bound_agrees_with_the_loss_over_many_draws(loss, constant):
    ae = fitted(beta=1.0, epochs=100, loss=loss, data=LETTERS, optimizer=Adam(0.01))
    losses = [ae.network_.value(ae.theta_, LETTERS, code_seed=seed) for seed in range(400)]
    error = 3 * np.sqrt(2) * np.std(losses) / np.sqrt(400)
    bound = ae.elbo(LETTERS, 400, random_state=1).mean()
    np.testing.assert_allclose(-bound, np.mean(losses) + constant, atol=error)


def test_the_likelihood_is_exact_where_the_posterior_is():
    """A linear Gaussian model: with q(z | x) = p(z | x) every weight is p(x), and the bound is tight on average."""
    _, _, _, W = linear_model((0, 0), 0.2)
    model, x, exact, _ = linear_model(exact_posterior(W, 0.2), 0.2)
    for n in (1, 7):
        np.testing.assert_allclose(model.log_likelihood(x, n, variance=0.2, random_state=0), exact, rtol=1e-10)
    bound = model.elbo(x, 4000, variance=0.2, random_state=0)
    np.testing.assert_allclose(bound, exact, atol=0.1)
    assert abs((bound - exact).mean()) < 0.01


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize("unit", [[2.0, 2.0, 2.0], [0.1, 1.0, 30.0]], ids=str)
def test_the_likelihood_of_scaled_samples_is_that_of_the_data_as_they_come(unit):
    """For x = unit y + shift, log p(x) = log p(y) - sum log unit: exact with a linear Gaussian model of y."""
    _, _, _, W = linear_model((0, 0), 0.2)
    model, y, _, _ = linear_model(exact_posterior(W, 0.2), 0.2)
    unit, shift = np.array(unit), np.array([5.0, -1.0, 1e3])
    model.network_ = model.network_.scaled_by(Scaling(shift, unit, "common" if len(set(unit)) == 1 else "columns"))
    x = unit * y + shift
    covariance = (W.T @ W + 0.2 * np.eye(3)) * np.outer(unit, unit)
    exact = multivariate_normal(unit * 0.3 + shift, covariance).logpdf(x)
    variance = 0.2 * model.network_.loss_unit  # of the data, or of scaled numbers if each column has its own unit
    np.testing.assert_allclose(model.log_likelihood(x, 3, variance=variance, random_state=0), exact, rtol=1e-6)
    bound = model.elbo(x, 2000, variance=variance, random_state=0)
    assert abs((bound - exact).mean()) < 0.02


@pytest.mark.parametrize("scale", ["common", "columns"])
def test_the_bound_of_scaled_samples_is_the_loss_up_to_constants(scale):
    data = X * [1, 10, 0.1, 1, 1, 5]
    ae = fitted(beta=1.0, loss="mse", scale=scale, data=data)
    value = np.mean([ae.network_.value(ae.theta_, data, code_seed=seed) for seed in range(200)])
    constant = 6 * np.log(np.pi) / 2 + (np.log(ae.network_.scaling.unit).sum() if scale == "columns" else 0.0)
    np.testing.assert_allclose(-ae.elbo(data, 200, random_state=1).mean(), value + constant, rtol=0.01, atol=0.05)


def test_padding_of_scaled_series_does_not_count():
    rng = np.random.default_rng(0)
    series, mask = 50 + 10 * rng.random((6, 5, 1)), np.arange(5) < np.array([5, 3, 1, 5, 2, 4])[:, None]
    ae = Autoencoder([LSTM(4), GaussianCode(2, 0.01)], [npae.Repeat(5), LSTM(3, sequences=True), Dense(1)])
    ae.set_params(scale="columns", epochs=2, random_state=0).fit(series, mask=mask)
    one = ae.log_likelihood(series, 3, random_state=0, mask=mask)
    other = ae.log_likelihood(np.where(mask[:, :, None], series, 7.0), 3, random_state=0, mask=mask)
    np.testing.assert_array_equal(one, other)
    plain = copy.copy(ae)
    plain.network_ = ae.network_.scaled_by(None)
    scaled = ae.network_.scaling.scaled(series)
    expected = plain.log_likelihood(scaled, 3, random_state=0, mask=mask)
    lost = mask.sum(axis=1) * np.log(ae.network_.scaling.unit[0])
    np.testing.assert_allclose(one, expected - lost, rtol=1e-9)


@pytest.mark.filterwarnings("ignore:posterior collapse")
@pytest.mark.parametrize("features", [3, 5])
def test_targets_without_steps_count_wherever_the_series_are_padded(features):
    """Five features are as many as the mask has steps."""
    rng = np.random.default_rng(0)
    series, target = rng.random((6, 5, 1)), rng.random((6, features))
    mask = np.arange(5) < np.array([5, 3, 1, 5, 2, 4])[:, None]
    ae = Autoencoder([LSTM(4), GaussianCode(2)], [Dense(features)], epochs=2, random_state=0)
    ae.fit(series, target=target, mask=mask)
    mean, std = ae.posterior(series, mask=mask)
    noise = np.random.default_rng(0).standard_normal(mean.shape)
    z = mean + std * noise
    fit = -((ae.decode(z) - target) ** 2 + np.log(np.pi) / 2).sum(axis=1)  # of a variance of 1/2
    prior = 0.5 * (noise**2 + 2 * np.log(std) - z**2).sum(axis=1)
    got = ae.log_likelihood(series, 1, random_state=0, target=target, mask=mask)
    np.testing.assert_allclose(got, fit + prior, rtol=1e-9)


@pytest.mark.slow
def test_the_likelihood_comes_from_below_where_the_posterior_is_rough():
    _, _, _, W = linear_model((0, 0), 0.5)
    gain, log_variance = exact_posterior(W, 0.5)
    model, x, exact, _ = linear_model((0.8 * gain, log_variance + 0.3), 0.5)
    gaps = [(exact - model.log_likelihood(x, n, random_state=0)).mean() for n in (1, 10, 3000)]
    assert gaps[0] > gaps[1] > -0.01
    assert abs(gaps[2]) < 0.005
    assert (exact - model.elbo(x, 3000, random_state=0)).mean() > gaps[1] + 0.01


@pytest.mark.slow
def test_the_likelihood_of_bits_is_a_sum_over_codes():
    """Bernoulli, one code: log of the integral over z by a fine grid."""
    bits = (X > 0.5).astype(float)
    ae = fitted(data=bits, encoder=[GaussianCode(1, 0.5)], epochs=60)
    z = np.arange(-8, 8, 0.004)[:, None]
    p = ae.decode(z)[:, None]  # (Z, 1, D)
    joint = (bits * np.log(p) + (1 - bits) * np.log(1 - p)).sum(axis=2) - 0.5 * z**2 - 0.5 * np.log(2 * np.pi)
    exact = np.log(0.004 * np.exp(joint).sum(axis=0))
    estimate = ae.log_likelihood(bits, 4000, random_state=0)
    assert abs((estimate - exact).mean()) < 0.01
    np.testing.assert_allclose(estimate, exact, atol=0.2)


@pytest.mark.slow
def test_pieces_of_the_data_are_weighed_like_the_whole(monkeypatch):
    ae = fitted()
    whole = ae.elbo(X, 1000, random_state=0)
    monkeypatch.setattr("npae.estimators.variational.ROWS", 16)
    pieces = ae.elbo(X, 1000, random_state=0)
    np.testing.assert_array_equal(pieces[:16] == whole[:16], False)  # other draws
    np.testing.assert_allclose(pieces, whole, atol=0.15)


def test_padding_does_not_count():
    series = np.random.default_rng(0).random((6, 5, 1))
    mask = np.arange(5) < np.array([5, 3, 1, 5, 2, 4])[:, None]
    ae = Autoencoder([LSTM(4), GaussianCode(2, 0.01)], optimizer=Adam(0.1), epochs=9, random_state=0)
    ae.fit(series, mask=mask)
    other = np.where(mask[:, :, None], series, 7.0)
    np.testing.assert_array_equal(
        ae.log_likelihood(other, 3, random_state=0, mask=mask), ae.log_likelihood(series, 3, random_state=0, mask=mask)
    )
    assert ae.posterior(series, mask=mask)[0].shape == (6, 2)


def test_samples_are_decoded_from_the_prior(monkeypatch):
    ae, seen = fitted(), []
    monkeypatch.setattr(ae, "decode", lambda Z: seen.append(Z))
    ae.sample(20_000, random_state=0)
    np.testing.assert_allclose(seen[0].mean(axis=0), 0, atol=4 / np.sqrt(20_000))
    np.testing.assert_allclose(np.cov(seen[0].T), np.eye(2), atol=0.04)


def test_samples_of_the_posterior_have_its_mean_and_deviation():
    ae = fitted()
    codes, (mean, std) = ae.sample_posterior(X[:3], 20_000, random_state=0), ae.posterior(X[:3])
    assert codes.shape == (3, 20_000, 2)
    np.testing.assert_array_equal(mean, ae.encode(X[:3]))
    assert (np.abs(codes.mean(axis=1) - mean) < 4 * std / np.sqrt(20_000)).all()
    np.testing.assert_allclose(codes.std(axis=1), std, rtol=0.03)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_results_have_the_models_dtype(dtype):
    ae = fitted(dtype=dtype)
    assert {a.dtype for a in (*ae.posterior(X), ae.sample_posterior(X), ae.sample(2))} == {np.dtype(dtype)}
    assert ae.elbo(X).dtype == ae.log_likelihood(X, 2).dtype == np.float64


class Epochs:
    """Notes the epoch of every pass of a layer, as the run tells it."""

    def __init__(self, monkeypatch):
        self.seen, forward = [], GaussianCode.forward

        def noting(layer, x, params, context):
            self.seen += [(context.epoch, len(x))] if context.samples else []
            return forward(layer, x, params, context)

        monkeypatch.setattr(GaussianCode, "forward", noting)


@pytest.mark.parametrize("batch_size", [None, 10])
def test_batches_see_the_epoch_and_validation_the_last_beta(batch_size, monkeypatch):
    epochs = Epochs(monkeypatch)
    fitted(BetaWarmUp(2), epochs=4, batch_size=batch_size, validation_fraction=0.25)
    training = [epoch for epoch, rows in epochs.seen if epoch != np.inf]
    # full batch: known at the start, and anew when beta has changed; else three batches of the 30 rows
    assert training == ([0, 0, 1, 1, 2, 2, 3] if batch_size is None else [0] * 3 + [1] * 3 + [2] * 3 + [3] * 3)
    assert {rows for epoch, rows in epochs.seen if epoch == np.inf} == {10}


def test_the_loss_of_an_epoch_has_its_beta():
    """With an eta that moves nothing the loss changes by beta times the divergence, and by what is drawn."""
    warm = fitted(BetaWarmUp(4, 1000.0), epochs=6, optimizer=GradientDescent(1e-12)).history_["loss"]
    cold = fitted(0.0, epochs=6, optimizer=GradientDescent(1e-12)).history_["loss"]
    ae = fitted(1.0, epochs=1, optimizer=GradientDescent(1e-12))
    mean, log_variance = ae.network_.posterior(ae.theta_, X)
    kl = npae.layers.gaussian_code.divergence(mean, log_variance).sum(axis=1).mean()
    np.testing.assert_allclose((np.array(warm) - cold) / kl, [0, 250, 500, 750, 1000, 1000], atol=0.3 / kl)


@pytest.mark.filterwarnings("ignore::npae.PosteriorCollapse")
def test_a_growing_beta_is_no_step_in_the_wrong_direction():
    """The loss rises with beta; eta shrinks for rises of the loss at one beta only."""
    adaptive = GradientDescent(0.01, AdaptiveEta(undo=True))
    ae = fitted(BetaWarmUp(30, 30.0), epochs=30, optimizer=adaptive, data=LETTERS)
    assert ae.history_["loss"][6] > ae.history_["loss"][0] + 1
    assert min(ae.history_["eta"]) > 0.004


def test_the_best_theta_is_not_that_of_a_smaller_beta():
    """When a run diverges, the best epoch since beta last changed is kept."""

    def blow_up(training):
        if training.epoch == 5:
            training.theta[:] = np.nan

    with pytest.raises(npae.TrainingDiverged, match="theta of epoch [45], the best so far"):
        fitted(BetaWarmUp(4, 1000.0), epochs=9, callbacks=[blow_up])


def test_noise_and_beta_are_frozen_during_a_refinement():
    net = network(beta=BetaWarmUp(4))
    theta = net.init(np.random.default_rng(0))
    with Shards(net) as shards:
        values = []
        for epoch in (0, 2, 9):
            shards.begin_epoch(epoch)
            frozen = FrozenObjective(net, shards, Samples(X), np.random.default_rng(1))
            values.append(frozen.value(theta))
            assert frozen.value(theta) == values[-1] == frozen.value_and_gradient(theta)[0]
    np.testing.assert_allclose(values[1] - values[0], (values[2] - values[0]) / 2, rtol=1e-10)
    assert values[0] < values[1]


@in_one_test("method", ["BFGS", "CG", "L-BFGS-B"])
def test_refinement_lowers_the_bound_of_frozen_draws(method):
    ae = fitted(BetaWarmUp(3), optimizer=None, refine=Refine(method, max_iterations=15), epochs=4)
    assert all(r["loss_after"] < r["loss_before"] for r in ae.history_["refinements"])


def test_a_run_that_is_resumed_in_its_warm_up_ends_with_the_same_bits(tmp_path):
    for name, params in {"full": {}, "batches": {"batch_size": 7, "refine": Refine("BFGS", 3, 3)}}.items():
        keep = [Checkpoint(tmp_path / name)]
        fitted(BetaWarmUp(6), epochs=4, callbacks=keep, **params)
        resumed = fitted(BetaWarmUp(6), epochs=9, callbacks=keep, **params)
        whole = fitted(BetaWarmUp(6), epochs=9, **params)
        np.testing.assert_array_equal(resumed.theta_, whole.theta_)
        np.testing.assert_array_equal(resumed.history_["loss"], whole.history_["loss"])


def test_a_partial_fit_goes_on_with_beta(monkeypatch):
    ae = Autoencoder([GaussianCode(2, BetaWarmUp(10))], batch_size=40, random_state=0)
    epochs = Epochs(monkeypatch)
    for _ in range(3):
        ae.partial_fit(X)
    assert {epoch for epoch, _ in epochs.seen} == {0, 1, 2}


def test_a_saved_model_is_the_same(tmp_path):
    ae = fitted(BetaWarmUp(3, 0.5))
    ae.save(tmp_path / "vae.npz")
    same = npae.load(tmp_path / "vae.npz")
    assert same.network_.encoder.layers == ae.network_.encoder.layers and same.network_.loss == ae.network_.loss
    np.testing.assert_array_equal(same.sample(3, random_state=0), ae.sample(3, random_state=0))
    np.testing.assert_array_equal(same.log_likelihood(X, 2, random_state=0), ae.log_likelihood(X, 2, random_state=0))
    assert same.network_.value(same.theta_, X, code_seed=3) == ae.network_.value(ae.theta_, X, code_seed=3)


@in_one_test(
    ("encoder", "shape"),
    [
        ([Conv2D(2, 3, stride=2, activation="tanh"), Flatten(), GaussianCode(2)], (6, 5, 1)),
        ([LSTM(4), GaussianCode(2, 0.01)], (5, 2)),
        ([Flatten(), 6, GaussianCode(3)], (3, 4)),
    ],
    ids=["convolutional", "recurrent", "dense"],
)
def test_any_encoder_can_end_with_it(encoder, shape):
    data = np.random.default_rng(0).random((20, *shape))
    ae = Autoencoder(encoder, loss="bce", epochs=30, optimizer=Adam(0.01), random_state=0).fit(data)
    assert ae.history_["loss"][-1] < ae.history_["loss"][0]
    assert ae.sample(3).shape == (3, *shape)
    assert check_gradients(ae.network_, data[:4], theta=ae.theta_, entries=40).error < 1e-6
    assert np.isfinite(ae.log_likelihood(data, 3)).all()


def test_a_code_that_says_nothing_is_named():
    with pytest.warns(npae.PosteriorCollapse, match=r"posterior collapse: .* got 0 of 2 active entries\. Train"):
        fitted(beta=500.0, epochs=150, optimizer=Adam(0.03), data=LETTERS)
    ae = fitted(beta=0.1, epochs=150, data=LETTERS)  # warnings are errors
    assert np.diag(ae.code_covariance_).min() > 0.01


def test_free_bits_keep_a_code_from_collapsing():
    settings = {"epochs": 150, "optimizer": Adam(0.03), "data": LETTERS}
    ae = fitted(encoder=[5, GaussianCode(2, beta=50.0, free_bits=1.0)], **settings)
    mean, log_variance = ae.network_.posterior(ae.theta_, LETTERS)
    assert (npae.layers.gaussian_code.divergence(mean, log_variance).mean(axis=0) > 0.3).all()
    with pytest.warns(npae.PosteriorCollapse):
        fitted(beta=50.0, **settings)


@in_one_test(
    ("call", "message"),
    [
        (lambda ae: ae.posterior(X), r"encoder must end with a GaussianCode for posterior, got Dense\(units=2"),
        (lambda ae: ae.sample_posterior(X), "encoder must end with a GaussianCode for posterior"),
        (lambda ae: ae.elbo(X), "encoder must end with a GaussianCode for elbo"),
        (lambda ae: ae.log_likelihood(X), "encoder must end with a GaussianCode for log_likelihood"),
        (lambda ae: fitted().log_likelihood(X, 0), "n must be an integer of at least 1, got 0"),
        (lambda ae: fitted(loss="mse").elbo(X, variance=0), r"variance must be a number in \]0, inf\[, got 0"),
        (lambda ae: fitted().sample_posterior(X, -1), "n must be an integer of at least 1, got -1"),
        (lambda ae: fitted(loss=Absolute()).elbo(X), r"loss must be 'bce' or 'mse' to say what p\(x \| z\) is, got"),
        (lambda ae: interpolate([1, 2], [1, 2, 3], 3), r"start and end must be codes of one shape \(L,\), got \(2,\)"),
        (lambda ae: interpolate([1, 2], [1, 2], 0), "n must be an integer of at least 1, got 0"),
    ],
)
def test_what_cannot_work_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call(Autoencoder([2], epochs=1, random_state=0).fit(X))


class Absolute(npae.Loss):
    """mean |z - t|."""

    def forward(self, z, target, context):
        scale = context.share_of_mean(z)
        return float(np.abs(z - target).sum()) * scale, lambda: np.sign(z - target) * scale


def test_models_that_are_not_fitted_say_so():
    with pytest.raises(ValueError, match="Autoencoder must be fitted before this"):
        Autoencoder([GaussianCode(2)]).log_likelihood(X)


def test_an_arc_keeps_its_distance_from_the_origin_and_goes_at_one_speed():
    rng = np.random.default_rng(0)
    start, end = rng.standard_normal((2, 20))
    start, end = start / np.linalg.norm(start), end / np.linalg.norm(end)
    way = interpolate(start, end, 7, spherical=True)
    np.testing.assert_allclose(np.linalg.norm(way, axis=1), 1, rtol=1e-12)
    np.testing.assert_allclose((way[1:] * way[:-1]).sum(axis=1), (way[1] @ way[0]).repeat(6), rtol=1e-12)
    np.testing.assert_allclose(way[[0, -1]], [start, end], atol=1e-14)


def test_a_line_goes_straight_and_so_does_an_arc_between_parallel_codes():
    np.testing.assert_allclose(interpolate([0, 2], [4, 0], 3), [[0, 2], [2, 1], [4, 0]])
    for end in ([2.0, 4.0], [-1.0, -2.0], [0.0, 0.0]):
        way = interpolate([1.0, 2.0], end, 5, spherical=True)
        np.testing.assert_allclose(way, interpolate([1.0, 2.0], end, 5))
