"""Classes of one's own: the smallest that works, and what is said of those that cannot."""

import re
from dataclasses import dataclass

import numpy as np
import pytest

import npae


def without_address(value):
    """Return a name for a test that is the same in every process."""
    return re.sub(r" at 0x[0-9a-f]+", "", repr(value))


X = np.random.default_rng(0).random((9, 4))


@dataclass(frozen=True)
class OnlyEta(npae.Optimizer):
    """Gradient descent, with nothing but eta."""

    eta: float = 0.3

    def update(self, theta, g, arrays, numbers, scratch):
        theta -= numbers * g


@dataclass(frozen=True)
class NoEta(npae.Optimizer):
    def update(self, theta, g, arrays, numbers, scratch):
        theta -= g


class NoDataclass(npae.Optimizer):
    def __init__(self, eta=0.1):
        self.eta = eta


class Stranger:
    """Derives from nothing of npae."""

    eta = 0.1


class Halves(npae.Loss):
    """A loss without fields need not be a dataclass."""

    def forward(self, z, target, context):
        difference = z - target
        return float((difference**2).sum()) / context.samples, lambda: 2 * difference / context.samples


class NoLayer(npae.Layer):
    pass


@dataclass(frozen=True)
class Scale(npae.Layer):
    """y = s x, whose weights name no fans."""

    def parameters(self, in_shape):
        return {"s": npae.Weight(in_shape)}

    def forward(self, x, params, context):
        def backward(dy, grads):
            grads["s"][...] = (dy * x).sum(axis=0)
            return dy * params["s"]

        return x * params["s"], backward


def fitted(**params):
    return npae.Autoencoder(**{"encoder": [2], "epochs": 20, "random_state": 0, **params}).fit(X)


def test_an_optimizer_needs_eta_and_update_alone():
    own, ours = fitted(optimizer=OnlyEta(0.3)), fitted(optimizer=npae.GradientDescent(0.3))
    np.testing.assert_array_equal(own.theta_, ours.theta_)
    assert (OnlyEta().adapt, OnlyEta().weight_decay, OnlyEta().clip) == (None, 0.0, None)
    assert fitted(optimizer=OnlyEta(), refine=npae.Refine("CG", every=10)).n_epochs_ == 20
    assert npae.Classifier([4], optimizer=OnlyEta(), epochs=2).fit(X, [0, 1, 2] * 3).partial_fit(X, [0, 1, 2] * 3)


@pytest.mark.parametrize("initializer", ["glorot", "he", "lecun", "gaussian", None])
@pytest.mark.parametrize(("shape", "fans"), [((5,), (1, 1)), (5, (1, 1)), ((4, 3), (4, 3)), ((3, 3, 2, 8), (18, 8))])
def test_fans_follow_from_the_shape(shape, fans, initializer):
    weight = npae.Weight(shape)
    assert (weight.fan_in, weight.fan_out) == fans
    assert weight == npae.Weight(np.empty(shape).shape, *fans)
    assert (npae.Weight(shape, 7).fan_in, npae.Weight(shape, fan_out=9).fan_out) == (7, 9)
    npae.check_gradients(Scale(), in_shape=(5,))
    assert fitted(encoder=[Scale(), 2], decoder=[4], init=initializer).n_epochs_ == 20


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"optimizer": Stranger()}, r"One of your own .* derives from npae.Optimizer and defines update: see help\("),
        ({"optimizer": OnlyEta}, r"got <class .*Give an instance: OnlyEta\(\.\.\.\)"),
        ({"optimizer": NoEta()}, "optimizer must have a field eta, its learning rate, got NoEta without one"),
        (
            {"optimizer": NoDataclass()},
            r"optimizer must be a dataclass, got NoDataclass. Put @dataclass\(frozen=True\)",
        ),
        ({"optimizer": OnlyEta(-1)}, r"eta must be a number in \]0, inf\[, got -1"),
        ({"optimizer": OnlyEta(), "callbacks": [npae.StepDecay(2)]}, "field adapt for the schedule StepDecay.*Declare"),
        ({"loss": Stranger()}, "derives from npae.Loss and defines forward"),
        ({"loss": lambda z, target: 0.0}, "derives from npae.Loss and defines forward"),
        ({"noise": Stranger()}, "derives from npae.Noise and defines draw"),
        ({"penalty": [Stranger()]}, "derives from npae.Penalty and defines charge"),
        ({"init": Stranger()}, "derives from npae.Initializer and defines draw"),
        ({"callbacks": [Stranger()]}, "derives from npae.Callback and defines begin"),
        ({"encoder": [Stranger(), 2]}, r"encoder\[0\] must be a layer.* derives from npae.Layer and defines forward"),
        ({"encoder": [npae.Dense, 2]}, r"Give an instance: Dense\(\.\.\.\)"),
        ({"encoder": [NoLayer(), 2]}, r"encoder.0 must be a layer.*Put @dataclass\(frozen=True\) before its class"),
        ({"callbacks": [npae.EarlyStopping]}, r"Give an instance: EarlyStopping\(\.\.\.\)"),
        ({"refine": npae.Refine}, r"Give an instance: Refine\(\.\.\.\)"),
        ({"noise": npae.FlipPixels}, r"Give an instance: FlipPixels\(\.\.\.\)"),
        ({"penalty": npae.L2}, r"Give an instance: L2\(\.\.\.\)"),
    ],
    ids=without_address,
)
def test_a_class_that_cannot_work_is_told_what_to_derive_from(params, message):
    with pytest.raises(ValueError, match=message):
        fitted(**params)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: npae.Loss().forward(X, X, None), r"Loss must define forward\(z, target, context\)"),
        (lambda: npae.Initializer().draw(None, (2,), 1, 1), r"Initializer must define draw\(rng, shape"),
        (lambda: npae.Callback().begin(None, {}), r"Callback must define begin\(training, memory\)"),
    ],
)
def test_a_hook_that_is_missing_is_named(call, message):
    with pytest.raises(NotImplementedError, match=message):
        call()


def test_a_description_without_fields_need_not_be_a_dataclass():
    ae = fitted(loss=Halves())
    assert "loss" in ae.get_params(deep=True)
    with pytest.raises(ValueError, match="must name something inside"):
        ae.set_params(loss__reduction="sum")


@pytest.mark.parametrize(
    "base",
    [
        npae.Layer,
        npae.Loss,
        npae.Noise,
        npae.Penalty,
        npae.WeightPenalty,
        npae.Optimizer,
        npae.EtaSchedule,
        npae.BetaSchedule,
        npae.Callback,
        npae.Initializer,
    ],
)
def test_help_shows_a_complete_class_of_ones_own(base):
    assert f"(npae.{base.__name__}):" in base.__doc__ or "(npae.CodePenalty):" in base.__doc__
    assert "@dataclass(frozen=True)" in base.__doc__
