"""What all parts of a model have in common: they are plain data, whether they are npae's or one's own."""

import copy
import json
import pickle
from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st
from layer_examples import layers
from properties import property_of
from strategies import initializers, noises, optimizers, penalties

import npae
from npae.settings.description import describe, restore

shares = st.sampled_from([0.0, 0.1, 0.5])
schedules = st.sampled_from(
    [
        npae.StepDecay(3, 0.5),
        npae.CosineDecay(5, 0.01),
        npae.WarmUp(2, npae.CosineDecay()),
        npae.AdaptiveEta(1.2, 0.7, undo=False),
        npae.ReduceOnPlateau("loss", 0.3, 2),
    ]
)
callbacks = st.sampled_from(
    [
        npae.EarlyStopping("loss", patience=3),
        npae.EarlyStopping("loss", target=0.1, iterations=True),
        npae.Checkpoint("a.npz", every=2),
        npae.Record(["mse"], every=2),
        npae.UnitReport(),
        npae.CodeReport(),
        npae.Converged(0.1, 0.0),
        npae.JSONLog("a.jsonl"),
        npae.TensorBoard("runs"),
        npae.Progress(),
    ]
)
ranges = st.sampled_from([npae.study.Uniform(1e-3, 1.0, log=True), npae.study.Integers(2, 8, step=3)])
scalers = st.just(npae.series.ChannelScaler((1.0, 2.0), (0.5, 3.0)))
refinements = st.sampled_from(
    [npae.Refine("CG", every=2), npae.Refine("trust-ncg", curvature="gauss_newton"), npae.Refine(layers=["decoder"])]
)


@dataclass(frozen=True)
class OwnLayer(npae.Layer):
    factor: float = 2.0

    def forward(self, x, params, context):
        return self.factor * x, lambda dy, grads: self.factor * dy

    def mirror(self, in_shape, activation):
        return OwnLayer(1 / self.factor)


@dataclass(frozen=True)
class OwnLoss(npae.Loss):
    power: int = 4

    def forward(self, z, target, context):
        difference, share = z - target, context.share_of_mean(z)
        value = float(np.sum(share * difference**self.power))
        return value, lambda: self.power * share * difference ** (self.power - 1)


@dataclass(frozen=True)
class OwnWeightPenalty(npae.WeightPenalty):
    weight: float = 0.1

    def charge(self, w, dw, share, context):
        if dw is not None:
            dw += 4 * self.weight * share * w**3
        return self.weight * share * float(np.sum(w**4))


@dataclass(frozen=True)
class OwnCodePenalty(npae.CodePenalty):
    weight: float = 0.1

    def forward(self, code, context):
        weighted = self.weight * context.share_of_samples(code) * code

        def backward(dcode):
            dcode += 2 * weighted

        return float(np.sum(weighted * code)), backward


@dataclass(frozen=True)
class OwnNoise(npae.Noise):
    size: float = 0.1

    def draw(self, x, rng):
        return 1.0, (self.size * rng.random(x.shape)).astype(x.dtype)


@dataclass(frozen=True)
class OwnInitializer(npae.Initializer):
    value: float = 0.3

    def draw(self, rng, shape, fan_in, fan_out):
        return self.value * rng.choice([-1.0, 1.0], shape)


@dataclass(frozen=True)
class OwnOptimizer(npae.Optimizer):
    eta: float = 0.01

    def update(self, theta, g, arrays, numbers, scratch):
        theta -= numbers * np.sign(g)


@dataclass(frozen=True)
class OwnSchedule(npae.EtaSchedule):
    rate: float = 0.1

    def after_epoch(self, eta, training, memory):
        return eta * (1 - self.rate)


@dataclass(frozen=True)
class OwnBeta(npae.BetaSchedule):
    top: float = 1.0

    def at(self, epoch):
        return min(self.top, epoch)


OWN = {
    "npae.Layer": OwnLayer(0.5),
    "npae.Loss": OwnLoss(2),
    "npae.WeightPenalty": OwnWeightPenalty(1.0),
    "npae.CodePenalty": OwnCodePenalty(1.0),
    "npae.Noise": OwnNoise(0.2),
    "npae.Initializer": OwnInitializer(0.1),
    "npae.Optimizer": OwnOptimizer(0.02),
    "npae.EtaSchedule": OwnSchedule(0.2),
    "npae.BetaSchedule": OwnBeta(2.0),
}
parts = st.one_of(
    layers.map(lambda example: example[0]),
    *(noises, penalties, initializers, optimizers, schedules, callbacks, ranges, scalers, refinements),
    st.sampled_from([*OWN.values()]),
)


@property_of(
    *OWN,
    *("npae.Penalty", "npae.Callback", "npae.Checkpoint", "npae.JSONLog", "npae.TensorBoard"),
    *("npae.study.Uniform", "npae.study.Integers", "npae.series.ChannelScaler", "npae.Refine"),
    few=30,
    many=400,
    part=parts,
)
def test_a_part_is_plain_data_that_outlives_files_pickles_and_copies(part):
    copies = [restore(json.loads(json.dumps(describe(part)))), pickle.loads(pickle.dumps(part)), copy.deepcopy(part)]
    for other in copies:
        assert other == part and type(other) is type(part) and repr(other) == repr(part)
    if _hashable(part):
        assert {hash(other) for other in copies} == {hash(part)}


def _hashable(part):
    """Return whether a part has no lists or dicts inside."""
    return not any(isinstance(value, (list, dict)) for value in [part, *getattr(part, "__dict__", {}).values()])


@property_of(
    *OWN,
    "npae.WeightPenalty.charge",
    "npae.CodePenalty.forward",
    "npae.Loss.forward",
    "npae.Layer.forward",
    "npae.Noise.draw",
    "npae.Initializer.draw",
    "npae.Optimizer.update",
    few=2,
    many=20,
    penalty=st.sampled_from(["npae.WeightPenalty", "npae.CodePenalty"]),
    seed=st.integers(0, 9),
)
def test_parts_of_ones_own_train_a_model_that_is_saved_like_any_other(penalty, seed):
    rng = np.random.default_rng(seed)
    X = rng.random((8, 3))
    network = npae.Network([OWN["npae.Layer"], npae.Dense(2)], [npae.Dense(3)], OwnLoss(), in_shape=(3,))
    assert npae.check_gradients(network, X, random_state=seed).error < 1e-6
    ae = npae.Autoencoder(
        [OWN["npae.Layer"], npae.Dense(2, "tanh")],
        loss=OWN["npae.Loss"],
        noise=OWN["npae.Noise"],
        penalty=OWN[penalty],
        init=OWN["npae.Initializer"],
        optimizer=npae.Adam(0.01, adapt=OWN["npae.EtaSchedule"]) if seed % 2 else OWN["npae.Optimizer"],
        epochs=3,
        random_state=seed,
    ).fit(X)
    copy_of = pickle.loads(pickle.dumps(ae))
    np.testing.assert_array_equal(copy_of.reconstruct(X), ae.reconstruct(X))
    assert repr(copy_of) == repr(ae) and np.isfinite(ae.theta_).all()


ERRORS = {
    "npae.TrainingDiverged": npae.TrainingDiverged,
    "npae.NotFittedError": npae.NotFittedError,
    "npae.FileError": npae.FileError,
    "npae.GradientMismatch": npae.GradientMismatch,
    "npae.WorkerLost": npae.WorkerLost,
    "npae.study.RunLost": npae.study.RunLost,
    "npae.TrainingWarning": npae.TrainingWarning,
    "npae.NotConverged": npae.NotConverged,
    "npae.CollapsedCode": npae.CollapsedCode,
    "npae.FillsWorseThanMean": npae.FillsWorseThanMean,
    "npae.NeglectedColumns": npae.NeglectedColumns,
    "npae.NoBetterThanMean": npae.NoBetterThanMean,
    "npae.PosteriorCollapse": npae.PosteriorCollapse,
}


@property_of(*ERRORS, few=13, many=30, name=st.sampled_from([*ERRORS]), text=st.sampled_from(["a", "b c", ""]))
def test_an_error_comes_out_of_another_process_as_it_went_in(name, text):
    error = ERRORS[name](text)
    other = pickle.loads(pickle.dumps(error))
    assert type(other) is type(error) and str(other) == str(error) == text
    assert issubclass(ERRORS[name], UserWarning) == (name in [*ERRORS][6:])
