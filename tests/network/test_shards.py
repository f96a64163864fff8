import subprocess
import sys
from dataclasses import dataclass

import numpy as np
import pytest
from looped import in_one_test
from team_threads import team_size

import npae
from npae import Dense, Network
from npae.layers import Layer
from npae.network import Shards
from npae.samples import Samples


@dataclass(frozen=True)
class Noise(Layer):
    """Adds Gaussian noise while training."""

    stochastic = True

    def forward(self, x, params, context):
        return x + context.rng.standard_normal(x.shape) if context.training else x, lambda dy, grads: dy


@dataclass(frozen=True)
class Broken(Layer):
    """Fails in one direction, in every thread that sees the row of sevens."""

    way: str

    def forward(self, x, params, context):
        bad = bool((x == 7).any())
        if bad and self.way == "forward":
            raise FloatingPointError("seven is not a number for me")

        def backward(dy, grads):
            if bad and self.way == "backward":
                raise KeyError("seven")
            return dy

        return x, backward


def network(*middle, dtype=np.float64):
    return Network(
        [Dense(9, "tanh"), *middle, Dense(3, "tanh")], [Dense(9, "tanh"), Dense(12)], in_shape=(12,), dtype=dtype
    )


def data(n=50, dtype=np.float64):
    return np.random.default_rng(1).random((n, 12)).astype(dtype)


@in_one_test("threads", [1, 2, 3, 5])
def test_shards_add_up_to_the_batch(threads):
    net, X = network(), data()
    theta = net.init(np.random.default_rng(0))
    value, gradient = net.value_and_gradient(theta, X)
    with Shards(net, threads) as shards:
        np.testing.assert_allclose(shards.evaluate(theta, Samples(X)), value, rtol=1e-13)
        np.testing.assert_allclose(shards.gradient, gradient, rtol=1e-10, atol=1e-16)
        np.testing.assert_allclose(shards.evaluate(theta, Samples(X), gradient=False), value, rtol=1e-13)


@in_one_test("threads", [1, 2, 4])
@in_one_test("dtype", [np.float32, np.float64])
def test_chosen_rows_are_those_rows(threads, dtype):
    net, X, rows = network(dtype=dtype), data(dtype=dtype), np.array([3, 49, 0, 7, 7])
    theta = net.init(np.random.default_rng(0))
    value, gradient = net.value_and_gradient(theta, X[rows])
    with Shards(net, threads) as shards:
        for some in (rows, rows[:2], rows):
            value, gradient = net.value_and_gradient(theta, X[some])
            rtol = 100 * np.finfo(dtype).eps
            np.testing.assert_allclose(shards.evaluate(theta, Samples(X), rows=some), value, rtol=rtol)
            np.testing.assert_allclose(shards.gradient, gradient, rtol=1000 * rtol, atol=rtol)


@pytest.mark.parametrize("threads", [3, 64])
def test_more_threads_than_samples_leave_some_idle(threads):
    net, X = network(), data(2)
    theta = net.init(np.random.default_rng(0))
    with Shards(net, threads) as shards:
        shards.evaluate(theta, Samples(data(200)))
        np.testing.assert_allclose(shards.evaluate(theta, Samples(X)), net.value(theta, X), rtol=1e-13)
        np.testing.assert_allclose(shards.gradient, net.value_and_gradient(theta, X)[1], rtol=1e-10, atol=1e-16)


def fitted(threads, encoder=(9, 3), **params):
    settings = {"decoder": [9, 12], "epochs": 3, "batch_size": 64, "random_state": 0} | params
    return npae.Autoencoder(list(encoder), threads=threads, **settings).fit(data(300)).theta_


@in_one_test("params", [{}, {"batch_size": None}, {"dtype": "float32"}, {"encoder": [9, Noise(), 3]}], ids=str)
@in_one_test("threads", [1, 2, 3])
def test_equal_seeds_and_threads_give_equal_bits(threads, params):
    first, *others = (fitted(threads, **params) for _ in range(3))
    for theta in others:
        np.testing.assert_array_equal(theta, first)


@in_one_test(
    "params",
    [
        {},
        {"batch_size": None},
        {"refine": npae.Refine("CG", max_iterations=3), "optimizer": None, "batch_size": None},
    ],
    ids=str,
)
def test_the_number_of_threads_changes_nothing_but_rounding(params):
    one, three = fitted(1, **params), fitted(3, **params)
    np.testing.assert_allclose(three, one, rtol=1e-6, atol=1e-8)


def test_threads_share_the_optimizers_step(monkeypatch):
    monkeypatch.setattr(npae.optimize.optimizer, "WORTH_SHARING", 1)
    monkeypatch.setattr(npae.optimize.optimizer, "PIECE", 10)
    shared = [fitted(threads) for threads in (1, 2, 5)]
    monkeypatch.undo()
    np.testing.assert_array_equal(shared[0], fitted(1))
    np.testing.assert_allclose(shared[1], shared[0], rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(shared[2], shared[0], rtol=1e-6, atol=1e-8)


@in_one_test("threads", [1, 2, 4])
@in_one_test(
    ("way", "error", "message"),
    [
        ("forward", FloatingPointError, r"encoder\.1 \(Broken\): seven is not a number for me"),
        ("backward", KeyError, r"encoder\.1 \(Broken\): seven"),
    ],
)
@in_one_test("row", [0, 49])
def test_an_exception_in_a_thread_surfaces_with_its_layer_and_the_team_goes_on(threads, way, error, message, row):
    net = Network([Shifted(), Broken(way)], [Dense(12)], in_shape=(12,))
    theta, good = net.init(np.random.default_rng(0)), data()
    bad = good.copy()
    bad[row] = 7
    with Shards(net, threads) as shards:
        for _ in range(3):
            with pytest.raises(error, match=message):
                shards.evaluate(theta, Samples(bad))
            np.testing.assert_allclose(shards.evaluate(theta, Samples(good)), net.value(theta, good), rtol=1e-12)


@dataclass(frozen=True)
class Shifted(Layer):
    """Leaves everything as it is."""

    def forward(self, x, params, context):
        return x, lambda dy, grads: dy


def test_threads_end_with_a_fit_that_fails():
    ae = npae.Autoencoder([Broken("forward"), 3], decoder=[12], threads=4, epochs=2, scale=None)
    with pytest.raises(FloatingPointError, match="encoder.0"):
        ae.fit(np.full((20, 12), 7.0))
    assert team_size(0) == 0


def test_threads_are_a_positive_number():
    for bad in (0, -1, 1.5, "two"):
        with pytest.raises(ValueError, match="threads must be an integer of at least 1"):
            npae.Autoencoder([3], threads=bad).fit(data())


def test_a_small_batch_gets_one_thread():
    counts = []
    assert team_size(0) == 0
    npae.Autoencoder([3], epochs=1, callbacks=[lambda training: counts.append(team_size(0))]).fit(data())
    assert counts == [0]


@pytest.mark.skipif(sys.platform == "win32", reason="signals are another matter there")
@pytest.mark.parametrize("times", [2, pytest.param(20, marks=pytest.mark.slow)])
def test_an_interrupt_ends_a_fit_on_threads_and_keeps_the_model(times):
    """SIGINT falls anywhere: in the loop, in a queue, between the two. So often per setting, each to an endless fit."""
    code = """
import npae, os, signal, sys, threading, time, warnings
times = int(sys.argv[1])
signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever runs the tests in the background ignores it
warnings.simplefilter("ignore")
X = npae.datasets.load_font("capitals").pixels
for settings in ({"threads": 2}, {"threads": 3, "batch_size": 8}, {"threads": 2, "refine": npae.Refine("BFGS")}):
    for i in range(times):
        timer = threading.Timer(0.026 * i / times, os.kill, (os.getpid(), signal.SIGINT))
        begin = lambda training: training.epoch == 1 and timer.start()  # a busy machine takes long until then
        ae = npae.Autoencoder([29, 2], epochs=10**9, random_state=0, callbacks=[begin], **settings).fit(X)
        told = settings, i, ae.stop_reason_
        assert ae.stop_reason_ == "interrupted" and len(ae.history_["loss"]) == ae.n_epochs_, told
print("ended", 3 * times, "times")
"""
    done = subprocess.run([sys.executable, "-c", code, str(times)], capture_output=True, text=True, timeout=90)
    assert done.stdout == f"ended {3 * times} times\n", done.stderr


@in_one_test("count", [0, -1, 2.5, None, "2"])
def test_codes_are_computed_by_at_least_one_thread(count):
    net = network()
    with pytest.raises(ValueError, match="threads must be an integer of at least 1"):
        net.encode(net.init(np.random.default_rng(0)), data(), threads=count)


@in_one_test("threads", [1, 2])
@in_one_test("at_a_time", [1, 7, 20, 100])
def test_samples_that_are_evaluated_some_at_a_time_add_up_to_the_whole(threads, at_a_time):
    network = npae.Network([Dense(3, "tanh")], [Dense(5)], in_shape=5, penalty=npae.L2(0.1))
    X, theta = np.random.default_rng(0).random((20, 5)), network.init(np.random.default_rng(1))
    value, gradient = network.value_and_gradient(theta, X)
    with Shards(network, threads, at_a_time) as shards:
        for rows in (None, np.arange(20)[::-1]):
            np.testing.assert_allclose(shards.evaluate(theta, Samples(X), rows=rows), value, rtol=1e-12)
            np.testing.assert_allclose(shards.gradient, gradient, rtol=1e-10, atol=1e-12)
            np.testing.assert_allclose(shards.evaluate(theta, Samples(X), rows=rows, gradient=False), value, rtol=1e-12)
