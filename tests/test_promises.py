"""Sentences of docstrings, each taken as a claim that can be false."""

import threading
from dataclasses import dataclass

import numpy as np
from looped import in_one_test

import npae
from npae import Dense, Network, metrics

RNG = np.random.default_rng(11)
X = RNG.random((30, 6))


def fitted(**params):
    params = {"optimizer": "adam", "epochs": 5, "random_state": 0} | params
    return npae.Autoencoder([npae.Dense(4, "tanh"), 2], **params).fit(X)


def test_sample_draws_the_same_at_every_call_if_random_state_is_an_int():
    ae = fitted()
    np.testing.assert_array_equal(ae.sample(3), ae.sample(3))
    rng = np.random.default_rng(0)
    assert not np.array_equal(ae.sample(3, rng), ae.sample(3, rng))
    assert not np.array_equal(
        *(fitted(random_state=np.random.default_rng(0)).sample(3) for _ in range(1)), ae.sample(3)
    )


def test_sample_draws_from_the_gaussian_of_the_codes():
    ae = fitted()
    codes = ae.encode(X)
    np.testing.assert_allclose(ae.code_mean_, codes.mean(axis=0), rtol=1e-10)
    covariance = np.cov(codes.T, bias=True)
    np.testing.assert_allclose(ae.code_covariance_, covariance, rtol=0.05)


def test_the_seconds_of_the_history_are_those_since_training_began():
    seconds = fitted(epochs=20).history_["seconds"]
    assert len(seconds) == 20
    assert (np.diff(seconds) > 0).all() and seconds[0] > 0


def test_history_has_the_loss_at_the_end_of_an_epoch_or_the_mean_of_its_batches():
    for batch_size in (None, 30):
        ae = fitted(batch_size=batch_size)
        np.testing.assert_allclose(ae.history_["loss"][-1], metrics.mse(X, ae.reconstruct(X)), rtol=1e-10)
    seen, still = [], npae.GradientDescent(1e-300)
    ae = fitted(batch_size=10, optimizer=still, callbacks=[lambda training: seen.append(training.epoch) and None])
    np.testing.assert_allclose(ae.history_["loss"], metrics.mse(X, ae.reconstruct(X)), rtol=1e-10)
    assert seen == [1, 2, 3, 4, 5]


def test_callbacks_are_called_in_the_order_of_the_list():
    called = []
    fitted(epochs=2, callbacks=[lambda t: called.append("a") and None, lambda t: called.append("b") and None])
    assert called == ["a", "b"] * 2


def test_gradient_descent_with_weight_decay_takes_the_steps_of_the_penalty_except_for_biases():
    decayed = fitted(optimizer=npae.GradientDescent(0.1, weight_decay=0.02), epochs=1)
    punished = fitted(optimizer=npae.GradientDescent(0.1), penalty=npae.L2(0.01), epochs=1)
    mine, theirs = (ae.network_.parameters(ae.theta_) for ae in (decayed, punished))
    for name in mine:
        np.testing.assert_allclose(mine[name], theirs[name], rtol=1e-10, atol=1e-14)  # first biases are 0


def test_a_penalty_of_weights_is_none_of_biases():
    network = Network([Dense(2)], [Dense(6)], in_shape=(6,), penalty=[npae.L1(1.0), npae.L2(1.0)])
    bare = Network([Dense(2)], [Dense(6)], in_shape=(6,))
    theta = np.where([".b" in network.name_of(i) for i in range(network.n_parameters)], 7.0, 0.5)
    weights = (theta == 0.5).sum()
    np.testing.assert_allclose(network.value(theta, X) - bare.value(theta, X), weights * (0.5 + 0.25), rtol=1e-10)


def test_max_norm_holds_after_every_step():
    norms = []

    def look(training):
        arrays = training.network.parameters(training.theta)
        norms.append(max(np.linalg.norm(w, axis=0).max() for name, w in arrays.items() if name.endswith("W")))

    fitted(penalty=npae.MaxNorm(0.4), callbacks=[look], optimizer=npae.GradientDescent(2.0))
    assert max(norms) <= 0.4 * (1 + 1e-12)


def test_equal_maxima_give_the_derivative_to_the_first_in_the_order_of_rows():
    layer = npae.MaxPool2D(2)
    context = npae.layers.context.Context()
    context.begin(1)
    _, back = layer.forward(np.ones((1, 2, 2, 1)), {}, context)
    np.testing.assert_array_equal(back(np.ones((1, 1, 1, 1)), {}).ravel(), [1, 0, 0, 0])


@in_one_test("size", [3, 4, 7])
def test_upsampling_cuts_off_at_the_end_or_repeats_the_last(size):
    x = np.arange(1.0, 3.0).reshape(1, 2, 1)
    context = npae.layers.context.Context()
    context.begin(1)
    y, _ = npae.Upsample(2, size).forward(x, {}, context)
    np.testing.assert_array_equal(y.ravel(), [1, 1, 2, 2, 2, 2, 2][:size])


@in_one_test(("D", "K"), [(5, 3), (4, 4), (3, 8)])
def test_orthogonal_weights_are_square_matrices_side_by_side(D, K):
    W = npae.Orthogonal().draw(np.random.default_rng(0), (D, K), D, K)
    for start in range(0, K, D):
        block = W[:, start : start + D]
        np.testing.assert_allclose(block.T @ block, np.eye(block.shape[1]), atol=1e-12)


@in_one_test(
    ("initializer", "deviation"),
    [(npae.He(), (2 / 50) ** 0.5), (npae.LeCun(), (1 / 50) ** 0.5), (npae.Glorot(2.0), 2 * (2 / 450) ** 0.5)],
    ids=str,
)
def test_first_weights_have_the_spread_of_their_formula(initializer, deviation):
    drawn = initializer.draw(np.random.default_rng(0), (50, 400), 50, 400)
    np.testing.assert_allclose([drawn.std(), drawn.mean() + 1], [deviation, 1], rtol=0.02)
    if isinstance(initializer, npae.Glorot):
        assert np.abs(drawn).max() <= 2 * (6 / 450) ** 0.5


def test_a_network_may_be_used_by_several_threads_at_once():
    network = Network([Dense(5, "tanh")], [Dense(6)], in_shape=(6,))
    thetas = [network.init(np.random.default_rng(seed)) for seed in range(4)]
    expected, wrong = [network.value_and_gradient(theta, X) for theta in thetas], []

    def work(number):
        for _ in range(100):
            value, gradient = network.value_and_gradient(thetas[number], X)
            if value != expected[number][0] or not np.array_equal(gradient, expected[number][1]):
                wrong.append(number)

    team = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in team:
        thread.start()
    for thread in team:
        thread.join()
    assert not wrong


def test_views_of_parameters_move_theta_and_positions_ascend():
    network = Network([Dense(2)], [Dense(6)], in_shape=(6,))
    theta = network.init(RNG)
    network.parameters(theta)["encoder.0.b"][:] = 9
    positions = network.indices(["decoder", "encoder.0.b"])
    assert (np.diff(positions) > 0).all() and (theta[network.indices(["encoder.0.b"])] == 9).all()
    single = theta.astype(np.float32)
    network.parameters(single)["encoder.0.b"][:] = 1
    assert (single[network.indices(["encoder.0.b"])] == 9).all()


def test_from_sizes_takes_the_first_of_several_narrowest_layers_as_the_code():
    ae = npae.Autoencoder.from_sizes([6, 4, 2, 2, 4, 6])
    assert (ae.encoder, ae.decoder) == ([4, 2], [2, 4, 6])


def test_no_more_than_half_a_pixel_off_is_right():
    original = RNG.integers(0, 2, (40, 9)).astype(float)
    rebuilt = original + RNG.uniform(-0.499, 0.499, original.shape)
    assert metrics.max_error(original, rebuilt) < 0.5
    assert metrics.pixel_errors(original, rebuilt).sum() == 0
    assert metrics.binary_accuracy(original, rebuilt) == 1


def test_an_interval_of_a_success_rate_holds_the_rate_and_stays_in_0_to_1():
    for trials in (1, 2, 7, 60):
        for successes in range(trials + 1):
            low, high = metrics.wilson_interval(successes, trials)
            assert 0 <= low <= successes / trials <= high <= 1


@in_one_test("spherical", [False, True])
@in_one_test(("start", "end"), [([3.0, 0], [0, 5.0]), ([1e200, 0], [0, 1e200]), ([1e-200, 0], [0, 1e-200])])
def test_an_interpolation_includes_both_ends(start, end, spherical):
    codes = npae.interpolate(start, end, 5, spherical)
    np.testing.assert_allclose(codes[[0, -1]], [start, end], rtol=1e-12)
    assert np.isfinite(codes).all()


def test_an_arc_stays_where_it_begins():
    codes = npae.interpolate([1e200, 0.0], [0.0, 1e200], 5, spherical=True) / 1e200
    np.testing.assert_allclose(np.linalg.norm(codes, axis=1), 1, rtol=1e-12)


def test_early_stopping_goes_back_to_the_best_theta_to_within_min_delta():
    for min_delta in (0.0, 0.02):
        stop = npae.EarlyStopping("loss", patience=100, min_delta=min_delta, restore_best=True)
        ae = fitted(epochs=60, optimizer=npae.Adam(0.3), callbacks=[stop])
        assert metrics.mse(X, ae.reconstruct(X)) <= min(ae.history_["loss"]) + min_delta + 1e-12


@in_one_test(
    ("noise", "share", "values"),
    [
        (npae.FlipPixels(p=0.3), 0.3, {0.75}),
        (npae.MaskPixels(0.3), 0.3, {0.0}),
        (npae.SaltAndPepper(0.4), 0.4, {0.0, 1.0}),
    ],
    ids=str,
)
def test_noise_changes_the_share_it_names(noise, share, values):
    clean = np.full((200, 500), 0.25)
    noisy = noise.apply(clean, np.random.default_rng(0))
    changed = noisy != clean
    np.testing.assert_allclose(changed.mean(), share, rtol=0.02)
    assert set(np.unique(noisy[changed])) == values
    if len(values) == 2:
        np.testing.assert_allclose((noisy[changed] == 1).mean(), 0.5, rtol=0.02)


def test_dropout_keeps_the_mean():
    network = Network([npae.Dropout(0.25)], [npae.Reshape((500,))], in_shape=(500,))
    context = npae.layers.context.Context()
    context.begin(400, np.random.default_rng(0))
    y, _ = network.encoder.layers[0].forward(np.ones((400, 500)), {}, context)
    np.testing.assert_allclose([y.mean(), (y == 0).mean()], [1, 0.25], rtol=0.02)
    assert set(np.unique(y)) == {0, 1 / 0.75}


def test_a_detector_takes_the_random_state_of_its_autoencoder():
    ae = npae.Autoencoder([1], optimizer="adam", epochs=2, random_state=3)
    own, given = (npae.AnomalyDetector(ae, random_state=seed).fit(X) for seed in (None, 3))
    other = npae.AnomalyDetector(ae, random_state=4).fit(X)
    np.testing.assert_array_equal(own.decision_scores_, given.decision_scores_)
    assert not np.array_equal(own.decision_scores_, other.decision_scores_)
    assert own.autoencoder is ae and not hasattr(ae, "theta_")


def test_a_file_holds_no_memory_of_an_optimizer(tmp_path):
    """partial_fit after load goes on with the history, and the optimizer begins from scratch."""
    ae = fitted()
    ae.save(tmp_path / "model.npz")
    with np.load(tmp_path / "model.npz", allow_pickle=False) as file:
        assert sum(getattr(file[name], "size", 0) == ae.theta_.size for name in file.files) == 1
    loaded = npae.load(tmp_path / "model.npz").partial_fit(X)
    assert loaded.n_epochs_ == 6 and len(loaded.history_["loss"]) == 6
    fresh = npae.Adam(0.01)
    theta, memory = ae.theta_.copy(), fresh.start(ae.theta_)
    fresh.step(theta, ae.network_.value_and_gradient(theta, X)[1], 0.01, memory)
    np.testing.assert_allclose(loaded.theta_, theta, rtol=1e-10)
    assert not np.array_equal(ae.partial_fit(X).theta_, loaded.theta_)


def test_the_loss_in_the_docstring_of_loss_leaves_padding_out():
    @dataclass(frozen=True)
    class LogCosh(npae.Loss):
        def forward(self, z, target, context):
            difference, share = context.blank(z - target), context.share_of_mean(z)
            value = float(np.sum(share * np.log(np.cosh(difference))))
            return value, lambda: share * np.tanh(difference)

    lines = npae.Loss.__doc__.split(">>> @dataclass")[1]
    assert "context.blank(z - target), context.share_of_mean(z)" in lines
    series, mask = RNG.random((5, 3, 2)), np.arange(3) < np.array([3, 1, 2, 2, 3])[:, None]
    network = Network([Dense(2)], [Dense(2)], LogCosh(), in_shape=(3, 2))
    theta = network.init(np.random.default_rng(0)) + 1.0
    flat = Network([Dense(2)], [Dense(2)], LogCosh(), in_shape=(2,))
    np.testing.assert_allclose(network.value(theta, series, mask=mask), flat.value(theta, series[mask]), rtol=1e-12)


def test_unit_report_counts_the_zeros_of_relu():
    report = npae.UnitReport()
    ae = npae.Autoencoder([Dense(8, "relu"), 2], optimizer="adam", epochs=2, callbacks=[report], random_state=0).fit(X)
    outputs = {name: y for name, _, y in ae.network_.outputs(ae.theta_, X)}
    np.testing.assert_allclose(ae.history_["saturated encoder.0"][-1], (outputs["encoder.0"] == 0).mean())
    dead = (outputs["encoder.0"] == 0).all(axis=0).mean()
    np.testing.assert_allclose(ae.history_["dead encoder.0"][-1], dead)


def test_scaled_series_keep_a_floating_dtype():
    for dtype, expected in ((np.float16, np.float16), (np.float32, np.float32), (int, float), (bool, float)):
        series = np.array([[[0], [1], [1]]], dtype)
        scaler = npae.series.ChannelScaler.fit(series)
        assert scaler.transform(series).dtype == scaler.inverse(series).dtype == expected
        np.testing.assert_allclose(scaler.transform(series.astype(float)).std(), 1, rtol=1e-6)


def test_circles_are_where_their_formula_puts_them():
    made = npae.datasets.circles(3, 7, radii=(1, 2))
    angles = 2 * np.pi * np.arange(7) / 7
    for points, radius in zip(made.points, (1, 1.5, 2), strict=True):
        np.testing.assert_allclose(points, radius * np.array([np.cos(angles), np.sin(angles)]).T.ravel(), atol=1e-12)
    np.testing.assert_allclose(npae.datasets.circles(1, radii=(0.3, 0.9)).radii, [0.3])


def test_the_docstrings_name_every_metric_of_which_more_is_better():
    for item, quote in ((npae.EarlyStopping, "`"), (npae.study.search, '"')):
        assert all(f"{quote}{name}{quote}" in item.__doc__ for name in metrics.HIGHER_IS_BETTER)
