"""How theta moves: steps of optimizers, schedules of eta, and minimizers that never go up."""

import numpy as np
import scipy.optimize
from hypothesis import strategies as st
from properties import property_of
from strategies import networks, rngs, seeds

import npae
from npae.network import Shards
from npae.optimize import OPTIMIZERS, bfgs, hessian_free, powell
from npae.samples import Samples
from npae.training.frozen_objective import FrozenObjective

FIRST_ORDER = (
    npae.GradientDescent(0.1),
    npae.Momentum(0.1),
    npae.Momentum(0.1, 0.5, True),
    npae.RMSprop(),
    npae.Adam(),
)
rules = st.sampled_from(FIRST_ORDER)
NAMES = [f"npae.{name}" for name in ("GradientDescent", "Momentum", "RMSprop", "Adam", "Optimizer")]


def walked(rule, theta, gradients, eta=0.1):
    """Return theta after one step along each gradient, and the memory."""
    theta, memory = theta.copy(), rule.start(theta)
    for gradient in gradients:
        rule.step(theta, gradient.copy(), eta, memory)
    return theta, memory


@property_of(*NAMES, "npae.Optimizer.step", rule=rules, rng=rngs, steps=st.integers(1, 40))
def test_a_gradient_of_0_moves_nothing_and_any_other_goes_downhill_first(rule, rng, steps):
    theta, g = rng.standard_normal((2, 9))
    still, _ = walked(rule, theta, [0 * g] * steps)
    np.testing.assert_array_equal(still, theta)
    moved, _ = walked(rule, theta, [g])
    assert (np.sign(theta - moved) == np.sign(g)).all()


@property_of(
    *NAMES,
    "npae.Optimizer.move_part",
    "npae.Optimizer.start",
    "npae.Optimizer.begin",
    rule=rules,
    rng=rngs,
    cut=st.integers(1, 8),
)
def test_each_entry_moves_by_itself_so_that_theta_may_be_cut_anywhere(rule, rng, cut):
    theta, *gradients = rng.standard_normal((5, 9))
    whole, memory = walked(rule, theta, gradients)
    parts = [walked(rule, theta[part], [g[part] for g in gradients])[0] for part in (slice(cut), slice(cut, None))]
    np.testing.assert_array_equal(np.concatenate(parts), whole)
    assert all(np.isfinite(value).all() for value in memory.values())


@property_of("npae.Adam", "npae.RMSprop", rng=rngs, power=st.integers(-60, 60))
def test_adaptive_steps_do_not_depend_on_the_unit_of_the_loss(rng, power):
    theta, *gradients = rng.standard_normal((5, 9))
    for rule in (npae.Adam(epsilon=1e-80), npae.RMSprop(epsilon=1e-80)):
        one, other = (walked(rule, theta, [f * g for g in gradients])[0] for f in (1.0, 2.0**power))
        np.testing.assert_allclose(other, one, rtol=1e-12, atol=1e-13)


@property_of("npae.GradientDescent", "npae.Momentum", rng=rngs, rule=st.sampled_from(FIRST_ORDER[:3]))
def test_steps_without_adaptation_are_linear_in_the_gradient(rng, rule):
    theta, *gradients = rng.standard_normal((5, 9))
    one, other = (walked(rule, theta, [f * g for g in gradients])[0] for f in (1.0, 2.0))
    np.testing.assert_allclose(other - theta, 2 * (one - theta), rtol=1e-9, atol=1e-14)


@property_of(*NAMES, rule=rules, rng=rngs, decay=st.sampled_from([0.01, 0.5]), eta=st.sampled_from([0.001, 0.3]))
def test_weight_decay_shrinks_theta_before_the_step(rule, rng, decay, eta):
    theta, g = rng.standard_normal((2, 9))
    decaying = type(rule)(rule.eta, weight_decay=decay)
    moved, _ = walked(decaying, theta, [g], eta)
    plain, _ = walked(type(rule)(rule.eta), (1 - eta * decay) * theta, [g], eta)
    np.testing.assert_allclose(moved, plain, rtol=1e-12, atol=1e-15)


@property_of("npae.Optimizer", rng=rngs, clip=st.sampled_from([1e-3, 1.0]), size=st.sampled_from([1e-6, 1.0, 1e160]))
def test_a_clipped_gradient_is_no_longer_than_the_limit_and_keeps_its_direction(rng, clip, size):
    theta, g = np.zeros(9), size * rng.standard_normal(9)
    step = -walked(npae.GradientDescent(clip=clip), theta, [g], eta=1.0)[0]
    assert np.linalg.norm(step) <= clip * (1 + 1e-12)
    np.testing.assert_allclose(step / np.abs(step).max(), g / np.abs(g).max(), rtol=1e-9)


@property_of("npae.optimize.OPTIMIZERS", "npae.KFAC", few=2, many=15, name=st.sampled_from([*OPTIMIZERS]), seed=seeds)
def test_every_named_optimizer_lowers_the_loss_of_a_small_network(name, seed):
    X = np.random.default_rng(seed).random((12, 5))
    ae = npae.Autoencoder([3, 2], optimizer=name, epochs=30, random_state=seed).fit(X)
    losses = ae.history_["loss"]
    assert losses[-1] < losses[0] and np.isfinite(ae.theta_).all()


def etas(schedule, epochs, seed):
    """Return the etas of a training of so many epochs, and its losses."""
    X = np.random.default_rng(seed).random((6, 3))
    rule = npae.GradientDescent(0.5, adapt=schedule)
    history = npae.Autoencoder([2], optimizer=rule, epochs=epochs, random_state=seed).fit(X).history_
    return np.array(history["eta"]), history["loss"]


@property_of(
    "npae.StepDecay", "npae.EtaSchedule", every=st.integers(1, 5), factor=st.sampled_from([0.3, 1.0]), seed=seeds
)
def test_step_decay_is_a_geometric_series_with_steps(every, factor, seed):
    np.testing.assert_allclose(etas(npae.StepDecay(every, factor), 9, seed)[0], 0.5 * factor ** (np.arange(9) // every))


@property_of("npae.CosineDecay", epochs=st.integers(1, 12), minimum=st.sampled_from([0.0, 0.1]), seed=seeds)
def test_cosine_decay_falls_from_the_first_eta_to_the_minimum_and_stays(epochs, minimum, seed):
    found, _ = etas(npae.CosineDecay(epochs, minimum), 13, seed)
    assert found[0] == 0.5 and (np.diff(found) <= 0).all() and found.min() >= minimum
    np.testing.assert_allclose(found[epochs:], minimum, atol=1e-15)


@property_of("npae.WarmUp", epochs=st.integers(1, 8), then=st.sampled_from([None, npae.StepDecay(3)]), seed=seeds)
def test_warm_up_rises_evenly_to_the_first_eta_of_the_rule_after_it(epochs, then, seed):
    found, _ = etas(npae.WarmUp(epochs, then), 10, seed)
    np.testing.assert_allclose(found[:epochs], 0.5 * np.arange(1, epochs + 1) / (epochs + 1))
    assert found.max() <= 0.5 and (then or (found[epochs:] == 0.5).all())


@property_of(
    "npae.AdaptiveEta",
    grow=st.sampled_from([1.0, 1.3]),
    shrink=st.sampled_from([0.2, 0.7]),
    undo=st.booleans(),
    seed=seeds,
)
def test_the_bold_driver_stays_in_its_bounds_and_never_goes_up_if_it_undoes(grow, shrink, undo, seed):
    schedule = npae.AdaptiveEta(grow, shrink, 2, undo, minimum=0.05, maximum=0.9)
    found, losses = etas(schedule, 15, seed)
    assert found.min() >= 0.05 and found.max() <= 0.9
    assert not undo or (np.diff(losses) <= 0).all()


@property_of("npae.ReduceOnPlateau", patience=st.integers(1, 4), delta=st.sampled_from([0.0, 1.0]), seed=seeds)
def test_a_plateau_reduces_eta_and_nothing_raises_it(patience, delta, seed):
    found, _ = etas(npae.ReduceOnPlateau("loss", 0.5, patience, delta, minimum=0.1), 12, seed)
    assert (np.diff(found) <= 0).all() and found.min() >= 0.1
    if delta:  # nothing ever improves by so much
        np.testing.assert_allclose(found, np.maximum(0.1, 0.5 * 0.5 ** ((np.arange(12) - 1).clip(0) // patience)))


def quadratic(rng, n, condition):
    """Return f, its gradient, its product and its minimum, for a convex quadratic function."""
    Q, _ = np.linalg.qr(rng.standard_normal((n, n)))
    A, best = Q @ np.diag(np.geomspace(1, condition, n)) @ Q.T, rng.standard_normal(n)
    return lambda x: float((x - best) @ A @ (x - best)) / 2, lambda x: A @ (x - best), lambda x, v: A @ v, best


@property_of(
    *("npae.optimize.bfgs", "npae.optimize.hessian_free", "npae.optimize.powell"),
    few=5,
    method=st.sampled_from([bfgs, hessian_free, powell]),
    n=st.integers(1, 6),
    condition=st.sampled_from([1.0, 30.0, 1e3]),
    rng=rngs,
)
def test_a_minimizer_descends_at_every_iteration_to_the_minimum(method, n, condition, rng):
    f, gradient, product, best = quadratic(rng, n, condition)
    start, values = 3 * rng.standard_normal(n), []
    derivatives = {} if method is powell else {"jac": gradient}
    derivatives |= {"hessp": product} if method is hessian_free else {}
    options = {} if method is powell else {"gtol": 1e-8}
    result = scipy.optimize.minimize(
        f, start, method=method, callback=lambda x: values.append(f(x)), options=options, **derivatives
    )
    assert (np.diff([f(start), *values]) <= 1e-12 * f(start)).all() and result.fun <= f(start)
    np.testing.assert_allclose(result.fun, f(result.x), rtol=1e-9, atol=1e-14)
    if method is powell:
        assert result.fun <= 1e-2 * f(start)
    else:
        np.testing.assert_allclose(result.x, best, atol=1e-5)


@property_of("npae.optimize.bfgs", n=st.integers(1, 5), rng=rngs)
def test_a_shifted_function_is_minimised_along_shifted_points(n, rng):
    f, gradient, _, _ = quadratic(rng, n, 30.0)
    start, shift = rng.standard_normal((2, n))
    one = scipy.optimize.minimize(f, start, jac=gradient, method=bfgs)
    other = scipy.optimize.minimize(
        lambda x: f(x - shift) + 7, start + shift, jac=lambda x: gradient(x - shift), method=bfgs
    )
    np.testing.assert_allclose(other.x - shift, one.x, atol=1e-6)


@property_of(
    *("npae.Refine", "npae.Refine.improve", "npae.Refine.check", "npae.Refine.check_memory"),
    few=5,
    many=60,
    example=networks(kinds=("dense", "variational")),
    method=st.sampled_from(["BFGS", "CG", "L-BFGS-B", "TNC", "SLSQP", "Powell", "hessian-free", "trust-ncg", "COBYLA"]),
    iterations=st.integers(1, 4),
    layers=st.sampled_from([None, ["decoder"], ["encoder.0.b"]]),
)
def test_a_refinement_never_makes_the_loss_worse_nor_moves_what_it_may_not(example, method, iterations, layers):
    network, theta, samples = example.network, example.theta.astype(float), Samples(example.X)
    refine = npae.Refine(method, max_iterations=iterations, max_evaluations=60, layers=layers)
    refine.check(network)
    refine.check_memory(theta.size)
    with Shards(network) as shards:
        objective = FrozenObjective(network, shards, samples, np.random.default_rng(0))
        before = theta.copy()
        best, record = refine.improve(objective, theta)
        np.testing.assert_array_equal(theta, before)
        assert record["loss_after"] <= record["loss_before"] == objective.value(theta)
        np.testing.assert_allclose(objective.value(best), record["loss_after"], rtol=1e-12)
    assert record["iterations"] <= iterations and record["evaluations"] <= 60
    still = np.ones(theta.size, bool)
    still[network.indices(["encoder", "decoder"] if layers is None else layers)] = False
    np.testing.assert_array_equal(best[still], theta[still])


@property_of(
    *("npae.Adam", "npae.RMSprop", "npae.Autoencoder.fit", "npae.Autoencoder.partial_fit"),
    few=4,
    rule=st.sampled_from([npae.Adam(), npae.RMSprop(0.01)]),
    size=st.sampled_from([1e-90, 1e-50, 1e-9, 1e-6, 1e-3, 1e5, 1e50, 1e90]),
    stream=st.booleans(),
    seed=seeds,
)
def test_adaptive_optimizers_learn_numbers_of_any_size_alike(rule, size, stream, seed):
    X, losses = np.random.default_rng(seed).random((12, 4)), []
    for factor in (1.0, size):
        ae = npae.Autoencoder([3, 2], optimizer=rule, epochs=15, random_state=seed)
        for _ in range(15 if stream else 0):
            ae.partial_fit(factor * X)
        ae = ae if stream else ae.fit(factor * X)
        error = ae.reconstruct(factor * X) / factor - X
        losses.append(np.square(error).mean())
    np.testing.assert_allclose(losses[1], losses[0], rtol=0.02)


@property_of("npae.Adam", size=st.sampled_from([1e-25, 1e-12, 1e-6, 1e10, 1e25]), seed=seeds)
def test_single_precision_does_so_too(size, seed):
    X, errors = np.random.default_rng(seed).random((12, 4)), []
    for factor in (1.0, size):
        ae = npae.Autoencoder([3, 2], optimizer="adam", dtype="float32", epochs=15, random_state=seed).fit(factor * X)
        errors.append(np.square(ae.reconstruct(factor * X).astype(float) / factor - X).mean())
    np.testing.assert_allclose(errors[1], errors[0], rtol=0.05)


@property_of(
    *("npae.EtaSchedule.start", "npae.EtaSchedule.initial_eta", "npae.EtaSchedule.update"),
    *("npae.EtaSchedule.after_epoch", "npae.EtaSchedule.after_refinement", "npae.Optimizer.after_refinement"),
    rule=rules,
    eta=st.sampled_from([1e-3, 0.5]),
    loss=st.sampled_from([-2.0, 0.0, 3.0]),
    rng=rngs,
)
def test_a_schedule_that_overrides_nothing_keeps_eta_and_a_refinement_keeps_memories_finite(rule, eta, loss, rng):
    schedule = npae.EtaSchedule()
    memory = schedule.start(loss)
    assert schedule.initial_eta(eta) == eta and schedule.update(eta, loss, memory) == (eta, True)
    schedule.after_refinement(loss, memory)
    assert schedule.after_epoch(eta, None, memory) == eta and memory == {}
    _, moments = walked(rule, np.zeros(4), rng.standard_normal((3, 4)))
    rule.after_refinement(moments)
    assert all(np.isfinite(value).all() for value in moments.values())
