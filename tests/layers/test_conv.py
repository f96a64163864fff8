"""Convolutions against slow loops and as linear maps; their geometry, mirrors, memory and errors."""

import itertools
import tracemalloc

import numpy as np
import pytest
from looped import in_one_test

from npae import (
    Adam,
    Autoencoder,
    Conv1D,
    Conv2D,
    ConvTranspose1D,
    ConvTranspose2D,
    Dense,
    Flatten,
    Network,
    Refine,
    Repeat,
    Reshape,
    Upsample,
)
from npae.layers import windows
from npae.layers.context import Context
from npae.layers.parameters import Layout
from npae.layers.windows import Windows
from npae.layers.workspace import Workspace

CONVOLUTIONS = [
    (Conv2D(3, 3), (5, 4, 2)),
    (Conv2D(3, 3, stride=2), (6, 5, 1)),
    (Conv2D(2, (2, 4), stride=(3, 1), padding="valid"), (7, 6, 3)),
    (Conv2D(2, 3, stride=2, padding=((0, 2), (1, 0)), dilation=(1, 2)), (6, 8, 9)),
    (Conv2D(4, 1, stride=3), (7, 8, 2)),
    (Conv2D(1, 3, stride=4, dilation=2), (9, 9, 1)),
    (Conv1D(3, 5, stride=2), (11, 6)),
    (Conv1D(2, 3, padding=(4, 0), dilation=2), (9, 4)),
    (Conv1D(2, 2, stride=4, padding="valid"), (10, 1)),
]
TRANSPOSES = [
    (ConvTranspose2D(3, 3, stride=2), (3, 4, 2)),
    (ConvTranspose2D(1, (3, 2), (2, 3), "valid", dilation=(2, 1), output_padding=(1, 2)), (3, 2, 4)),
    (ConvTranspose2D(9, 3, padding=1), (3, 4, 1)),
    (ConvTranspose1D(2, 5, stride=2, padding=2, output_padding=1), (6, 3)),
    (ConvTranspose1D(1, 2, stride=3), (4, 2)),
]
SIZES = [(1, 1), (2, 3), (5, 4), (7, 7), (12, 9)]


def arrays(layer, in_shape, N=3, dtype=np.float64, seed=0):
    """Return x, dy and a workspace whose parameters are random."""
    rng = np.random.default_rng(seed)
    layout = Layout([("layer", layer.parameters(in_shape))])
    workspace = Workspace(layout, dtype)
    workspace.bind(rng.standard_normal(layout.size))
    workspace.context.begin(N)
    return rng.standard_normal((N, *in_shape)), rng.standard_normal((N, *layer.out_shape(in_shape))), workspace


def pairs(layer, in_shape):
    """Yield (place in y, place in x, tap) of every product in a convolution, by its definition."""
    W = layer.parameters(in_shape)["W"].shape[:-2]
    rank = len(W)
    stride, dilation = (v if isinstance(v, tuple) else (v,) * rank for v in (layer.stride, layer.dilation))
    size, count = in_shape[:-1], layer.out_shape(in_shape)[:-1]
    span = [d * (k - 1) + 1 for d, k in zip(dilation, W, strict=True)]
    before = {
        "same": [max((c - 1) * s + e - n, 0) // 2 for c, s, e, n in zip(count, stride, span, size, strict=True)],
        "valid": [0] * rank,
    }.get(layer.padding if isinstance(layer.padding, str) else None)
    if before is None:
        sides = layer.padding if isinstance(layer.padding, tuple) else (layer.padding,) * rank
        sides = (sides,) if rank == 1 and len(sides) == 2 else sides
        before = [side[0] if isinstance(side, tuple) else side for side in sides]
    for place in itertools.product(*map(range, count)):
        for tap in itertools.product(*map(range, W)):
            source = tuple(
                p * s + t * d - b for p, s, t, d, b in zip(place, stride, tap, dilation, before, strict=True)
            )
            if all(0 <= i < n for i, n in zip(source, size, strict=True)):
                yield place, source, tap


def slow_convolution(layer, x, W, b):
    """Y = x * W + b, one product of a pixel's channels after another."""
    y = np.zeros((len(x), *layer.out_shape(x.shape[1:]))) + b
    for place, source, tap in pairs(layer, x.shape[1:]):
        for n in range(len(x)):
            y[n][place] += x[n][source] @ W[tap]
    return y


@pytest.mark.parametrize(("layer", "in_shape"), CONVOLUTIONS, ids=str)
@pytest.mark.parametrize("narrow", [0, 1000], ids=["by window", "by tap"])
def test_a_convolution_equals_the_slow_loop(layer, in_shape, narrow, monkeypatch):
    """Whichever way the rows of windows lie in memory."""
    monkeypatch.setattr(windows, "NARROW", narrow)
    x, dy, workspace = arrays(layer, in_shape)
    y, backward = layer.forward(x, workspace.params[0], workspace.context)
    W, b = workspace.params[0]["W"], workspace.params[0]["b"]
    np.testing.assert_allclose(y, slow_convolution(layer, x, W, b), rtol=1e-12, atol=1e-12)
    dx, dW = np.zeros_like(x), np.zeros_like(W)
    for place, source, tap in pairs(layer, in_shape):
        for n in range(len(x)):
            dx[n][source] += W[tap] @ dy[n][place]
            dW[tap] += np.outer(x[n][source], dy[n][place])
    np.testing.assert_allclose(backward(dy.copy(), workspace.grads[0]), dx, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(workspace.grads[0]["W"], dW, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(workspace.grads[0]["b"], dy.reshape(-1, dy.shape[-1]).sum(axis=0), rtol=1e-12)


@in_one_test("kind", [Conv1D, Conv2D])
@in_one_test("stride", [1, 2, 3])
def test_same_padding_gives_the_size_over_the_stride_rounded_up(kind, stride):
    for n in range(1, 12):
        shape = (n,) * kind.rank
        assert kind(2, 3, stride).out_shape((*shape, 1)) == (*(-(-i // stride) for i in shape), 2)


def test_same_padding_puts_the_odd_zero_at_the_end():
    """As TensorFlow does: windows of an image of 4 at stride 2 begin at its first pixel."""
    x, _, workspace = arrays(Conv1D(1, 3, stride=2), (4, 1), N=1)
    y, _ = Conv1D(1, 3, stride=2).forward(x, workspace.params[0], workspace.context)
    W, b = workspace.params[0]["W"].ravel(), workspace.params[0]["b"]
    x = x.ravel()
    np.testing.assert_allclose(y.ravel(), [x[:3] @ W + b[0], x[2:] @ W[:2] + b[0]])


@in_one_test(("layer", "in_shape"), CONVOLUTIONS + TRANSPOSES, ids=str)
def test_forward_and_backward_are_adjoint(layer, in_shape):
    """<layer(x) - b, dy> = <x, dx> = <W, dW>, since the layer is linear in both."""
    x, dy, workspace = arrays(layer, in_shape)
    y, backward = layer.forward(x, workspace.params[0], workspace.context)
    product = np.vdot(y - workspace.params[0]["b"], dy)
    dx = backward(dy.copy(), workspace.grads[0])
    np.testing.assert_allclose(np.vdot(x, dx), product, rtol=1e-11)
    np.testing.assert_allclose(np.vdot(workspace.params[0]["W"], workspace.grads[0]["W"]), product, rtol=1e-11)


@in_one_test(("layer", "in_shape"), CONVOLUTIONS, ids=str)
def test_a_transposes_forward_is_the_dx_of_the_convolution_it_mirrors(layer, in_shape):
    x, dy, workspace = arrays(layer, in_shape)
    dx = layer.forward(x, workspace.params[0], workspace.context)[1](dy.copy(), workspace.grads[0]).copy()
    mirror = layer.mirror(in_shape, "identity")
    params = {"W": workspace.params[0]["W"], "b": np.zeros(in_shape[-1])}
    np.testing.assert_allclose(mirror.forward(dy, params, Context())[0], dx, rtol=1e-12, atol=1e-13)


@in_one_test(("layer", "in_shape"), TRANSPOSES, ids=str)
def test_a_transposes_dx_is_the_forward_of_the_convolution_it_mirrors(layer, in_shape):
    x, dy, workspace = arrays(layer, in_shape)
    dx = layer.forward(x, workspace.params[0], workspace.context)[1](dy.copy(), workspace.grads[0]).copy()
    mirror = layer.mirror(in_shape, "identity")
    params = {"W": workspace.params[0]["W"], "b": np.zeros(in_shape[-1])}
    np.testing.assert_allclose(mirror.forward(dy, params, Context())[0], dx, rtol=1e-12, atol=1e-13)


@in_one_test("padding", ["same", "valid", 1, ((0, 1), (2, 0))], ids=str)
@in_one_test("stride", [1, 2, (3, 2)], ids=str)
@in_one_test("dilation", [1, 2])
def test_a_mirror_restores_every_size(padding, stride, dilation):
    for H, W in itertools.product((5, 6, 7, 8, 9), (5, 6, 11)):
        layer = Conv2D(3, 3, stride, padding, dilation)
        mirror = layer.mirror((H, W, 2), "relu")
        assert mirror.out_shape(layer.out_shape((H, W, 2))) == (H, W, 2)
        again = mirror.mirror(layer.out_shape((H, W, 2)), "tanh")
        assert again.out_shape((H, W, 2)) == layer.out_shape((H, W, 2))
        assert (mirror.activation, again.activation, again.filters) == ("relu", "tanh", 3)


@in_one_test("stride", [1, 2, 3])
@in_one_test("kernel", [1, 2, 3, 5])
def test_a_transpose_with_same_padding_multiplies_sizes_by_the_stride(kernel, stride):
    for n in range(1, 6):
        assert ConvTranspose1D(2, kernel, stride).out_shape((n, 3)) == (stride * n, 2)
        assert ConvTranspose1D(2, kernel, stride).mirror((n, 3), "tanh").out_shape((stride * n, 2)) == (n, 3)


@pytest.mark.parametrize(("layer", "in_shape"), CONVOLUTIONS + TRANSPOSES, ids=str)
def test_blocks_of_any_size_give_the_same(layer, in_shape, monkeypatch):
    x, dy, workspace = arrays(layer, in_shape, N=5)
    y, backward = layer.forward(x, workspace.params[0], workspace.context)
    expected = y.copy(), backward(dy.copy(), workspace.grads[0]).copy(), workspace.gradient.copy()
    for rows in (1, 2 * dy[0].size):
        monkeypatch.setattr(windows, "BLOCK", 1)
        monkeypatch.setattr(windows, "ROWS", rows)
        workspace.context.begin(5)
        y, backward = layer.forward(x, workspace.params[0], workspace.context)
        results = y, backward(dy.copy(), workspace.grads[0]), workspace.gradient
        for a, b in zip(results, expected, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-12)


@in_one_test(("layer", "in_shape"), CONVOLUTIONS + TRANSPOSES, ids=str)
def test_float32_stays_float32_and_close(layer, in_shape):
    x, dy, exact = arrays(layer, in_shape)
    _, _, workspace = arrays(layer, in_shape, dtype=np.float32)
    results = []
    for w, dtype in ((workspace, np.float32), (exact, np.float64)):
        y, backward = layer.forward(x.astype(dtype), w.params[0], w.context)
        results.append((y.copy(), backward(dy.astype(dtype), w.grads[0]), w.gradient))
    for a, b in zip(*results, strict=True):
        assert a.dtype == np.float32
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4)


@in_one_test(("layer", "in_shape"), [CONVOLUTIONS[1], CONVOLUTIONS[3], *TRANSPOSES[:2]], ids=str)
def test_samples_and_derivatives_may_lie_in_memory_in_any_way(layer, in_shape):
    x, dy, workspace = arrays(layer, in_shape)
    y, backward = layer.forward(x, workspace.params[0], workspace.context)
    expected = y.copy(), backward(dy.copy(), workspace.grads[0]).copy(), workspace.gradient.copy()
    for order in (lambda a: np.asfortranarray(a), lambda a: np.repeat(a, 2, axis=0)[::2]):
        workspace.context.begin(len(x))
        y, backward = layer.forward(order(x), workspace.params[0], workspace.context)
        results = y, backward(order(dy), workspace.grads[0]), workspace.gradient
        for a, b in zip(results, expected, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)


def test_the_first_layer_makes_no_dx():
    x, dy, workspace = arrays(Conv2D(2, 3), (4, 4, 1))
    _, backward = Conv2D(2, 3).forward(x, workspace.params[0], workspace.context)
    workspace.context.wants_dx = False
    assert backward(dy, workspace.grads[0]) is None
    assert np.isfinite(workspace.gradient).all()


def test_taps_that_are_added_at_once_never_meet():
    for stride, dilation, kernel in itertools.product(range(1, 7), range(1, 7), range(1, 7)):
        size = 3 * stride + dilation * (kernel - 1) + 1
        at = Windows((size,), (kernel,), (stride,), (dilation,), ((0, 0),))
        places = at.view(np.arange(size)[None, :, None])
        seen = []
        for group in at.groups:
            group_places = places[group].ravel()
            assert len(set(group_places)) == len(group_places)
            seen += [*group_places]
        assert sorted(seen) == sorted(places.ravel())


def test_a_training_pass_allocates_no_arrays():
    layers = [Conv2D(8, 3, 2, activation="relu"), Conv2D(16, 3, 2, activation="relu"), Flatten(), Dense(4)]
    network = Autoencoder(layers, epochs=1, random_state=0).fit(np.zeros((4, 12, 12, 1))).network_
    theta, X = network.init(np.random.default_rng(0)), np.random.default_rng(1).random((64, 12, 12, 1))
    workspace = network.new_workspace()
    network.evaluate(workspace, theta, X, X)
    tracemalloc.start()
    network.evaluate(workspace, theta, X, X)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < X.nbytes * 8 / 4, "a quarter of the first layer's output"


def test_initial_weights_keep_the_scale_of_what_passes_through():
    """He's: the mean square of a relu layer's output stays, in a convolution and in a transpose with stride."""
    rng = np.random.default_rng(0)
    for layer in (Conv2D(64, 3, padding="valid", activation="relu"), ConvTranspose2D(64, 4, 2, activation="relu")):
        x = rng.standard_normal((4, 16, 16, 64))
        network = Network([layer], [Flatten(), Dense(1)], in_shape=(16, 16, 64))
        y = network.encode(network.init(rng), x)[:, 2:-2, 2:-2]
        np.testing.assert_allclose((y**2).mean(), (x**2).mean(), rtol=0.15)


@in_one_test("size", SIZES, ids=str)
@in_one_test("loss", ["mse", "bce"])
def test_an_encoder_of_convolutions_needs_no_decoder(size, loss):
    X = np.random.default_rng(0).random((6, *size, 2))
    layers = [Conv2D(3, 3, stride=2, activation="relu"), Conv2D(4, 3, stride=2, activation="tanh"), Flatten(), Dense(3)]
    ae = Autoencoder(layers, loss=loss, epochs=2, batch_size=4, threads=2, random_state=0).fit(X)
    assert ae.reconstruct(X).shape == X.shape
    assert [type(layer) for layer in ae.network_.decoder.layers] == [Dense, Reshape, ConvTranspose2D, ConvTranspose2D]
    assert [layer.activation for layer in ae.network_.decoder.layers[::2]] == ["tanh", "relu"]
    if loss == "bce":
        assert ae.reconstruct(X).min() > 0 and ae.reconstruct(X).max() < 1


def test_a_saved_convolutional_model_predicts_the_same(tmp_path):
    import npae

    X = np.random.default_rng(0).random((6, 9, 2))
    encoder = [Conv1D(3, 3, 2, padding=(1, 0), activation="identity"), Reshape((12,)), Dense(2)]
    ae = Autoencoder(encoder, epochs=1, random_state=0).fit(X)
    ae.save(tmp_path / "series.npz")
    np.testing.assert_array_equal(npae.load(tmp_path / "series.npz").reconstruct(X), ae.reconstruct(X))


def test_a_convolutional_autoencoder_learns():
    """Bars of one row or column of 6 x 6: 12 patterns, rebuilt from 8 numbers."""
    bars = np.zeros((12, 6, 6, 1))
    for i in range(6):
        bars[i, i], bars[6 + i, :, i] = 1, 1
    encoder = [Conv2D(16, 3, stride=2, activation="tanh"), Flatten(), Dense(8)]
    ae = Autoencoder(encoder, loss="bce", epochs=400, optimizer=Adam(0.01), random_state=0).fit(bars)
    assert np.abs(ae.reconstruct(bars) - bars).max() < 0.1


def test_refinement_falls_back_to_differences_of_gradients():
    X = np.random.default_rng(0).random((8, 6, 1))
    refine = Refine("trust-ncg", max_iterations=3)
    ae = Autoencoder([Conv1D(2, 3, stride=2, activation="tanh"), Flatten(), Dense(2)], optimizer=None, refine=refine)
    ae.set_params(epochs=1, random_state=0).fit(X)
    assert not ae.network_.has_exact_hessian
    (record,) = ae.history_["refinements"]
    assert record["loss_after"] < record["loss_before"]


@in_one_test(
    ("make", "message"),
    [
        (lambda: Conv2D(0, 3), "filters must be an integer of at least 1, got 0"),
        (lambda: Conv2D(4, 3.0), "kernel must be an integer of at least 1, or a tuple of 2, got 3.0"),
        (lambda: Conv2D(4, (3, 0)), r"kernel must be an integer of at least 1, or a tuple of 2, got \(3, 0\)"),
        (lambda: Conv2D(4, [3, 3]), r"kernel must be .*, got \[3, 3\]"),
        (lambda: Conv2D(4, (3, 3, 3)), r"kernel must be .* a tuple of 2, got \(3, 3, 3\)"),
        (lambda: Conv1D(4, True), "kernel must be an integer of at least 1, got True"),
        (lambda: Conv1D(4, 3, stride=-1), "stride must be an integer of at least 1, got -1"),
        (lambda: Conv1D(4, 3, dilation=0), "dilation must be an integer of at least 1, got 0"),
        (lambda: Conv1D(4, 3, activation="tan"), "activation must be one of"),
        (lambda: Conv1D(4, 3, padding=-1), "padding must be 'same', 'valid', an integer of at least 0 .*, got -1"),
        (lambda: Conv1D(4, 3, padding="full"), "padding must be 'same', 'valid'.*, got 'full'"),
        (lambda: Conv2D(4, 3, padding=(1, 2, 3)), r"padding must be .* for each axis, got \(1, 2, 3\)"),
        (lambda: Conv2D(4, 3, padding=((1, 2, 0), 1)), r"padding must be .*, got \(\(1, 2, 0\), 1\)"),
        (lambda: Conv1D(4, 3, padding=3), "padding must be less than the 3 that a window spans, got 3"),
        (lambda: Conv2D(4, (3, 1), padding=1), "padding must be less than the 3 x 1 that a window spans, got 1"),
        (
            lambda: ConvTranspose1D(4, 3, 2, 1, output_padding=2),
            "output_padding must be less than the stride 2, got 2",
        ),
        (lambda: ConvTranspose1D(4, 3, 2, 1, output_padding=-1), "output_padding must be an integer of at least 0"),
        (lambda: ConvTranspose1D(4, 3, 2, output_padding=1), "output_padding must be 0 with padding 'same', got 1"),
    ],
)
def test_numbers_that_cannot_be_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@in_one_test(
    ("layer", "in_shape", "message"),
    [
        (Conv2D(4, 5, padding="valid"), (4, 9, 1), "window must be at most the 4 x 9 of a sample"),
        (Conv2D(4, 3, padding=1, dilation=4), (6, 6, 1), "at most the 8 x 8 of a sample with its padding, got 9 x 9"),
        (Conv1D(4, 3, stride=9), (8, 2), "stride must be at most the 8 of a sample with its padding, got 9"),
        (ConvTranspose1D(4, 3, padding=2), (2, 2), r"padding must leave something of the output, got 2, size \(0,\)"),
        (Conv2D(4, 3), (784,), r"images \(H, W, C\) for Conv2D, got shape \(784,\). Use X.reshape\(-1, 28, 28, 1\)"),
        (Conv2D(4, 3), (20,), r"images \(H, W, C\) for Conv2D, got shape \(20,\). Use X.reshape\(-1, H, W, C\)"),
        (Conv2D(4, 3), (28, 27), r"got shape \(28, 27\). Use X.reshape\(-1, 28, 27, 1\)"),
        (Conv1D(4, 3), (100,), r"series \(T, C\) for Conv1D, got shape \(100,\). Use X.reshape\(-1, 100, 1\)"),
        (ConvTranspose1D(4, 3), (5, 5, 1), r"series \(T, C\) for ConvTranspose1D, got shape \(5, 5, 1\)"),
    ],
)
def test_samples_that_a_layer_cannot_take_are_refused(layer, in_shape, message):
    for method in (layer.parameters, layer.out_shape, lambda shape: layer.mirror(shape, "tanh")):
        with pytest.raises(ValueError, match=message):
            method(in_shape)


def test_a_flat_array_given_to_a_convolution_is_told_how_to_reshape():
    X = np.random.default_rng(0).random((5, 64))
    ae = Autoencoder([Conv2D(2, 3, stride=2, activation="identity"), Flatten(), Dense(2)], epochs=1, random_state=0)
    with pytest.raises(ValueError, match=r"encoder.0: samples must be images.*Use X.reshape\(-1, 8, 8, 1\)"):
        ae.fit(X)
    ae.fit(X.reshape(-1, 8, 8, 1))
    message = r"X must have samples of shape \(8, 8, 1\), as in fit, got \(64,\). Use X.reshape\(-1, 8, 8, 1\)."
    with pytest.raises(ValueError, match=message):
        ae.encode(X)


def test_other_numbers_of_channels_than_in_fit_are_refused():
    X = np.random.default_rng(0).random((5, 8, 2))
    ae = Autoencoder([Conv1D(2, 3, activation="identity"), Flatten(), Dense(2)], epochs=1, random_state=0).fit(X)
    with pytest.raises(ValueError, match=r"X must have samples of shape \(8, 2\), as in fit, got \(8, 1\)\.$"):
        ae.encode(X[..., :1])


def test_a_mirror_that_cannot_exist_names_the_layer_and_why():
    X = np.random.default_rng(0).random((5, 6))
    with pytest.raises(ValueError, match=r"encoder.0: Repeat has no mirror: .* need not be equal.*Pass decoder="):
        Autoencoder([Repeat(4), Conv1D(2, 3)]).fit(X)
    with pytest.raises(ValueError, match=r"encoder.1: Upsample has no mirror: pooling by \(2,\) does not lead"):
        Autoencoder([Reshape((3, 2)), Upsample(2, size=(9,))]).fit(X)
