import copy
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from cases import CASES, Shaped
from looped import in_one_test

from npae import LSTM, Dense, Network
from npae.activations import ACTIVATIONS
from npae.layers.parameters import Bias, Layout
from npae.layers.workspace import Workspace

SIZES = (6, 5, 2)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def X(rng):
    return rng.random((9, 6))


def build(loss="mse", activation="tanh", output="identity", **options):
    """Return a network 6-5-2 | 5-6."""
    D, K, L = SIZES
    encoder, decoder = [Dense(K, activation), Dense(L)], [Dense(K, activation), Dense(D, output)]
    return Network(encoder, decoder, loss, in_shape=(D,), **options)


def start(network, seed=0):
    """Return a theta without zeros."""
    rng = np.random.default_rng(seed)
    return (network.init(rng) + 0.2 * rng.standard_normal(network.n_parameters)).astype(network.dtype)


def differences(function, vector, h=1e-5):
    """Return the central differences of a scalar function, one entry of the vector after another."""
    steps = h * np.eye(vector.size)
    return np.array([(function(vector + step) - function(vector - step)) / (2 * h) for step in steps])


@in_one_test("case", CASES, ids=str)
def test_gradient_has_second_order_remainder(case):
    """|f(t + h v) - f(t) - h g.v| falls fourfold when h halves: true only for the exact gradient."""
    f, theta, direction = case.objective()
    value, gradient = f(theta)
    remainder = [abs(f(theta + h * direction)[0] - value - h * gradient @ direction) for h in (1e-3, 5e-4)]
    np.testing.assert_allclose(remainder[0] / remainder[1], 4, rtol=0.1)


@pytest.mark.fast_cases(6)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_gradient_agrees_with_central_differences(case):
    f, theta, _ = case.objective()
    _, gradient = f(theta)
    numeric = differences(lambda t: f(t)[0], theta)
    np.testing.assert_allclose(gradient, numeric, rtol=1e-7, atol=1e-7 * np.abs(gradient).max())


@in_one_test("case", CASES, ids=str)
def test_dx_of_a_layer_agrees_with_central_differences(case):
    """The layer alone, in <v, layer(x)> and what it adds to the loss."""
    layer, x, rng = case.layer, case.samples(), np.random.default_rng(1)
    layout = Layout([("layer", layer.parameters(case.in_shape)), ("other", {"unused": Bias((1,))})])
    theta, v = rng.standard_normal(layout.size), rng.standard_normal((len(x), *layer.out_shape(case.in_shape)))

    def forward(x):
        workspace = Workspace(layout, np.float64)
        workspace.bind(theta)
        workspace.context.begin(len(x), np.random.default_rng(2) if layer.stochastic else None)
        y, backward = layer.forward(x, workspace.params[0], workspace.context)
        return np.vdot(v, y) + workspace.context.charged, lambda: backward(v.copy(), workspace.grads[0])

    dx = forward(x)[1]()
    numeric = differences(lambda flat: forward(flat.reshape(x.shape))[0], x.ravel()).reshape(x.shape)
    assert dx.shape == x.shape
    np.testing.assert_allclose(dx, numeric, rtol=1e-7, atol=1e-7 * np.abs(dx).max())


@in_one_test("case", CASES, ids=str)
def test_float32_gives_float32_close_to_float64(case):
    exact, rough, (X, T) = case.network(), case.network(np.float32), case.data()
    theta = start(exact)
    value, gradient = rough.value_and_gradient(theta.astype(np.float32), X, T)  # no noise: draws depend on the dtype
    expected = exact.value_and_gradient(theta, X, T)
    assert isinstance(value, float)
    assert {gradient.dtype, rough.reconstruct(theta, X).dtype, rough.encode(theta, X).dtype} == {np.dtype(np.float32)}
    np.testing.assert_allclose(value, expected[0], rtol=1e-4)
    np.testing.assert_allclose(gradient, expected[1], atol=1e-4 * np.abs(expected[1]).max())


@in_one_test("case", CASES, ids=str)
def test_shards_add_up_to_the_batch(case):
    network, (X, T) = case.network(), case.data()
    if network.stochastic:
        pytest.skip("shards draw other numbers than the batch")
    theta, workspace = start(network), network.new_workspace()
    total, gradient = 0.0, np.zeros(network.n_parameters)
    for rows in (slice(0, 2), slice(2, 5)):
        total += network.evaluate(workspace, theta, X[rows], T[rows], samples=len(X))
        gradient += workspace.gradient
    value, expected = network.value_and_gradient(theta, X, T)
    np.testing.assert_allclose(total, value, rtol=1e-13)
    np.testing.assert_allclose(gradient, expected, rtol=1e-11, atol=1e-14)


def slow_mse(theta, X):
    """Return the loss of the tanh network 6-5-2 | 5-6, one sample, one unit at a time."""
    D, K, L = SIZES
    total = 0.0
    for x in X:
        y, rest = list(x), list(theta)
        for inputs, units, f in [(D, K, np.tanh), (K, L, float), (L, K, np.tanh), (K, D, float)]:
            W, b, rest = rest[: inputs * units], rest[inputs * units :][:units], rest[(inputs + 1) * units :]
            y = [f(sum(y[d] * W[d * units + k] for d in range(inputs)) + b[k]) for k in range(units)]
        total += sum((a - t) ** 2 for a, t in zip(y, x, strict=True))
    return total / X.size


def test_the_value_equals_the_slow_loop(X):
    network = build()
    theta = start(network)
    np.testing.assert_allclose(network.value(theta, X), slow_mse(theta, X), rtol=1e-13)
    assert network.value_and_gradient(theta, X)[0] == network.value(theta, X)


def test_parameters_are_named_views_in_order(X):
    network = build()
    theta = np.arange(float(network.n_parameters))
    views = network.parameters(theta)
    assert list(views) == [f"{part}.{i}.{name}" for part in ("encoder", "decoder") for i in (0, 1) for name in "Wb"]
    np.testing.assert_array_equal(np.concatenate([v.ravel() for v in views.values()]), theta)
    assert all(np.shares_memory(view, theta) for view in views.values())
    assert network.name_of(32) == "encoder.0.b[2]"


@in_one_test("case", CASES, ids=str)
def test_the_gradient_returned_is_never_written_again(case):
    f, theta, direction = case.objective()
    first = f(theta)[1]
    kept = first.copy()
    second = f(theta + direction)[1]
    assert not np.shares_memory(first, second)
    np.testing.assert_array_equal(first, kept)


def test_results_of_inference_are_never_written_again(X):
    network = build("bce", output="sigmoid")
    theta = start(network)
    results = [network.encode(theta, X), network.reconstruct(theta, X), network.decode(theta, X[:, :2])]
    kept = [y.copy() for y in results]
    network.value_and_gradient(-theta, X)
    network.encode(-theta, X), network.reconstruct(-theta, X), network.decode(-theta, X[:, :2])
    for y, before in zip(results, kept, strict=True):
        np.testing.assert_array_equal(y, before)


def test_what_was_evaluated_before_does_not_matter(X):
    """Scratch arrays are replayed: neither other batch sizes nor other methods may leave traces in them."""
    network, fresh = build("bce"), build("bce")
    for seed, rows in enumerate([9, 3, 9, 1, 5, 5, 2]):
        theta = start(network, seed)
        network.value(theta, X[:rows])
        network.encode(theta, X), network.decode(theta, X[:rows, :2])
        value, gradient = network.value_and_gradient(theta, X[:rows])
        expected = copy.copy(fresh).value_and_gradient(theta, X[:rows])
        assert value == expected[0]
        np.testing.assert_array_equal(gradient, expected[1])


def test_inputs_are_not_changed(X):
    network = build("bce", output="sigmoid")
    theta, T = start(network), X[::-1].copy()
    before = theta.copy(), X.copy(), T.copy()
    network.value_and_gradient(theta, X, T)
    network.reconstruct(theta, X), network.decode(theta, X[:, :2])
    for now, then in zip((theta, X, T), before, strict=True):
        np.testing.assert_array_equal(now, then)


@pytest.mark.parametrize("loss", ["mse", "bce"])
def test_reconstruct_is_decode_of_encode(loss, X):
    network = build(loss)
    theta = start(network)
    Z = network.encode(theta, X)
    assert Z.shape == (9, 2)
    np.testing.assert_allclose(network.decode(theta, Z), network.reconstruct(theta, X), rtol=1e-13)


@pytest.mark.parametrize("rows", [1, 4, 9, 10])
def test_inference_in_pieces_gives_the_same(rows, X, monkeypatch):
    network = build("bce")
    theta, Z = start(network), X[:, :2]
    whole = network.encode(theta, X), network.decode(theta, Z), network.reconstruct(theta, X)
    monkeypatch.setattr("npae.network.pieces.ROWS", rows)
    pieces = network.encode(theta, X), network.decode(theta, Z), network.reconstruct(theta, X)
    for a, b in zip(pieces, whole, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-13)


def test_inference_limits_the_samples_held_at_a_time(X, monkeypatch):
    seen = []

    class Counted(Shaped):
        def forward(self, x, params, context):
            seen.append(len(x))
            return super().forward(x, params, context)

    network = Network([Counted((6,)), Dense(2)], [Dense(6)], in_shape=(6,))
    monkeypatch.setattr("npae.network.pieces.ROWS", 4)
    network.reconstruct(start(network), X)
    assert seen == [4, 4, 1]


def test_no_samples_give_no_codes():
    network = build()
    assert network.encode(start(network), np.empty((0, 6))).shape == (0, 2)
    assert network.decode(start(network), np.empty((0, 2))).shape == (0, 6)


def test_threads_give_the_same_as_one_after_another(X):
    network = build("bce", "selu")
    thetas = [start(network, seed) for seed in range(64)]

    def evaluate(theta):
        rows = X[: 1 + int(1e6 * abs(theta[0])) % 9]
        return [network.value_and_gradient(theta, rows), network.reconstruct(theta, rows)]

    serial = [evaluate(theta) for theta in thetas]
    with ThreadPoolExecutor(8) as pool:
        parallel = list(pool.map(evaluate, thetas * 4))
    for (pair, y), (expected, expected_y) in zip(parallel, serial * 4, strict=True):
        assert pair[0] == expected[0]
        np.testing.assert_array_equal(pair[1], expected[1])
        np.testing.assert_array_equal(y, expected_y)


@pytest.mark.parametrize("clone", [copy.copy, copy.deepcopy, lambda n: pickle.loads(pickle.dumps(n))])
def test_copies_and_pickles_evaluate_like_the_original_and_share_no_scratch(clone, X):
    network = build("bce", "elu")
    theta = start(network)
    expected = network.value_and_gradient(theta, X)
    twin = clone(network)
    value, gradient = twin.value_and_gradient(theta, X)
    assert value == expected[0]
    np.testing.assert_array_equal(gradient, expected[1])
    assert repr(twin) == repr(network)
    assert twin._idle is not network._idle


@in_one_test("activation", ACTIVATIONS)
def test_a_sigmoid_at_the_end_is_fused_with_bce(activation, X):
    fused, plain = build("bce", activation, "sigmoid"), build("bce", activation, "identity")
    theta = start(plain)
    results = [(n.value(theta, X), n.value_and_gradient(theta, X)[1], n.reconstruct(theta, X)) for n in (fused, plain)]
    for a, b in zip(*results, strict=True):
        np.testing.assert_array_equal(a, b)


def test_bce_predicts_probabilities_and_mse_what_the_last_layer_returns(X):
    logits, odds, squashed = build("mse"), build("bce", output="sigmoid"), build("mse", output="sigmoid")
    theta = start(logits)
    p = 1 / (1 + np.exp(-logits.reconstruct(theta, X)))
    np.testing.assert_allclose(odds.reconstruct(theta, X), p, rtol=1e-12)
    np.testing.assert_allclose(squashed.reconstruct(theta, X), p, rtol=1e-12)
    np.testing.assert_allclose(odds.value(theta, X), np.mean(-X * np.log(p) - (1 - X) * np.log1p(-p)), rtol=1e-12)
    np.testing.assert_allclose(squashed.value(theta, X), np.mean((p - X) ** 2), rtol=1e-12)


def test_targets_can_differ_from_the_samples_in_shape(X, rng):
    network = Network([Dense(2)], [Dense(3)], in_shape=(6,))
    theta, T = start(network), rng.random((9, 3))
    expected = np.mean((network.decode(theta, network.encode(theta, X)) - T) ** 2)
    np.testing.assert_allclose(network.value(theta, X, T), expected, rtol=1e-12)


def test_an_empty_encoder_is_the_identity(X):
    network = Network([], [Dense(3, "tanh"), Dense(6)], in_shape=(6,))
    theta = start(network)
    np.testing.assert_array_equal(network.encode(theta, X), X)
    numeric = differences(lambda t: network.value(t, X), theta)
    np.testing.assert_allclose(network.value_and_gradient(theta, X)[1], numeric, rtol=1e-6, atol=1e-9)


def strided(a):
    """Return the same numbers in every other place of a larger array."""
    wide = np.zeros((*a.shape[:-1], 2 * a.shape[-1]))
    wide[..., ::2] = a
    return wide[..., ::2]


def locked(a):
    """Return a copy that cannot be written."""
    a = a.copy()
    a.flags.writeable = False
    return a


FORMS = {"list": lambda a: a.tolist(), "strided": strided, "fortran": np.asfortranarray, "read-only": locked}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_theta_and_samples_may_come_in_any_form(form, X):
    network = build("bce")
    theta = start(network)
    expected = network.value_and_gradient(theta, X), network.reconstruct(theta, X), network.encode(theta, X)
    for _ in range(2):
        value, gradient = network.value_and_gradient(form(theta), form(X), form(X))
        np.testing.assert_allclose(value, expected[0][0], rtol=1e-13)
        np.testing.assert_allclose(gradient, expected[0][1], rtol=1e-10, atol=1e-14)
        np.testing.assert_allclose(network.reconstruct(form(theta), form(X)), expected[1], rtol=1e-12)
        np.testing.assert_allclose(network.encode(form(theta), form(X)), expected[2], rtol=1e-12)


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int64, np.float16])
def test_samples_of_other_types_are_converted(dtype, rng):
    network, X = build("bce"), rng.integers(0, 2, (4, 6))
    theta = start(network)
    assert network.value(theta, X.astype(dtype)) == network.value(theta, X.astype(float))
    np.testing.assert_array_equal(network.reconstruct(theta, X.astype(dtype)), network.reconstruct(theta, X))


def test_a_theta_changed_in_place_is_seen(X):
    network = build()
    theta = start(network)
    first = network.value(theta, X), network.value_and_gradient(theta, X), network.encode(theta, X)
    theta *= 0.5
    half = theta.copy()
    assert network.value(theta, X) == network.value(half, X) != first[0]
    np.testing.assert_array_equal(network.value_and_gradient(theta, X)[1], network.value_and_gradient(half, X)[1])
    np.testing.assert_array_equal(network.encode(theta, X), network.encode(half, X))


@pytest.mark.filterwarnings("error")
@in_one_test("dtype", [np.float32, np.float64])
@in_one_test("activation", ACTIVATIONS)
@in_one_test("loss", ["mse", "bce"])
def test_a_huge_theta_gives_no_warnings(activation, loss, dtype, X):
    """A search along a line may step far out; what comes back may be infinite, but quietly."""
    network = build(loss, activation, dtype=dtype)
    theta = start(network) * dtype(1e30 if dtype is np.float32 else 1e300)
    network.value_and_gradient(theta, X), network.value(theta, X)
    network.encode(theta, X), network.decode(theta, X[:, :2]), network.reconstruct(theta, X)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("method", ["value", "value_and_gradient", "encode", "reconstruct"])
def test_a_theta_too_large_for_float32_gives_no_warnings(method, X):
    network = build(dtype=np.float32)
    getattr(network, method)(np.full(network.n_parameters, 1e300), X)


def test_the_first_value_that_is_not_finite_is_named(X):
    network = build(activation="relu")
    theta = np.full(network.n_parameters, 0.5)
    assert network.first_nonfinite(theta, X) == "the loss"
    theta[35:] *= 1e308
    assert network.first_nonfinite(theta, X) == "layer encoder.1 (Dense)"
    theta[40] = np.nan
    assert network.first_nonfinite(theta, X) == "parameter encoder.1.W"


def test_it_prints_as_its_shapes():
    assert repr(build("bce")) == "Network(6-5-2 | 5-6, BinaryCrossEntropy, 98 parameters)"
    shaped = Network([Shaped((4,)), Dense(2)], [Dense(4), Shaped((2, 2))], in_shape=(2, 2))
    assert repr(shaped) == "Network(2x2-4-2 | 4-2x2, MeanSquaredError, 22 parameters)"


@in_one_test("length", [97, 99, 0])
@in_one_test("method", ["value", "value_and_gradient", "encode", "reconstruct", "first_nonfinite"])
def test_a_theta_of_another_length_is_refused(method, length, X):
    with pytest.raises(ValueError, match=rf"theta must have shape \(98,\), got \({length},\)"):
        getattr(build(), method)(np.zeros(length), X)


def test_a_theta_that_is_not_a_vector_is_refused(X):
    with pytest.raises(ValueError, match=r"theta must have shape \(98,\), got \(1, 98\)"):
        build().parameters(np.zeros((1, 98)))


@in_one_test("shape", [(9, 5), (6,), (), (9, 6, 1)])
@in_one_test("method", ["value", "value_and_gradient", "encode", "reconstruct"])
def test_samples_of_another_shape_are_refused(method, shape):
    with pytest.raises(ValueError, match=r"X must have shape \(N, 6\), got \("):
        getattr(build(), method)(np.zeros(98), np.zeros(shape))


def test_codes_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"codes must have shape \(N, 2\), got \(1, 3\)"):
        build().decode(np.zeros(98), np.zeros((1, 3)))


@in_one_test(("n", "m"), [(9, 8), (0, 0), (1, 9)])
def test_unequal_numbers_of_samples_and_targets_are_refused(n, m):
    message = f"X and T must have the same number of samples, at least 1, got {n} and {m}"
    with pytest.raises(ValueError, match=message):
        build().value(np.zeros(98), np.zeros((n, 6)), np.zeros((m, 6)))


def test_targets_of_another_shape_are_refused(X):
    with pytest.raises(ValueError, match=r"T must have shape \(N, 6\), got \(9, 5\)"):
        build().value(np.zeros(98), X, X[:, :5])


def test_missing_targets_are_refused_where_the_samples_cannot_be_them(X):
    network = Network([Dense(2)], [Dense(3)], in_shape=(6,))
    with pytest.raises(ValueError, match=r"T must be given where the network's out_shape \(3,\) is not \(6,\)"):
        network.value(start(network), X)


@in_one_test("dtype", [np.float16, int, "nonsense", object, np.complex128, 3])
def test_other_dtypes_are_refused(dtype):
    with pytest.raises(ValueError, match="dtype must be float64 or float32, got "):
        build(dtype=dtype)


def test_an_unknown_init_is_refused():
    with pytest.raises(ValueError, match="init must be one of 'glorot', .* or an instance of Initializer, got 'hee'"):
        build(init="hee")


def test_an_empty_decoder_is_refused():
    with pytest.raises(ValueError, match="decoder must have at least one layer, got none"):
        Network([Dense(2)], [], in_shape=(2,))


@in_one_test("output", ["tanh", "relu", "softplus"])
def test_bce_refuses_outputs_that_are_not_logits(output):
    message = f"output must be 'sigmoid' or 'identity' for the loss BinaryCrossEntropy, got '{output}'"
    with pytest.raises(ValueError, match=message):
        build("bce", output=output)


def test_an_error_of_a_layer_names_it():
    with pytest.raises(ValueError, match="encoder.1: samples must be flat"):
        Network([Shaped((2, 3, 1)), Dense(2)], [Dense(6)], in_shape=(6,))


def series(rng, lengths=(6, 2, 4)):
    """Return a network of series, a theta, padded series with NaN in the padding, and their mask."""
    network = Network([LSTM(3), Dense(12)], [Shaped((6, 2)), Dense(4, "tanh"), Dense(2)], "bce", in_shape=(6, 2))
    mask = np.arange(6) < np.array(lengths)[:, None]
    X = np.where(mask[:, :, None], rng.random((len(lengths), 6, 2)), np.nan)
    return network, network.init(rng), X, mask


@pytest.mark.parametrize("loss", ["mse", "bce"])
def test_a_masked_loss_is_the_mean_over_the_steps_that_are_not_padding(loss, rng):
    network, theta, X, mask = series(rng)
    network = Network(network.encoder.layers, network.decoder.layers, loss, in_shape=(6, 2))
    z = network.reconstruct(theta, X, mask=mask)[mask]
    expected = (z - X[mask]) ** 2 if loss == "mse" else -X[mask] * np.log(z) - (1 - X[mask]) * np.log(1 - z)
    value, gradient = network.value_and_gradient(theta, X, mask=mask)
    np.testing.assert_allclose(value, expected.mean(), rtol=1e-12)
    np.testing.assert_allclose(network.value(theta, X, mask=mask), value, rtol=1e-13)
    direction = rng.standard_normal(theta.size)
    ends = [network.value(theta + h * direction, X, mask=mask) for h in (1e-6, -1e-6)]
    np.testing.assert_allclose(gradient @ direction, np.subtract(*ends) / 2e-6, rtol=1e-6)


def test_masked_shards_add_up_to_the_batch(rng):
    network, theta, X, mask = series(rng)
    value, gradient = network.value_and_gradient(theta, X, mask=mask)
    total, workspace = np.zeros_like(gradient), network.new_workspace()
    with np.errstate(all="ignore"):
        for rows in (slice(0, 1), slice(1, 3)):
            options = {"samples": 3, "mask": mask[rows], "real": mask.mean()}
            value -= network.evaluate(workspace, theta, X[rows], X[rows], **options)
            total += workspace.gradient
    np.testing.assert_allclose(value, 0, atol=1e-15)
    np.testing.assert_allclose(total, gradient, rtol=1e-12, atol=1e-16)


@pytest.mark.parametrize("rows", [1, 2, 1024])
def test_masks_are_cut_into_the_same_pieces_as_the_samples(rows, rng, monkeypatch):
    network, theta, X, mask = series(rng)
    codes, value = network.encode(theta, X, mask=mask), network.value(theta, X, mask=mask)
    monkeypatch.setattr("npae.network.pieces.ROWS", rows)
    np.testing.assert_allclose(network.encode(theta, X, mask=mask, threads=2), codes, rtol=1e-13)
    np.testing.assert_allclose(network.value(theta, X, mask=mask), value, rtol=1e-13)
    for n, length in enumerate(mask.sum(axis=1)):
        short = Network([LSTM(3), Dense(12)], [Dense(1)], in_shape=(length, 2))
        own = short.encode(np.append(theta[: short.n_parameters - 13], np.zeros(13)), X[n : n + 1, :length])
        np.testing.assert_allclose(codes[n : n + 1], own, rtol=1e-12)


def test_masked_passes_stay_in_single_precision(rng):
    network, theta, X, mask = series(rng)
    single = Network(network.encoder.layers, network.decoder.layers, "bce", in_shape=(6, 2), dtype="float32")
    value, gradient = single.value_and_gradient(theta.astype(np.float32), X, mask=mask)
    expected = network.value_and_gradient(theta, X, mask=mask)
    assert type(value) is float and gradient.dtype == np.float32
    np.testing.assert_allclose([value, single.value(theta.astype(np.float32), X, mask=mask)], expected[0], rtol=1e-5)
    np.testing.assert_allclose(gradient, expected[1], rtol=1e-3, atol=1e-5)


def test_a_mask_does_not_outlive_its_call(rng):
    network, theta, X, mask = series(rng)
    X = np.nan_to_num(X)
    before = network.value(theta, X)
    network.value_and_gradient(theta, X, mask=mask)
    np.testing.assert_array_equal(network.value(theta, X), before)


def test_a_loss_of_flat_outputs_does_not_know_the_mask(rng):
    network = Network([LSTM(3)], [Dense(6)], in_shape=(6, 2))
    X, T, mask = rng.random((3, 6, 2)), rng.random((3, 6)), np.arange(6) < np.array([[6], [2], [4]])
    theta = network.init(rng)
    z = network.reconstruct(theta, X, mask=mask)
    np.testing.assert_allclose(network.value_and_gradient(theta, X, T, mask=mask)[0], ((z - T) ** 2).mean(), rtol=1e-13)


@in_one_test(
    ("mask", "message"),
    [
        (np.ones((3, 5), bool), r"mask must be bools of shape \(3, 6\), got bool of shape \(3, 5\)"),
        (np.ones((3, 6)), r"mask must be bools of shape \(3, 6\), got float64 of shape \(3, 6\)"),
        (
            np.arange(6) < np.array([[1], [0], [2]]),
            "mask must leave at least one step of each series, got none for series 1",
        ),
    ],
    ids=["shape", "type", "empty"],
)
@in_one_test("method", ["value", "value_and_gradient", "encode", "reconstruct"])
def test_masks_that_fit_no_series_are_refused(method, mask, message, rng):
    network, theta, X, _ = series(rng)
    with pytest.raises(ValueError, match=message):
        getattr(network, method)(theta, X, mask=mask)


def test_a_mask_for_rows_is_refused(rng):
    network = Network([Dense(2)], [Dense(6)], in_shape=(6,))
    message = r"mask must be None where X is not series \(N, T, C\), got one for X of shape \(3, 6\)"
    with pytest.raises(ValueError, match=message):
        network.encode(network.init(rng), rng.random((3, 6)), mask=np.ones((3, 6), bool))
