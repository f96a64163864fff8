"""Pooling and upsampling against slow loops; their mirrors and errors."""

import itertools

import numpy as np
import pytest
from looped import in_one_test

from npae import (
    Autoencoder,
    AveragePool1D,
    AveragePool2D,
    Conv2D,
    ConvTranspose2D,
    Dense,
    Flatten,
    MaxPool1D,
    MaxPool2D,
    Reshape,
    Upsample,
)
from npae.layers.context import Context

POOLS = [
    ((2, 2), None, "valid", (5, 4)),
    ((3, 2), (2, 1), "valid", (5, 4)),
    ((2, 3), (2, 3), "same", (5, 7)),
    ((3, 3), (2, 2), ((1, 0), (2, 1)), (6, 5)),
    ((2, 2), (3, 3), "valid", (8, 8)),
    ((3,), (2,), "same", (6,)),
    ((2,), None, "valid", (7,)),
]


def windows_of(x, kernel, stride, padding, count):
    """Yield (place, list of the (source, value) pairs in its window) for one sample (*size, C) and channel 0."""
    size = x.shape[:-1]
    stride = stride or kernel
    if padding == "same":
        totals = [max((c - 1) * s + k - n, 0) for c, s, k, n in zip(count, stride, kernel, size, strict=True)]
        before = [total // 2 for total in totals]
    else:
        before = [0] * len(size) if padding == "valid" else [pair[0] for pair in padding]
    for place in itertools.product(*map(range, count)):
        sources = itertools.product(
            *(range(p * s - b, p * s - b + k) for p, s, b, k in zip(place, stride, before, kernel, strict=True))
        )
        yield place, [s for s in sources if all(0 <= i < n for i, n in zip(s, size, strict=True))]


def evaluate(layer, x, dy):
    """Return copies of y and dx."""
    context = Context(x.dtype)
    context.begin(len(x))
    y, backward = layer.forward(x, {}, context)
    y = y.copy()
    return y, backward(dy.copy(), {}).copy()


@in_one_test(("kernel", "stride", "padding", "size"), POOLS, ids=str)
@in_one_test("kind", ["max", "average"])
def test_pooling_equals_the_slow_loop(kind, kernel, stride, padding, size):
    one, two = (MaxPool1D, MaxPool2D) if kind == "max" else (AveragePool1D, AveragePool2D)
    layer = (one if len(size) == 1 else two)(kernel, stride, padding)
    rng = np.random.default_rng(0)
    x = rng.integers(-3, 3, (2, *size, 3)).astype(float) - 5  # with ties, and below the zeros of any padding
    dy = rng.standard_normal((2, *layer.out_shape(x.shape[1:])))
    expected, expected_dx = np.zeros_like(dy), np.zeros_like(x)
    for n, c in itertools.product(range(2), range(3)):
        for place, sources in windows_of(x[n], kernel, stride, padding, dy.shape[1:-1]):
            values = [x[n][source][c] for source in sources]
            if kind == "max":
                expected[n][place][c] = max(values)
                expected_dx[n][sources[int(np.argmax(values))]][c] += dy[n][place][c]
            else:
                expected[n][place][c] = np.mean(values)
                for source in sources:
                    expected_dx[n][source][c] += dy[n][place][c] / len(sources)
    y, dx = evaluate(layer, x, dy)
    np.testing.assert_allclose(y, expected, rtol=1e-13)
    np.testing.assert_allclose(dx, expected_dx, rtol=1e-12, atol=1e-14)


@in_one_test(
    ("factor", "size", "in_size"),
    [
        (2, None, (3, 4)),
        ((2, 3), (5, 10), (3, 4)),
        (2, (7, 9), (3, 4)),
        (3, (2, 2), (2, 1)),
        (2, None, (5,)),
        (3, (8,), (2,)),
        (3, 8, (2,)),
    ],
    ids=str,
)
def test_upsampling_repeats_every_number_and_then_the_last(factor, size, in_size):
    layer, rng = Upsample(factor, size), np.random.default_rng(0)
    factors = factor if isinstance(factor, tuple) else (factor,) * len(in_size)
    x = rng.standard_normal((2, *in_size, 3))
    out = (size,) if isinstance(size, int) else size or tuple(f * n for f, n in zip(factors, in_size, strict=True))
    dy = rng.standard_normal((2, *out, 3))
    expected, expected_dx = np.zeros_like(dy), np.zeros_like(x)
    for place in itertools.product(*map(range, out)):
        source = tuple(min(p // f, n - 1) for p, f, n in zip(place, factors, in_size, strict=True))
        expected[(slice(None), *place)] = x[(slice(None), *source)]
        expected_dx[(slice(None), *source)] += dy[(slice(None), *place)]
    y, dx = evaluate(layer, x, dy)
    np.testing.assert_array_equal(y, expected)
    np.testing.assert_allclose(dx, expected_dx, rtol=1e-12)


@in_one_test("pool", [MaxPool2D(2), MaxPool2D(3, 2), AveragePool2D((2, 3)), AveragePool2D(3, 2, "same")])
def test_the_mirror_of_pooling_restores_every_size(pool):
    for H, W in itertools.product(range(3, 9), range(3, 9)):
        small = pool.out_shape((H, W, 2))
        assert pool.mirror((H, W, 2), "tanh").out_shape(small) == (H, W, 2)


def test_the_mirror_of_upsampling_averages_what_it_repeated():
    x = np.random.default_rng(0).standard_normal((2, 3, 4, 1))
    for up in (Upsample((2, 3)), Upsample((2, 3), size=(5, 10))):
        pool = up.mirror((3, 4, 1), "tanh")
        y = up.forward(x, {}, Context())[0]
        np.testing.assert_allclose(pool.forward(y, {}, Context())[0], x, rtol=1e-13)


def test_an_encoder_with_pooling_needs_no_decoder():
    X = np.random.default_rng(0).random((6, 9, 7, 1))
    encoder = [
        Conv2D(3, 3, activation="relu"),
        MaxPool2D(2),
        Conv2D(4, 3, activation="identity"),
        AveragePool2D(2),
        Flatten(),
        Dense(3),
    ]
    ae = Autoencoder(encoder, loss="bce", epochs=2, random_state=0).fit(X)
    kinds = [type(layer) for layer in ae.network_.decoder.layers]
    assert kinds == [Dense, Reshape, Upsample, ConvTranspose2D, Upsample, ConvTranspose2D]
    assert [ae.network_.decoder.layers[i].activation for i in (0, 3, 5)] == ["identity", "relu", "identity"]
    assert ae.reconstruct(X).shape == X.shape


def test_pooling_an_image_twice_in_one_pass_leaves_the_samples_alone():
    x = np.random.default_rng(0).standard_normal((2, 4, 4, 1))
    before = x.copy()
    for layer in (MaxPool2D(2), AveragePool2D(2), Upsample(2)):
        evaluate(layer, x, np.ones((2, *layer.out_shape((4, 4, 1)))))
    np.testing.assert_array_equal(x, before)


@in_one_test(
    ("make", "message"),
    [
        (lambda: MaxPool2D(0), "kernel must be an integer of at least 1, or a tuple of 2, got 0"),
        (lambda: AveragePool1D(2, stride=0), "stride must be an integer of at least 1, got 0"),
        (lambda: MaxPool1D(2, padding=2), "padding must be less than the 2 that a window spans, got 2"),
        (lambda: Upsample(0), "factor must be an integer of at least 1, got 0"),
        (lambda: Upsample((2, 1.5)), r"factor must be an integer of at least 1, or a tuple of 2, got \(2, 1.5\)"),
        (lambda: Upsample(2, size=(3, 0)), r"size must be an integer of at least 1, or a tuple of 2, got \(3, 0\)"),
        (lambda: Upsample(2, size=0), "size must be an integer of at least 1, got 0"),
        (lambda: Upsample((2, 2), size=(3,)), r"size must be .*, got \(3,\)"),
    ],
)
def test_numbers_that_cannot_be_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@in_one_test(
    ("layer", "in_shape", "message"),
    [
        (MaxPool2D(3), (2, 5, 1), "window must be at most the 2 x 5 of a sample"),
        (MaxPool1D(2, stride=6), (5, 1), "stride must be at most the 5 of a sample"),
        (
            AveragePool2D(2),
            (16,),
            r"images \(H, W, C\) for AveragePool2D, got shape \(16,\). Use X.reshape\(-1, 4, 4, 1\)",
        ),
        (Upsample(2), (16,), r"samples must be series \(T, C\) or images \(H, W, C\) for Upsample, got shape \(16,\)"),
        (Upsample((2, 2)), (16, 1), r"factor must be an integer of at least 1, got \(2, 2\)"),
    ],
)
def test_samples_that_a_layer_cannot_take_are_refused(layer, in_shape, message):
    with pytest.raises(ValueError, match=message):
        layer.out_shape(in_shape)
