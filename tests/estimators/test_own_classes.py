"""Classes of one's own: the smallest that works, and what is said of those that cannot."""

import re
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import pytest
from looped import in_one_test

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


@in_one_test("initializer", ["glorot", "he", "lecun", "gaussian", None])
@in_one_test(("shape", "fans"), [((5,), (1, 1)), (5, (1, 1)), ((4, 3), (4, 3)), ((3, 3, 2, 8), (18, 8))])
def test_fans_follow_from_the_shape(shape, fans, initializer):
    weight = npae.Weight(shape)
    assert (weight.fan_in, weight.fan_out) == fans
    assert weight == npae.Weight(np.empty(shape).shape, *fans)
    assert (npae.Weight(shape, 7).fan_in, npae.Weight(shape, fan_out=9).fan_out) == (7, 9)
    npae.check_gradients(Scale(), in_shape=(5,))
    assert fitted(encoder=[Scale(), 2], decoder=[4], init=initializer).n_epochs_ == 20


@in_one_test(
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


@in_one_test(
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


@in_one_test(
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


def layer(forward=None, **methods):
    """Return a layer of one's own, with these methods."""
    methods = {"forward": forward or (lambda self, x, params, context: (x, lambda dy, grads: dy)), **methods}
    return dataclass(frozen=True)(type("Mine", (npae.Layer,), methods))()


def part(base, **methods):
    """Return an object of a class of one's own that derives from `base`."""
    fields = {"__annotations__": {"eta": float}, "eta": 0.1} if base is npae.Optimizer else {}
    return dataclass(frozen=True)(type("Mine", (base,), {"__module__": __name__, **fields, **methods}))()


def yields(value):
    @contextmanager
    def begin(self, training, memory):
        yield value

    return begin


def steps(self, theta, g, arrays, numbers, scratch):
    theta -= numbers * g


BACK = {"backward": lambda dy, grads: dy}
PROMISES = {  # what a class of one's own returns, and what is said
    "layer, y alone": (
        {"encoder": [layer(lambda self, x, params, context: x), 2]},
        r"encoder.0 \(Mine\): forward must return two, \(y, backward\), got an array of shape \(2, 4\)",
    ),
    "layer, nothing": (
        {"encoder": [2, layer(lambda self, x, params, context: None)]},
        r"encoder.1 \(Mine\): forward must return two, \(y, backward\), got None",
    ),
    "layer, no way back": (
        {"encoder": [2, layer(lambda self, x, params, context: (x, None))]},
        r"encoder.1 \(Mine\): forward must return \(y, backward\) with a function backward\(dy, grads\), got None",
    ),
    "layer, another shape": (
        {"encoder": [layer(lambda self, x, params, context: (x[:, :1], lambda dy, grads: dy)), 2]},
        r"encoder.0 \(Mine\): forward must return y of shape \(2, 4\), as its out_shape says, got .*\(2, 1\)",
    ),
    "layer, no dx": (
        {"encoder": [3, layer(lambda self, x, params, context: (x, lambda dy, grads: None))]},
        r"encoder.1 \(Mine\): backward must return dx of the shape of x, \(2, 3\), got None",
    ),
    "layer, parameters": (
        {"encoder": [layer(parameters=lambda self, in_shape: {"W": np.eye(4)}), 2]},
        r"\(Mine\): parameters must return a dict of Weight and Bias by name, got 'W', an array of shape \(4, 4\)",
    ),
    "layer, out_shape": (
        {"encoder": [layer(out_shape=lambda self, in_shape: 4), 2]},
        r"encoder.0 \(Mine\): out_shape must return the shape of one sample, a tuple, got int 4",
    ),
    "loss, value alone": (
        {"loss": part(npae.Loss, forward=lambda self, z, target, context: 0.5)},
        r"forward of Mine must return two, \(value, backward\), got float 0.5",
    ),
    "loss, value of samples": (
        {"loss": part(npae.Loss, forward=lambda self, z, target, context: (z.sum(axis=1), lambda: z))},
        r"forward of Mine must return a number as value, in \(value, backward\), got an array of shape \(2,\)",
    ),
    "loss, dz alone": (
        {"loss": part(npae.Loss, forward=lambda self, z, target, context: (0.5, z - target))},
        r"forward of Mine must return \(value, backward\) with a function backward\(\), got an array of shape \(2, 4\)",
    ),
    "loss, no dz": (
        {"loss": part(npae.Loss, forward=lambda self, z, target, context: (0.5, lambda: None))},
        r"backward of Mine must return dz of shape \(2, 4\), got None",
    ),
    "noise, draw": (
        {"noise": part(npae.Noise, draw=lambda self, x, rng: x)},
        r"draw of Mine must return two, \(a, b\), for samples a x \+ b, got an array of shape \(2, 4\)",
    ),
    "noise, apply": (
        {"noise": part(npae.Noise, apply=lambda self, x, rng: None)},
        r"apply of Mine must return an array of the shape of x, \(2, 4\), got None",
    ),
    "code penalty": (
        {"penalty": part(npae.CodePenalty, forward=lambda self, code, context: 0.5)},
        r"forward of Mine must return two, \(value, backward\), with a number as value, got float 0.5",
    ),
    "weight penalty": (
        {"penalty": part(npae.WeightPenalty, charge=lambda self, w, dw, share, context: None)},
        "charge of Mine must return a number, the penalty, got None",
    ),
    "initializer": (
        {"init": part(npae.Initializer, draw=lambda self, rng, shape, fan_in, fan_out: 0.0)},
        r"draw of Mine must return an array of shape \(4, 2\), got float 0.0",
    ),
    "optimizer, start": (
        {"optimizer": part(npae.Optimizer, update=steps, start=lambda self, theta: theta)},
        r"start of Mine must return a dict, its memory, got an array of shape \(22,\)",
    ),
    "optimizer, update": (
        {"optimizer": part(npae.Optimizer, update=lambda self, theta, g, *rest: theta - g)},
        "update of Mine must return nothing, and change theta in place, got an array .* Write theta -= ...,",
    ),
    "schedule, start": (
        {"callbacks": [part(npae.EtaSchedule, start=lambda self, loss: None)]},
        "start of Mine must return a dict, its memory, got None",
    ),
    "schedule, initial eta": (
        {"callbacks": [part(npae.EtaSchedule, initial_eta=lambda self, eta: None)]},
        "initial_eta of Mine must return a number, the first eta, got None",
    ),
    "schedule, update": (
        {"callbacks": [part(npae.EtaSchedule, update=lambda self, eta, *rest: eta)]},
        r"update of Mine must return two, \(eta, stands\), got float 0.01",
    ),
    "schedule, after_epoch": (
        {"callbacks": [part(npae.EtaSchedule, after_epoch=lambda self, *rest: None)]},
        "after_epoch of Mine must return a number, the next eta, got None",
    ),
    "callback, yields nothing": (
        {"callbacks": [part(npae.Callback, begin=yields(None))]},
        r"begin of Mine must return a context manager that gives a function, got None. Let it yield a function",
    ),
    "callback, a function that returns an array": (
        {"callbacks": [lambda training: training.theta > 0]},
        r"a callback must return something true to stop, else None, got an array of shape \(22,\)",
    ),
    "metric": (
        {"callbacks": [npae.Record([part(npae.Noise, __call__=lambda self, *pair: None)])]},
        "the metric Mine must return a number, or one for each sample, got None",
    ),
    "beta": (
        {"encoder": [npae.GaussianCode(2, beta=part(npae.BetaSchedule, at=lambda self, epoch: None))]},
        "at of Mine must return beta, a number of at least 0, got None",
    ),
}


@in_one_test("name", PROMISES)
def test_what_a_class_of_ones_own_returns_is_checked_once(name):
    params, message = PROMISES[name]
    decoder = {} if all(isinstance(item, int) for item in params.get("encoder", [2])) else {"decoder": [4]}
    with pytest.raises(TypeError, match=message):
        fitted(**decoder, **{"optimizer": "adam", **params})


@in_one_test("name", [name for name in PROMISES if "encoder" in PROMISES[name][0] and "beta" not in name])
def test_a_network_and_the_gradient_check_say_the_same(name):
    params, message = PROMISES[name]
    message = message.replace(r"\(2, ", r"\(\d, ")
    layers = [npae.Dense(item) if isinstance(item, int) else item for item in params["encoder"]]
    with pytest.raises(TypeError, match=message):
        npae.check_gradients(npae.Network(layers, [npae.Dense(4)], in_shape=(4,)))


def test_the_gradient_check_of_a_layer_alone_names_the_promise():
    with pytest.raises(TypeError, match=r"forward of Mine must return two, \(y, backward\), got an array of shape"):
        npae.check_gradients(layer(lambda self, x, params, context: x), in_shape=(3,))
    with pytest.raises(npae.GradientMismatch, match=r"backward of Mine must return dx of shape \(4, 3\), got None"):
        npae.check_gradients(layer(lambda self, x, params, context: (x, lambda dy, grads: None)), in_shape=(3,))


def test_an_error_of_ones_own_keeps_its_place():
    def forward(self, x, params, context):
        raise KeyError("mine")

    with pytest.raises(KeyError, match=r"encoder.0 \(Mine\): mine"):
        fitted(encoder=[layer(forward), 2], decoder=[4])


@in_one_test(
    ("subject", "hint"),
    [
        (
            Halves(),
            r"Check it in a network: npae.Network\(\[npae.Dense\(2\)\], \[npae.Dense\(5\)\], loss=..., in_shape",
        ),
        (npae.L2(0.1), "penalty=..., in_shape"),
        (npae.FlipPixels(1), "noise=..., in_shape"),
        (npae.Dense, r"Give an instance: Dense\(...\)"),
        (npae.Autoencoder([2], epochs=1).fit(np.eye(3)), "Give its network_"),
        ("mse", "'mse'"),
    ],
    ids=without_address,
)
def test_the_gradient_check_says_how_to_check_what_is_no_network(subject, hint):
    with pytest.raises(ValueError, match=f"subject must be a Network or a Layer, got .*{hint}"):
        npae.check_gradients(subject, in_shape=(3,))
