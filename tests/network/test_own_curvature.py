"""A curvature or a linearization of one's own that breaks its promise is named by one error before training."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
from looped import in_one_test

import npae
from npae import KFAC, Autoencoder, Refine

X = np.random.default_rng(0).random((10, 4))
CURVED = {
    "kfac": {"optimizer": KFAC(), "refine": None},
    "hessian-free": {"optimizer": None, "refine": Refine("hessian-free", max_iterations=2)},
    "trust-ncg": {"optimizer": None, "refine": Refine("trust-ncg", curvature="gauss_newton", max_iterations=2)},
}


@dataclass(frozen=True)
class Half(npae.Loss):
    """mean((z - t)^2) / 2, whose curvature is what `broken` makes of the right one."""

    broken: Any = field(default=lambda right, z: right)

    def forward(self, z, target, context):
        difference, share = context.blank(z - target), context.share_of_mean(z)
        return float(np.sum(share * difference**2) / 2), lambda: share * difference

    def curvature(self, z, target, context):
        H = context.blank(context.share_of_mean(z) * np.ones_like(z))
        right = npae.LossCurvature(lambda rz: H * rz, lambda signs: np.sqrt(H) * signs, lambda: H.sum(axis=0))
        return self.broken(right, z)


@dataclass(frozen=True)
class Scale(npae.Layer):
    """y = s x, whose linearization is what `broken` makes of the right one."""

    broken: Any = field(default=lambda right: right)

    def parameters(self, in_shape):
        return {"s": npae.Bias(in_shape, 1.1)}

    def mirror(self, in_shape, activation):
        return []

    def forward(self, x, params, context):
        def backward(dy, grads):
            np.sum(dy * x, axis=0, out=grads["s"])
            return dy * params["s"]

        return params["s"] * x, backward

    def linearize(self, x, params, context):
        s = params["s"]

        def along(rx, v):
            def back(dy, products):
                np.sum(dy * x, axis=0, out=products["s"])
                return dy * s

            return v["s"] * x + (0.0 if rx is None else s * rx), back

        def factors(dy):
            return dy * s, {"s": (np.ones((1, 1)), (dy * x).T @ (dy * x))}

        return self.broken(npae.Linearization(s * x, along, factors))


def given(part: str, make: Any) -> Any:
    """Return what puts another function in the place of one of a linearization or curvature."""
    return lambda right, *_: replace(right, **{part: make(getattr(right, part))})


NAN = float("nan")
OF_LOSS = {
    "None": (lambda right, z: None, "curvature of Half must return an npae.LossCurvature, got None"),
    "array": (lambda right, z: np.ones(3), "curvature of Half must return an npae.LossCurvature, got an array"),
    "times": (given("times", lambda f: lambda rz: f(rz)[:, :1]), r"curvature of Half: times\(rz\) must return an arr"),
    "draw": (given("draw", lambda f: lambda signs: f(signs).sum()), r"curvature of Half: draw\(signs\) must return"),
    "total": (given("total", lambda f: lambda: np.ones(3)), r"curvature of Half: total\(\) must return an array \(4, "),
    "NaN times": (given("times", lambda f: lambda rz: f(rz) * NAN), r"times\(rz\) must return finite numbers"),
    "NaN draw": (given("draw", lambda f: lambda signs: f(signs) * NAN), r"draw\(signs\) must return finite numbers"),
    "NaN total": (given("total", lambda f: lambda: f() * NAN), r"total\(\) must return finite numbers"),
    "negative": (given("times", lambda f: lambda rz: -f(rz)), r"times must return H with v'Hv >= 0 .* convex in z\?"),
    "negative for one number": (
        given("times", lambda f: lambda rz: f(rz) * [1, 1, 1, -0.1]),
        "curvature of Half: times must return H with v'Hv >= 0",
    ),
}
OF_LAYER = {
    "None": (lambda right: None, r"encoder.0 \(Scale\): linearize must return an npae.Linearization, got None"),
    "tuple": (lambda right: (right.y, right.along), "linearize must return an npae.Linearization, got a tuple of 2"),
    "shape of y": (lambda right: replace(right, y=right.y[:, :2]), r"linearize must return y of shape \(\d, 4\), as"),
    "another y": (lambda right: replace(right, y=right.y * 2), "linearize must return the y of forward, got .* differ"),
    "along": (given("along", lambda f: lambda rx, v: f(rx, v)[0]), r"along must return two, \(ry, back\), got an arr"),
    "ry": (given("along", lambda f: lambda rx, v: (f(rx, v)[0].T, 1)), r"along must return ry of the shape of y"),
    "NaN": (given("along", lambda f: lambda rx, v: (f(rx, v)[0] * NAN, 1)), r"along must return finite numbers"),
    "back": (given("along", lambda f: lambda rx, v: (f(rx, v)[0], 1)), r"along must return \(ry, back\) with a funct"),
    "dx": (
        given("along", lambda f: lambda rx, v: (f(rx, v)[0], lambda dy, p: f(rx, v)[1](dy, p)[:, :1])),
        "linearize: back must return dx of the shape of x",
    ),
    "products": (
        given("along", lambda f: lambda rx, v: (f(rx, v)[0], lambda dy, p: p.update(s=np.ones(4)))),
        "must be filled in place",
    ),
    "factors": (given("factors", lambda f: lambda dy: f(dy)[0]), r"factors must return two, \(dx, \{name: \(L, R\)\}"),
    "L": (
        given("factors", lambda f: lambda dy: (dy, {"s": (np.eye(2), np.eye(4))})),
        r"factors must return L of shape \(1, 1\) for 's' of shape \(4,\), got an array of shape \(2, 2\)",
    ),
    "R": (given("factors", lambda f: lambda dy: (dy, {"s": (np.eye(1), np.eye(3))})), r"return R of shape \(4, 4\)"),
    "name": (given("factors", lambda f: lambda dy: (dy, {"W": (np.eye(1), np.eye(4))})), "return factors of 's', got"),
    "NaN factor": (
        given("factors", lambda f: lambda dy: (dy, {"s": (np.eye(1), np.eye(4) * NAN)})),
        "factors must return finite numbers as R of 's'",
    ),
}


def train(encoder=(2,), loss="mse", kind="kfac", data=X, **options):
    options = CURVED[kind] | {"epochs": 1, "random_state": 0} | options
    return Autoencoder(list(encoder), loss=loss, **options).fit(data)


@pytest.mark.filterwarnings("ignore::npae.TrainingWarning")
@pytest.mark.parametrize("kind", CURVED)
def test_right_parts_are_trained(kind):
    assert np.isfinite(train((Scale(), 2), Half(), kind).history_["loss"]).all()


@pytest.mark.parametrize("what", OF_LOSS)
def test_a_curvature_that_breaks_its_promise_is_named(what):
    broken, said = OF_LOSS[what]
    with pytest.raises(TypeError, match=said):
        train(loss=Half(broken))


@pytest.mark.parametrize("what", OF_LAYER)
def test_a_linearization_that_breaks_its_promise_is_named(what):
    broken, said = OF_LAYER[what]
    with pytest.raises(TypeError, match=said):
        train((Scale(broken), 2))


@in_one_test("kind", CURVED)
def test_whatever_wants_curvature_tries_it_first(kind):
    with pytest.raises(TypeError, match="curvature of Half must return"):
        train(loss=Half(lambda right, z: None), kind=kind)
    with pytest.raises(TypeError, match="linearize must return"):
        train((3, Scale(lambda right: (1, 2)), 2), kind=kind)


def test_least_squares_tries_a_linearization_too():
    with pytest.raises(TypeError, match=r"encoder.0 \(Scale\): linearize must return the y of forward"):
        train((Scale(lambda right: replace(right, y=right.y * 2)), 2), optimizer=None, refine=Refine("least_squares"))


@pytest.mark.filterwarnings("ignore::npae.TrainingWarning")
def test_nothing_is_tried_where_nothing_is_wanted():
    def refuse(right, *_):
        raise AssertionError

    assert train((Scale(refuse), 2), Half(refuse), optimizer="adam", refine=None).history_["loss"]


@pytest.mark.filterwarnings("ignore::npae.TrainingWarning")
def test_gaps_and_weights_are_no_fault():
    data = X.copy()
    data[0, 1] = data[3, 2] = np.nan
    assert np.isfinite(train((Scale(), 2), Half(), data=data, missing="ignore").history_["loss"]).all()
    model = Autoencoder([Scale(), 2], loss=Half(), **CURVED["kfac"], epochs=1, random_state=0)
    assert np.isfinite(model.fit(X, sample_weight=np.arange(10.0)).history_["loss"]).all()


def test_a_product_that_fails_says_why():
    network = npae.Network([Scale(lambda right: None), npae.Dense(2)], [npae.Dense(4)], in_shape=(4,))
    theta = network.init(np.random.default_rng(0))
    with pytest.raises(TypeError, match=r"encoder.0 \(Scale\): linearize must return an npae.Linearization, got None"):
        network.gauss_newton_product(theta, theta, X)


@dataclass(frozen=True)
class Drawn(Scale):
    """y = s x + noise, drawn by forward and linearize alike."""

    stochastic = True

    def forward(self, x, params, context):
        y, backward = super().forward(x, params, context)
        return y + (0.0 if context.rng is None else context.code_rng.standard_normal(x.shape)), backward

    def linearize(self, x, params, context):
        noise = 0.0 if context.rng is None else context.code_rng.standard_normal(x.shape)
        made = super().linearize(x, params, context)
        return replace(made, y=made.y + noise)


@pytest.mark.filterwarnings("ignore::npae.TrainingWarning")
def test_what_is_drawn_is_drawn_again_alike():
    assert np.isfinite(train((Drawn(), 2)).history_["loss"]).all()
    assert npae.check_gradients(Drawn(), in_shape=(4,)).error < 1e-6
