"""Losses, penalties, noises and initialisers: what their formulas promise for all numbers."""

import numpy as np
from hypothesis import strategies as st
from properties import property_of
from strategies import initializers, rngs, seeds

import npae
from npae.layers.context import Context
from npae.losses import BinaryCrossEntropy, CrossEntropy, MeanSquaredError

shapes = st.tuples(st.integers(1, 5), st.integers(2, 5))
magnitudes = st.sampled_from([1e-150, 1e-3, 1.0, 40.0, 1e150])
all_losses = st.sampled_from([MeanSquaredError(), MeanSquaredError("sum"), BinaryCrossEntropy(), CrossEntropy()])
factors = st.sampled_from([0.0, 0.5, 2.0, 1024.0])  # powers of two, which round nothing


def context_of(rows, **options):
    made = Context()
    made.begin(rows, **options)
    return made


def logits_and_targets(loss, shape, rng, size=1.0):
    """Return z of a size, and targets that the loss is defined on."""
    z, t = size * rng.standard_normal(shape), rng.random(shape)
    if isinstance(loss, MeanSquaredError):
        return z, size * t
    return z, t / t.sum(axis=1, keepdims=True) if isinstance(loss, CrossEntropy) else t


@property_of("npae.Loss", few=8, many=100, loss=all_losses, shape=shapes, rng=rngs, size=magnitudes)
def test_a_loss_is_finite_and_at_least_0_with_a_derivative_that_leads_down(loss, shape, rng, size):
    z, t = logits_and_targets(loss, shape, rng, size)
    before = z.copy(), t.copy()
    loss.check_target(t)
    value, back = loss.forward(z, t, context_of(len(z)))
    dz = np.array(back())
    assert np.isfinite(value) and value >= -1e-12 * max(1.0, size) and np.isfinite(dz).all() and dz.shape == z.shape
    np.testing.assert_array_equal(z, before[0])
    np.testing.assert_array_equal(t, before[1])
    step = 1e-3 * size / max(float(np.abs(dz).max()), 1e-300)
    assert loss.forward(z - step * dz, t, context_of(len(z)))[0] <= value


@property_of("npae.Loss", loss=all_losses, shape=shapes, rng=rngs)
def test_a_loss_is_convex_and_least_at_the_target(loss, shape, rng):
    z, t = logits_and_targets(loss, shape, rng)
    other = logits_and_targets(loss, shape, rng)[0]
    at = [loss.forward(w * z + (1 - w) * other, t, context_of(len(z)))[0] for w in (0, 0.25, 1)]
    assert at[1] <= 0.75 * at[0] + 0.25 * at[2] + 1e-12
    perfect = t if isinstance(loss, MeanSquaredError) else np.log(t) - np.log1p(-t)
    perfect = np.log(t) if isinstance(loss, CrossEntropy) else perfect
    value, back = loss.forward(perfect, t, context_of(len(z)))
    assert value <= min(at) + 1e-12 and np.abs(back()).max() < 1e-12


@property_of("npae.LossCurvature", loss=all_losses, shape=shapes, rng=rngs)
def test_the_curvature_of_a_loss_is_the_derivative_of_its_derivative(loss, shape, rng):
    z, t = logits_and_targets(loss, shape, rng)
    curvature, (u, v) = loss.curvature(z, t, context_of(len(z))), rng.standard_normal((2, *shape))
    Hu, Hv = (np.array(curvature.times(w)) for w in (u, v))
    np.testing.assert_allclose(np.vdot(u, Hv), np.vdot(v, Hu), rtol=1e-9, atol=1e-12)
    assert np.vdot(u, Hu) >= -1e-15
    h = 1e-5
    ahead, behind = (np.array(loss.forward(z + s * h * u, t, context_of(len(z)))[1]()) for s in (1, -1))
    np.testing.assert_allclose((ahead - behind) / (2 * h), Hu, rtol=1e-5, atol=1e-9)
    drawn = np.array(curvature.draw(np.sign(v)))
    assert drawn.shape == shape
    total = np.asarray(curvature.total())
    ones = np.ones(shape[1]) if total.ndim == 2 else 1.0
    np.testing.assert_allclose(
        total @ ones if total.ndim == 2 else total, curvature.times(np.ones(shape)).sum(axis=0), rtol=1e-9, atol=1e-12
    )


@property_of("npae.Loss.predict", "npae.Loss.check_target", loss=all_losses, shape=shapes, rng=rngs, size=magnitudes)
def test_a_prediction_is_one_that_the_loss_takes_as_a_target(loss, shape, rng, size):
    z, _ = logits_and_targets(loss, shape, rng, size)
    loss.predict(z, context_of(len(z)))
    assert np.isfinite(z).all()
    loss.check_target(z)


@property_of(
    *("npae.L1", "npae.L2", "npae.WeightPenalty", "npae.WeightPenalty.charge"),
    weight=st.sampled_from([0.0, 0.01, 3.0]),
    factor=factors,
    rng=rngs,
)
def test_penalties_of_weights_grow_by_powers_of_a_common_factor(weight, factor, rng):
    w = rng.standard_normal((3, 4))
    for penalty, power in ((npae.L1(weight), 1), (npae.L2(weight), 2)):
        dw, scaled = np.zeros_like(w), np.zeros_like(w)
        value = penalty.charge(w, dw, 1.0, context_of(1))
        assert value >= 0 and penalty.charge(0 * w, None, 1.0, context_of(1)) == 0
        grown = penalty.charge(factor * w, scaled, 1.0, context_of(1))
        np.testing.assert_allclose(grown, factor**power * value, rtol=1e-12)
        np.testing.assert_allclose(np.vdot(scaled, factor * w), power * grown, rtol=1e-12, atol=1e-300)
        assert penalty.charge(w, None, 0.5, context_of(1)) == 0.5 * value


@property_of(
    "npae.L2.curvature", weight=st.sampled_from([0.0, 0.01, 3.0]), share=st.sampled_from([0.25, 1.0]), rng=rngs
)
def test_the_curvature_of_l2_is_the_change_of_its_derivative(weight, share, rng):
    penalty, (w, v) = npae.L2(weight), rng.standard_normal((2, 3, 4))
    before, after = np.zeros_like(w), np.zeros_like(w)
    penalty.charge(w, before, share, context_of(1))
    penalty.charge(w + v, after, share, context_of(1))
    np.testing.assert_allclose(penalty.curvature(w, v, share), after - before, rtol=1e-9, atol=1e-12)


@property_of(
    *("npae.CodeL1", "npae.CodeKL", "npae.CodePenalty", "npae.CodePenalty.forward", "npae.CodePenalty.check"),
    weight=st.sampled_from([0.0, 0.2, 5.0]),
    target=st.sampled_from([0.05, 0.5]),
    rng=rngs,
)
def test_penalties_of_codes_are_at_least_0_and_least_where_they_lead(weight, target, rng):
    code = rng.random((4, 3))
    for penalty, quiet in (
        (npae.CodeL1(weight), np.zeros_like(code)),
        (npae.CodeKL(target, weight), np.full_like(code, target)),
    ):
        penalty.check(npae.Dense(3, "sigmoid"))
        value, back = penalty.forward(code, context_of(4))
        dcode = np.zeros_like(code)
        back(dcode)
        assert value >= 0 and abs(penalty.forward(quiet, context_of(4))[0]) <= 1e-12
        ahead = penalty.forward(code - 1e-4 * dcode, context_of(4))[0]
        assert ahead <= value + 1e-15
        order = rng.permutation(4)
        np.testing.assert_allclose(penalty.forward(code[order], context_of(4))[0], value, rtol=1e-12)


@property_of("npae.MaxNorm", "npae.MaxNorm.project", limit=st.sampled_from([1e-3, 1.0, 3.0]), rng=rngs, size=magnitudes)
def test_a_bound_holds_after_one_projection_and_turns_no_weight(limit, rng, size):
    w = size * size * rng.standard_normal((2, 3, 4))
    before, bound = w.copy(), npae.MaxNorm(limit)
    bound.project(w)
    norms = np.linalg.norm(w.reshape(-1, 4), axis=0)
    assert (norms <= limit * (1 + 1e-12)).all()
    once = w.copy()
    bound.project(w)
    np.testing.assert_allclose(w, once, rtol=1e-12)
    assert (np.sign(once) == np.sign(before)).all() and (np.abs(once) <= np.abs(before)).all()


all_noises = st.one_of(
    st.builds(npae.GaussianNoise, st.sampled_from([0.0, 0.1, 2.0])),
    st.builds(npae.MaskPixels, st.sampled_from([0.0, 0.3, 1.0])),
    st.builds(npae.SaltAndPepper, st.sampled_from([0.0, 0.3, 1.0])),
    st.builds(npae.FlipPixels, st.integers(1, 6)),
    st.builds(npae.FlipPixels, st.none(), st.sampled_from([0.0, 0.4, 1.0])),
)


@property_of(
    *("npae.Noise", "npae.Noise.apply", "npae.Noise.check", "npae.Noise.draw"),
    *("npae.GaussianNoise", "npae.MaskPixels", "npae.SaltAndPepper", "npae.FlipPixels"),
    few=10,
    many=100,
    noise=all_noises,
    shape=st.sampled_from([(1, 6), (4, 7), (3, 2, 3), (2, 3, 2, 1)]),
    kind=st.sampled_from(["float64", "float32", "uint8", "bool"]),
    seed=seeds,
)
def test_noise_keeps_the_shape_and_leaves_its_input_alone(noise, shape, kind, seed):
    clean = np.random.default_rng(seed).integers(0, 2, shape).astype(kind)
    before = clean.copy()
    noise.check(shape[1:])
    noisy, again = (noise.apply(clean, np.random.default_rng(seed)) for _ in range(2))
    assert noisy.shape == shape and noisy.dtype == (kind if kind.startswith("float") else "float64")
    np.testing.assert_array_equal(noisy, again)
    np.testing.assert_array_equal(clean, before)
    assert not np.shares_memory(noisy, clean)
    if not isinstance(noise, npae.GaussianNoise):
        assert {*np.unique(noisy)} <= {0.0, 1.0}
    if isinstance(noise, npae.FlipPixels) and noise.k:
        assert ((noisy != clean).reshape(len(clean), -1).sum(axis=1) == noise.k).all()


@property_of(
    *("npae.Initializer", "npae.Initializer.draw", "npae.Glorot", "npae.He", "npae.LeCun", "npae.Gaussian"),
    "npae.Orthogonal",
    few=6,
    many=60,
    initializer=initializers,
    shape=st.sampled_from([(1, 1), (3, 5), (6, 2), (2, 3, 4)]),
    fans=st.tuples(st.integers(1, 50), st.integers(1, 50)),
    seed=seeds,
)
def test_first_weights_follow_the_seed_and_shrink_as_the_fans_grow(initializer, shape, fans, seed):
    def drawn(factor=1, seed=seed):
        return initializer.draw(np.random.default_rng(seed), shape, *(factor * fan for fan in fans))

    first = drawn()
    assert first.shape == shape and first.dtype == np.float64 and np.isfinite(first).all()
    np.testing.assert_array_equal(drawn(), first)
    assert not np.array_equal(drawn(seed=seed + 1), first) or first.size == 1
    free = isinstance(initializer, (npae.Gaussian, npae.Orthogonal))
    np.testing.assert_allclose(drawn(4), first if free else first / 2, rtol=1e-12)
    if isinstance(initializer, npae.Orthogonal):
        W = first.reshape(-1, shape[-1])
        gram = W.T @ W if W.shape[0] >= W.shape[1] else W[:, : len(W)] @ W[:, : len(W)].T
        np.testing.assert_allclose(gram, np.eye(len(gram)), atol=1e-12)
