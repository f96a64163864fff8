"""check_gradients finds what is wrong with a linearization or a curvature that has the right shapes."""

from dataclasses import replace

import numpy as np
import pytest
from test_own_curvature import Half, Scale, given

import npae
from npae import check_gradients

THRICE = given("along", lambda f: lambda rx, v: (3 * f(rx, v)[0], lambda dy, p: f(rx, v)[1](3 * dy, p)))
BACK = given("along", lambda f: lambda rx, v: (f(rx, v)[0], lambda dy, p: f(rx, v)[1](dy, p) * 2))


def doubled(back):
    """Return a way back whose product is twice what it should be."""

    def wrong(dy, products):
        dx = back(dy, products)
        products["s"] *= 2
        return dx

    return wrong


PRODUCT = given("along", lambda f: lambda rx, v: (f(rx, v)[0], doubled(f(rx, v)[1])))
NOT_FILLED = given("along", lambda f: lambda rx, v: (f(rx, v)[0], lambda dy, p: f(rx, v)[1](dy, {"s": np.empty(4)})))
OF_LAYER = {
    "3 times along": (THRICE, r"Scale\.linearize\.along\[\d, \d\], .* by along, .* by central differences \(.* 2\)"),
    "no transpose in x": (BACK, r"Scale\.linearize\.back: dx, .* by back, .* by the transpose of along"),
    "no transpose in s": (PRODUCT, r"Scale\.linearize\.back: s, .* by back, .* by the transpose of along"),
    "never filled": (NOT_FILLED, r"Scale\.linearize\.back: s, nan by back"),
    "y": (
        lambda right: replace(right, y=right.y + 1e-3),
        r"Scale\.linearize\.y\[\d, \d\], .* by linearize, ",
    ),
}
OF_LOSS = {
    "times": (given("times", lambda f: lambda rz: 2 * f(rz)), r"Half\.curvature\.times\[\d, \d\], .* by times"),
    "half times": (given("times", lambda f: lambda rz: f(rz) / 2), r"Half\.curvature\.times\[\d, \d\], .* by times"),
    "draw": (
        given("draw", lambda f: lambda signs: 2 * f(signs)),
        r"Half\.curvature\.draw\[\d, \d\], .* the cov",
    ),
    "total": (given("total", lambda f: lambda: 2 * f()), r"Half\.curvature\.total\[\d\], .* by total, .* by times"),
}


def network(layer=None, loss=None):
    return npae.Network([layer or Scale(), npae.Dense(2, "tanh")], [npae.Dense(4)], loss or Half(), in_shape=(4,))


def test_right_ones_pass():
    assert check_gradients(Scale(), in_shape=(4,)).error < 1e-6
    assert check_gradients(network()).error < 1e-6


@pytest.mark.parametrize("what", OF_LAYER)
def test_a_wrong_linearization_is_named(what):
    broken, said = OF_LAYER[what]
    with pytest.raises(npae.GradientMismatch, match=f"linearize and curvature must be right to 1e-06: .*{said}"):
        check_gradients(Scale(broken), in_shape=(4,))


@pytest.mark.parametrize("what", ["3 times along", "no transpose in s"])
@pytest.mark.parametrize("at", [0, 1])
def test_a_wrong_linearization_is_named_within_a_network_too(what, at):
    broken, said = OF_LAYER[what]
    layers = [npae.Dense(4, "tanh"), npae.Dense(2)]
    layers.insert(at, Scale(broken))
    with pytest.raises(npae.GradientMismatch, match=said.replace("Scale", rf"encoder\.{at}")):
        check_gradients(npae.Network(layers, [npae.Dense(4)], in_shape=(4,)))


@pytest.mark.parametrize("what", OF_LOSS)
def test_a_wrong_curvature_is_named(what):
    broken, said = OF_LOSS[what]
    with pytest.raises(npae.GradientMismatch, match=f"linearize and curvature must be right to 1e-06: .*{said}"):
        check_gradients(network(loss=Half(broken)))


def test_a_high_tolerance_reports_the_error():
    report = check_gradients(Scale(THRICE), in_shape=(4,), tolerance=10)
    assert report.error == pytest.approx(2, rel=1e-6) and report.ways == ("along", "central differences")
    assert "by along" in report._repr_html_()


def test_what_breaks_its_promise_is_a_type_error():
    with pytest.raises(TypeError, match=r"Scale\.linearize must return an npae.Linearization, got None"):
        check_gradients(Scale(lambda right: None), in_shape=(4,))
    with pytest.raises(TypeError, match="curvature of Half must return an npae.LossCurvature, got None"):
        check_gradients(network(loss=Half(lambda right, z: None)))


@pytest.mark.parametrize("loss", ["mse", "bce", "cross_entropy"])
def test_the_losses_of_npae_pass_with_weights(loss):
    rng = np.random.default_rng(0)
    T = np.eye(4)[rng.integers(4, size=5)]
    net = npae.Network([npae.Dense(3, "tanh")], [npae.Dense(4)], loss, in_shape=(4,))
    report = check_gradients(net, rng.random((5, 4)), T, sample_weight=np.arange(5.0))
    assert report.error < 1e-6 and not report.ways


def test_noise_charges_and_series_pass():
    code = npae.GaussianCode(2)
    net = npae.Network([npae.Noisy(npae.GaussianNoise(0.1)), code], [npae.Dense(4)], "bce", in_shape=(4,))
    assert check_gradients(net).error < 1e-6
    mask = np.arange(6) < np.array([[6], [4], [3]])
    series = npae.Network([npae.LSTM(3)], [npae.Repeat(6), npae.LSTM(2, sequences=True)], in_shape=(6, 2))
    assert check_gradients(series, np.random.default_rng(0).random((3, 6, 2)), mask=mask, entries=5).error < 1e-6
