import math
from dataclasses import dataclass

import numpy as np
import pytest
from looped import in_one_test

import npae
from npae import AdaptiveEta, CosineDecay, ReduceOnPlateau, StepDecay, WarmUp
from npae.settings.description import describe, restore


def outcome(schedule, losses, eta=1.0):
    """Judge epochs that end at `losses`; return the etas, and whether the epochs stand."""
    memory = schedule.start(math.inf)
    etas, stood = [], []
    for loss in losses:
        eta, stands = schedule.update(eta, loss, memory)
        etas.append(eta)
        stood.append(stands)
    return etas, stood


def test_eta_grows_only_after_several_improvements_in_a_row():
    etas, stood = outcome(AdaptiveEta(grow=2.0, patience=3), [5, 4, 3, 2, 1, 0.5])
    np.testing.assert_allclose(etas, [1, 1, 2, 2, 2, 4])
    assert all(stood)


def test_a_worse_epoch_shrinks_eta_restarts_the_count_and_is_undone():
    etas, stood = outcome(AdaptiveEta(grow=2.0, shrink=0.5, patience=2), [5, 6, 4, 3])
    np.testing.assert_allclose(etas, [1, 0.5, 0.5, 1.0])
    assert stood == [True, False, True, True]


def test_without_undo_a_worse_epoch_stands_and_is_the_new_reference():
    _, stood = outcome(AdaptiveEta(undo=False), [5, 6, 5.5])
    assert stood == [True, True, True]


@pytest.mark.parametrize("loss", [math.nan, math.inf])
def test_an_epoch_that_ends_at_no_finite_loss_is_undone(loss):
    assert outcome(AdaptiveEta(), [loss])[1] == [False]


def test_an_estimated_loss_may_scatter_without_being_undone():
    schedule, memory, eta = AdaptiveEta(), AdaptiveEta().start(5.0), 1.0
    for loss in 1 + 0.04 * np.sin(np.arange(50)):
        eta, stands = schedule.update(eta, loss, memory, exact=False)
        assert stands
    assert eta >= 1
    assert schedule.update(eta, 2.0, memory, exact=False) == (eta / 2, True)
    assert schedule.update(eta, math.nan, memory, exact=False) == (eta / 2, False)


def test_a_rise_within_the_tolerance_stands():
    assert outcome(AdaptiveEta(tolerance=0.1), [2.0, 1.0, 1.05])[1] == [True, True, True]
    assert outcome(AdaptiveEta(tolerance=0.1), [2.0, 1.0, 1.15])[1] == [True, True, False]


def test_eta_stays_within_its_bounds():
    grown, _ = outcome(AdaptiveEta(grow=10, patience=1, maximum=50), [3, 2, 1])
    shrunk, _ = outcome(AdaptiveEta(shrink=0.1, minimum=0.05), [1, 2, 2, 2])
    assert max(grown) == 50
    assert min(shrunk) == 0.05


@in_one_test(
    ("field", "value"),
    [
        ("grow", 0.9),
        ("shrink", 1.0),
        ("shrink", 0),
        ("patience", 0),
        ("tolerance", -1),
        ("minimum", 2000),
        ("maximum", "x"),
        ("undo", "no"),
    ],
)
def test_bad_fields_are_refused(field, value):
    with pytest.raises(ValueError, match=f"{field} must be"):
        AdaptiveEta(**{field: value})


class Training:
    """As much of training as a schedule sees."""

    def __init__(self, epochs, losses=()):
        self.epoch, self.last_epoch, self.losses, self.validation = 0, epochs, losses, None

    def measure(self, name):
        return self.losses[self.epoch - 1]


def etas(schedule, epochs, losses=(), eta=1.0):
    """Return the eta of each epoch."""
    training, memory, seen = Training(epochs, losses), {"first": eta, **schedule.start(1.0)}, []
    eta = schedule.initial_eta(eta)
    for epoch in range(1, epochs + 1):
        seen.append(eta)
        training.epoch = epoch
        eta, stands = schedule.update(eta, 1.0, memory)
        assert stands
        eta = schedule.after_epoch(eta, training, memory)
    return seen


def test_step_decay_reduces_eta_every_few_epochs():
    np.testing.assert_allclose(etas(StepDecay(every=3, factor=0.1), 7), [1, 1, 1, 0.1, 0.1, 0.1, 0.01])


def test_cosine_decay_follows_its_published_formula():
    """Loshchilov & Hutter 2017, eq. 5."""
    expected = [0.1 + 0.9 * (1 + math.cos(math.pi * e / 8)) / 2 for e in range(8)]
    np.testing.assert_allclose(etas(CosineDecay(minimum=0.1), 8), expected, rtol=1e-12)
    np.testing.assert_allclose(etas(CosineDecay(epochs=4), 8)[4:], 0, atol=1e-15)


def test_warm_up_grows_linearly_and_hands_over():
    np.testing.assert_allclose(etas(WarmUp(3), 6), [0.25, 0.5, 0.75, 1, 1, 1])
    cosine = [(1 + math.cos(math.pi * e / 8)) / 2 for e in range(8)]
    np.testing.assert_allclose(etas(WarmUp(2, then=CosineDecay()), 8), [1 / 3, 2 / 3, *cosine[2:]], rtol=1e-12)


def test_warm_up_hands_over_to_an_adaptive_rule():
    np.testing.assert_allclose(etas(WarmUp(2, then=AdaptiveEta(grow=2, patience=1)), 5), [1 / 3, 2 / 3, 1, 2, 4])


def test_after_a_plateau_the_count_starts_from_scratch():
    losses = [5, 4, 4, 3.95, 4, 3, 3, 3, 3, 3]
    schedule = ReduceOnPlateau(factor=0.5, patience=3, min_delta=0.1)
    np.testing.assert_allclose(etas(schedule, 10, losses), [1, 1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.25])


def test_a_plateau_takes_eta_neither_below_its_minimum_nor_up_to_it():
    assert min(etas(ReduceOnPlateau(patience=1, minimum=0.2), 9, [1] * 9)) == 0.2
    assert set(etas(ReduceOnPlateau(patience=1, minimum=2.0), 9, [1] * 9)) == {1.0}


def test_accuracy_has_a_plateau_when_it_stops_growing():
    falling, growing = [0.9, 0.8, 0.7, 0.6], [0.6, 0.7, 0.8, 0.9]
    assert etas(ReduceOnPlateau("val_binary_accuracy", patience=2), 4, growing)[-1] == 1
    assert etas(ReduceOnPlateau("val_binary_accuracy", patience=2), 4, falling)[-1] == 0.5


SCHEDULES = [
    *(StepDecay(3), CosineDecay(), WarmUp(3), WarmUp(3, CosineDecay()), WarmUp(2, ReduceOnPlateau(patience=1))),
    *(ReduceOnPlateau(patience=1), AdaptiveEta(), WarmUp(2, AdaptiveEta())),
]


@in_one_test("schedule", SCHEDULES, ids=str)
@in_one_test("optimizer", [npae.GradientDescent, npae.Momentum, npae.RMSprop, npae.Adam])
@in_one_test("batch_size", [None, 5])
def test_every_schedule_works_with_every_optimizer(schedule, optimizer, batch_size):
    X = np.random.default_rng(0).random((20, 6))
    ae = npae.Autoencoder(
        [3], optimizer=optimizer(0.01, adapt=schedule), epochs=12, batch_size=batch_size, random_state=0
    )
    assert ae.fit(X).history_["loss"][-1] < ae.history_["loss"][0]
    assert restore(describe(schedule)) == schedule
    if not isinstance(schedule, (ReduceOnPlateau, AdaptiveEta)):
        assert len(set(ae.history_["eta"])) > 1


def test_a_schedule_among_the_callbacks_belongs_to_the_optimizer():
    X = np.random.default_rng(0).random((20, 6))
    one, other = (
        npae.Autoencoder([3], epochs=12, random_state=0, **params).fit(X)
        for params in ({"callbacks": [CosineDecay()]}, {"optimizer": npae.Adam(adapt=CosineDecay())})
    )
    np.testing.assert_array_equal(one.theta_, other.theta_)
    with pytest.raises(ValueError, match="callbacks must hold one eta schedule for an optimizer without adapt, got"):
        npae.Autoencoder([3], optimizer=npae.Adam(adapt=CosineDecay()), callbacks=[StepDecay()]).fit(X)
    with pytest.raises(ValueError, match=r"validation_data must be given to fit to monitor 'val_loss'"):
        npae.Autoencoder([3], callbacks=[ReduceOnPlateau("val_loss")]).fit(X)


@in_one_test(
    ("make", "message"),
    [
        (lambda: StepDecay(0), "every must be an integer"),
        (lambda: StepDecay(factor=0), "factor must be a number"),
        (lambda: StepDecay(factor=1.5), "factor must be a number"),
        (lambda: CosineDecay(epochs=0), "epochs must be an integer"),
        (lambda: CosineDecay(minimum=-1), "minimum must be a number"),
        (lambda: WarmUp(0), "epochs must be an integer"),
        (lambda: WarmUp(2, then="cosine"), "then must be None or another eta schedule such as"),
        (
            lambda: WarmUp(2, then=WarmUp(5)),
            "then must be None or another eta schedule such as",
        ),  # eta would not recover
        (lambda: ReduceOnPlateau(factor=1), "factor must be a number"),
        (lambda: ReduceOnPlateau(patience=0), "patience must be an integer"),
        (lambda: ReduceOnPlateau("vall_loss"), "monitor must be one of 'loss', 'val_loss'"),
        (lambda: ReduceOnPlateau(minimum=-1), "minimum must be a number"),
    ],
)
def test_bad_schedules_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(("schedule", "passes"), [(s, "AdaptiveEta" in str(s)) for s in SCHEDULES], ids=str)
def test_only_a_rule_that_compares_losses_evaluates_the_first_theta(schedule, passes, monkeypatch):
    X, calls = np.random.default_rng(0).random((20, 6)), []
    original = npae.Network.value

    def value(self, theta, X, *args, **options):
        calls.append(len(X))
        return original(self, theta, X, *args, **options)

    monkeypatch.setattr(npae.Network, "value", value)
    npae.Autoencoder([3], optimizer=npae.Adam(adapt=schedule), epochs=2, batch_size=5, random_state=0).fit(X)
    assert calls == [20] * passes


LOSSES = [3.0, 2.0, 2.019, 1.5, 1.56, 1.0, 1.05, 0.9, 2.6, 0.88, math.nan, 0.87, 0.5, 0.6, 0.4, 40.0, 0.3]


@in_one_test("constant", [-1000.0, -2.0, -0.9, 0.0, 5.0, 1e6])
@in_one_test("exact", [True, False])
@in_one_test("start", [4.0, math.inf])
@in_one_test(
    "schedule",
    [AdaptiveEta(), AdaptiveEta(tolerance=0.02), AdaptiveEta(undo=False), WarmUp(2, AdaptiveEta(tolerance=0.1))],
    ids=str,
)
def test_a_constant_that_is_added_to_the_loss_changes_no_decision(schedule, start, exact, constant):
    def decisions(constant):
        memory, eta, made = {"first": 1.0, **schedule.start(start + constant)}, 1.0, []
        for number, loss in enumerate(LOSSES):
            if number == 9:
                schedule.after_refinement(0.89 + constant, memory)
            eta, stands = schedule.update(eta, loss + constant, memory, exact)
            made.append((eta, stands))
        return made

    assert decisions(constant) == decisions(0.0)


def test_an_estimate_may_lose_less_than_half_of_what_was_gained():
    schedule = AdaptiveEta()
    for loss, stands in ((5.9, True), (6.1, False), (100.0, False)):
        memory = schedule.start(10.0)
        schedule.update(1.0, 2.0, memory, exact=False)
        memory.update(loss=2.0, spread=0.0)
        assert schedule.update(1.0, loss, memory, exact=False) == (0.5, stands)


def test_a_memory_from_before_the_gain_was_kept_is_taken():
    memory = {"first": 1.0, "loss": 2.0, "spread": 0.1, "improved": 0}
    assert AdaptiveEta().update(1.0, 1.5, memory, exact=False) == (1.0, True)
    assert AdaptiveEta().update(1.0, 3.5, memory, exact=False) == (0.5, False)


@dataclass(frozen=True)
class Shifted(npae.Loss):
    """The mean squared error plus a constant."""

    constant: float = 0.0

    def forward(self, z, target, context):
        share = context.share_of_mean(z)
        value = float(np.sum(share * (z - target) ** 2)) + self.constant * len(z) / context.samples
        return value, lambda: 2 * share * (z - target)


@in_one_test("batch_size", [None, 5])
@in_one_test("eta", [0.3, 30.0])
@in_one_test("constant", [-8.0, 4.0])
def test_training_with_a_constant_in_the_loss_takes_the_same_steps(constant, eta, batch_size):
    X = np.random.default_rng(0).random((20, 6))
    options = {"optimizer": npae.GradientDescent(eta, AdaptiveEta()), "epochs": 40, "batch_size": batch_size}
    plain, shifted = (npae.Autoencoder([3], loss=Shifted(c), random_state=0, **options).fit(X) for c in (0.0, constant))
    assert plain.history_["eta"] == shifted.history_["eta"]
    np.testing.assert_allclose(shifted.theta_, plain.theta_, rtol=1e-8, atol=1e-10)


def test_a_loss_that_can_never_be_reached_again_is_given_up():
    """Such as that of a refinement which fitted the noise that it saw."""
    schedule, eta, stood = AdaptiveEta(), 1.0, []
    memory = schedule.start(1.0)
    schedule.after_refinement(0.01, memory)
    for loss in 0.9 + 0.01 * np.sin(np.arange(30)):
        eta, stands = schedule.update(eta, loss, memory, exact=False)
        stood.append(stands)
    assert stood == [False] * 10 + [True] * 20
    assert eta > 1e-4


def test_noise_in_batches_is_no_rise_of_the_loss():
    """The first loss is measured with noise too: clean, it would be one that no epoch reaches."""
    X = np.random.default_rng(0).random((40, 6))
    ae = npae.Autoencoder(
        [3],
        loss="mse",
        noise=npae.GaussianNoise(1.0),
        init=npae.Gaussian(2.0),
        optimizer=npae.GradientDescent(0.01, AdaptiveEta()),
        epochs=6,
        batch_size=5,
        random_state=0,
    ).fit(X)
    assert min(ae.history_["eta"]) == 0.01
    assert len(set(ae.history_["loss"])) == 6


def test_a_growing_beta_in_batches_is_no_rise_of_the_loss():
    ae = npae.Autoencoder(
        [npae.GaussianCode(2, beta=npae.BetaWarmUp(20, 30.0))],
        optimizer=npae.GradientDescent(0.001, AdaptiveEta()),
        epochs=25,
        batch_size=10,
        random_state=0,
    )
    ae.fit(np.random.default_rng(0).random((40, 6)))
    assert len(set(ae.history_["loss"])) == 25
    assert min(ae.history_["eta"][:20]) == 0.001
