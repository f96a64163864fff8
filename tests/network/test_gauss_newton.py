"""Gauss-Newton products and factors against J^T H J, with J and H from differences."""

from dataclasses import dataclass

import numpy as np
import pytest
from looped import in_one_test

import npae
from npae import (
    LSTM,
    AveragePool1D,
    Conv1D,
    Conv2D,
    ConvTranspose2D,
    Dense,
    Flatten,
    GaussianCode,
    MaxPool2D,
    Network,
    Repeat,
    Reshape,
    Upsample,
)
from npae.layers.gaussian_code import divergence
from npae.losses import MeanSquaredError
from npae.network.scaling import Scaling

MASK = np.arange(4) < np.array([[4], [1], [3], [2], [4]])
WEIGHTS = np.array([0.5, 0.0, 2.0, 1.5, 1.0])
RNG = np.random.default_rng(1)
TABLE, PICTURES, SERIES = RNG.random((5, 4)), RNG.random((3, 5, 4, 1)), RNG.random((5, 4, 2))
CLASSES = RNG.dirichlet(np.ones(3), 5)
GAPS = np.where(RNG.random((5, 4)) < 0.2, np.nan, TABLE)
VARIATIONAL = [Dense(3, "tanh"), GaussianCode(2, 0.3)], [Dense(4, "sigmoid")]


def shallow(loss="mse", code="tanh", output="identity", in_shape=(4,), **options):
    return Network([Dense(3, code)], [Dense(in_shape[-1], output)], loss, in_shape=in_shape, **options)


@dataclass
class Kind:
    """A network and the arguments of its products."""

    network: Network
    X: np.ndarray
    T: np.ndarray | None = None
    weights: np.ndarray | None = None
    mask: np.ndarray | None = None
    draws: bool = False

    def __post_init__(self):
        rng = np.random.default_rng(2)
        self.theta = self.network.init(rng) + 0.2 * rng.standard_normal(self.network.n_parameters)

    @property
    def options(self):
        given = {"mask": self.mask, "sample_weight": self.weights}
        return {**given, "rng": np.random.default_rng(4) if self.draws else None}

    def product(self, v, theta=None):
        theta = self.theta if theta is None else theta
        return self.network.gauss_newton_product(theta, v, self.X, self.T, **self.options)

    def matrix(self):
        return np.stack([self.product(e) for e in np.eye(self.theta.size)])

    def value_and_gradient(self, theta):
        return self.network.value_and_gradient(theta, self.X, self.T, **self.options)


KINDS = {
    "mse": Kind(shallow(), TABLE),
    "weighted": Kind(shallow(), TABLE, weights=WEIGHTS),
    "bce": Kind(shallow("bce", "softplus", "sigmoid"), TABLE, weights=WEIGHTS),
    "sums": Kind(shallow(npae.losses.BinaryCrossEntropy("sum")), TABLE),
    "classes": Kind(Network([Dense(3, "tanh")], [Dense(3)], "cross_entropy", in_shape=(4,)), TABLE, CLASSES),
    "weighted classes": Kind(Network([], [Dense(3)], "cross_entropy", in_shape=(4,)), TABLE, CLASSES, WEIGHTS),
    "gaps": Kind(shallow(fill=np.full(4, 0.5)), GAPS),
    "weighted gaps": Kind(shallow("bce", fill=np.full(4, 0.5)), GAPS, weights=WEIGHTS),
    "scaled": Kind(shallow(scaling=Scaling(np.full(4, 0.3), np.array([2.0, 0.5, 1.0, 3.0]), "standard")), TABLE),
    "noise": Kind(shallow(noise=npae.GaussianNoise(0.1)), TABLE, draws=True),
    "penalties": Kind(shallow(penalty=[npae.L2(0.03), npae.L1(0.02), npae.MaxNorm(9.0)]), TABLE),
    "pictures": Kind(
        Network(
            [Conv2D(2, 2, activation="elu"), MaxPool2D(2), Flatten(), Dense(2)],
            [Dense(6, "tanh"), Reshape((3, 2, 1)), ConvTranspose2D(1, 3, 2), Upsample(1, size=(5, 4))],
            "bce",
            in_shape=(5, 4, 1),
        ),
        PICTURES,
    ),
    "series": Kind(Network([LSTM(2)], [Repeat(4), LSTM(2, sequences=True), Dense(2)], in_shape=(4, 2)), SERIES),
    "masked": Kind(Network([LSTM(2)], [Repeat(4), Dense(2)], "bce", in_shape=(4, 2)), SERIES, None, WEIGHTS, MASK),
    "masked mse": Kind(Network([Conv1D(2, 2)], [Dense(2)], in_shape=(4, 2)), SERIES, mask=MASK),
    "pooled": Kind(
        Network(
            [Flatten(), Reshape((4, 2)), AveragePool1D(2), Flatten(), Dense(2)],
            [Dense(8), Reshape((4, 2))],
            in_shape=(4, 2),
        ),
        SERIES,
    ),
    "variational": Kind(Network(*VARIATIONAL, "bce", in_shape=(4,)), TABLE, draws=True),
    "variational, weighted": Kind(Network(*VARIATIONAL, "bce", in_shape=(4,)), TABLE, None, WEIGHTS, draws=True),
    "at the mean": Kind(Network(*VARIATIONAL, "bce", in_shape=(4,)), TABLE),
    "free bits": Kind(
        Network([GaussianCode(2, 0.3, free_bits=0.3)], [Dense(4)], in_shape=(4,)), TABLE, None, WEIGHTS, draws=True
    ),
    "dropout": Kind(Network([Dense(5, "tanh"), npae.Dropout(0.4)], [Dense(4)], in_shape=(4,)), TABLE, draws=True),
}
EVERY = in_one_test("kind", KINDS.values(), ids=list(KINDS))


def reference(kind, monkeypatch):
    """Return J^T H J, where both come from differences of what the loss is given and returns."""
    seen, h = {}, 1e-5
    original, charge = type(kind.network.loss).forward, GaussianCode._charge

    def forward(self, z, target, context):
        def dz(z):
            return original(self, z, target, context)[1]().copy().ravel()

        z, flat = z.copy(), np.eye(z.size).reshape(z.size, *z.shape)
        seen.update(z=z.ravel())
        if "H" not in seen:
            seen.update(H=np.stack([(dz(z + h * e) - dz(z - h * e)) / (2 * h) for e in flat]))
        return original(self, z, target, context)

    def charged(self, mean, log_variance, context):
        seen.update(m=mean.copy(), v=log_variance.copy())
        return charge(self, mean, log_variance, context)

    monkeypatch.setattr(type(kind.network.loss), "forward", forward)
    monkeypatch.setattr(GaussianCode, "_charge", charged)

    def moved(theta):
        kind.value_and_gradient(theta)
        return {name: seen[name].ravel() for name in ("z", "m", "v") if name in seen}

    here, (m, v) = moved(kind.theta), (seen.get("m"), seen.get("v"))
    steps = [(moved(kind.theta + h * e), moved(kind.theta - h * e)) for e in np.eye(kind.theta.size)]
    J = {name: np.stack([(a[name] - b[name]) / (2 * h) for a, b in steps], axis=1) for name in here}
    B = kind.network.loss_unit * J["z"].T @ seen["H"] @ J["z"]
    if m is not None:
        layer = next(layer for layer in kind.network.layers if isinstance(layer, GaussianCode))
        share = np.full(5, 1 / 5) if kind.weights is None else kind.weights / kind.weights.sum()
        costs = share @ divergence(m, v) > layer.free_bits
        weight = 0.3 * share[:, None] * costs
        for name, curvature in (("m", weight), ("v", weight * np.exp(v) / 2)):
            B += J[name].T @ (curvature.ravel()[:, None] * J[name])
    for penalty in kind.network.penalties:
        if isinstance(penalty, npae.L2):
            biases = kind.network.indices(["encoder.0.b", "decoder.0.b"])
            B += np.diag(np.where(np.isin(np.arange(len(B)), biases), 0.0, 2 * penalty.weight))
    return B


def assert_close(actual, desired, rtol):
    np.testing.assert_allclose(actual, desired, rtol=rtol, atol=rtol * np.abs(desired).max())


@EVERY
def test_products_equal_those_with_the_matrix_from_differences(kind, monkeypatch):
    B = kind.matrix()
    with monkeypatch.context() as patched:
        assert_close(B, reference(kind, patched), rtol=1e-7)
    np.testing.assert_allclose(B, B.T, rtol=1e-11, atol=1e-11 * np.abs(B).max())
    assert np.linalg.eigvalsh(B).min() > -1e-12 * np.abs(B).max()
    assert kind.network.has_gauss_newton


def test_free_bits_cost_in_one_entry_of_the_code_only():
    """Else that kind would show nothing."""
    kind = KINDS["free bits"]
    mean, log_variance = kind.network.posterior(kind.theta, TABLE)
    costs = WEIGHTS / 5 @ divergence(mean, log_variance) > 0.3
    assert sorted(costs) == [False, True]


@in_one_test("name", ["mse", "bce", "classes", "gaps", "weighted"])
def test_it_is_the_hessian_where_the_logits_are_linear_in_theta(name):
    like = KINDS[name]
    loss, fill = type(like.network.loss)(), like.network.fill
    T = like.T if like.T is not None else TABLE
    network = Network([], [Dense(T.shape[1])], loss, in_shape=(4,), fill=fill)
    rng = np.random.default_rng(0)
    theta, v = rng.standard_normal((2, network.n_parameters))
    options = {"sample_weight": like.weights}
    product = network.gauss_newton_product(theta, v, like.X, T, **options)
    assert_close(product, network.hessian_product(theta, v, like.X, T, **options), rtol=1e-12)


@EVERY
def test_products_of_parts_add_up_to_the_batchs(kind):
    if kind.draws or kind.network.whole_batch:
        return
    samples = kind.network._match(kind.X, kind.T, kind.mask, kind.weights)
    v, total = np.random.default_rng(0).standard_normal(kind.theta.size), 0.0
    for rows in (slice(0, 2), slice(2, len(kind.X))):
        shares, mask = samples.shares(), None if kind.mask is None else kind.mask[rows]
        weights = shares.pop("weights")
        matrix = kind.network.gauss_newton()
        part = kind.X[rows], (kind.X if kind.T is None else kind.T)[rows]
        own = None if weights is None else weights[rows]
        matrix.move(kind.theta, *part, mask=mask, weights=own, samples=len(kind.X), **shares)
        total = total + matrix.product(v)
    assert_close(total, kind.product(v), rtol=1e-11)


@EVERY
def test_pairs_along_two_directions_give_the_product_between_them(kind):
    rng, options = np.random.default_rng(0), kind.options
    v, w = rng.standard_normal((2, kind.theta.size))
    samples = kind.network._match(kind.X, kind.T, kind.mask, kind.weights)
    matrix = kind.network.gauss_newton()
    shares = {"weights": None} if kind.weights is None and not samples.gaps else samples.shares()
    matrix.move(kind.theta, *kind.network._cast(samples), options["rng"], mask=kind.mask, **shares)
    a, b = matrix.along(v), matrix.along(w)
    between = sum(np.vdot(r, Hr) for (r, _), (_, Hr) in zip(a, b, strict=True))
    np.testing.assert_allclose(between, v @ kind.product(w), rtol=1e-10)
    np.testing.assert_allclose(between, w @ kind.product(v), rtol=1e-10)


@in_one_test("name", ["bce", "pictures", "series"])
def test_float32_gives_float32_close_to_float64(name):
    kind = KINDS[name]
    like = kind.network
    rough = Network(like.encoder.layers, like.decoder.layers, like.loss, in_shape=like.in_shape, dtype="float32")
    v = np.random.default_rng(0).standard_normal(kind.theta.size)
    theta, direction = kind.theta.astype(np.float32), v.astype(np.float32)
    product = rough.gauss_newton_product(theta, direction, kind.X, kind.T, sample_weight=kind.weights)
    assert product.dtype == np.float32
    assert rough.gauss_newton_product(kind.theta, v, kind.X).dtype == np.float64
    expected = kind.product(v)
    np.testing.assert_allclose(product, expected, atol=3e-5 * np.abs(expected).max())


def test_a_wide_network_and_many_samples_are_as_exact(monkeypatch):
    """So many that outputs lie by row, and samples are not copied to get a column of ones."""
    rng = np.random.default_rng(0)
    network, X = (
        Network([Dense(80, "tanh"), Dense(2)], [Dense(80, "tanh"), Dense(6)], in_shape=(6,)),
        rng.random((900, 6)),
    )
    theta, v = network.init(rng), rng.standard_normal(network.n_parameters)
    ahead, behind = (network.reconstruct(theta + s * 1e-5 * v, X) for s in (1, -1))
    rz = (ahead - behind) / 2e-5
    np.testing.assert_allclose(v @ network.gauss_newton_product(theta, v, X), 2 * np.mean(rz**2), rtol=1e-7)


def test_products_are_fresh_and_inputs_stay():
    kind, v = KINDS["bce"], np.random.default_rng(0).standard_normal(KINDS["bce"].theta.size)
    matrix = kind.network.gauss_newton()
    matrix.move(kind.theta, kind.X, kind.X)
    first, before = matrix.product(v), (kind.theta.copy(), v.copy(), kind.X.copy())
    kept, second = first.copy(), matrix.product(-v)
    np.testing.assert_array_equal(first, kept)
    np.testing.assert_array_equal(second, -first)
    for now, then in zip((kind.theta, v, kind.X), before, strict=True):
        np.testing.assert_array_equal(now, then)


# Factors


class Signs:
    """A generator that draws rows of a matrix of signs, as bits."""

    def __init__(self, signs):
        self.left = list(signs)

    def integers(self, low, high, size, dtype):
        taken, self.left = self.left[: np.prod(size)], self.left[np.prod(size) :]
        return ((np.reshape(taken, size) + 1) // 2).astype(dtype)


def signs_that_are_white(n):
    """Return rows of signs whose mean product of any two columns is exactly 0: a Hadamard matrix."""
    matrix = np.ones((1, 1))
    while len(matrix) <= n:
        matrix = np.block([[matrix, matrix], [matrix, -matrix]])
    return matrix[:, 1 : n + 1]


def expected_factors(network, theta, X, draws, rng=None):
    """Return the exact mean over all signs of the factors, as blocks: {layer's number and array: L (x) R}."""
    matrix, blocks = network.gauss_newton(), {}
    matrix.move(theta, X, X, rng)
    rows = signs_that_are_white(draws)
    for row in rows:
        for index, made in enumerate(matrix.factors(Signs(row))):
            for name, (L, R) in made.items():
                block = np.kron(L, np.diag(R) if R.ndim == 1 else R) / len(rows)
                blocks[index, name] = blocks.get((index, name), 0.0) + block
    return blocks


def block_of(network, B, index, name):
    """Return the block of B for arrays of a layer."""
    side, place = ("encoder", index) if index < len(network.encoder.layers) else ("decoder", index - 1)
    where = network.indices([f"{side}.{place}" if name == "Wb" else f"{side}.{place}.{name}"])
    return B[np.ix_(where, where)]


@in_one_test("name", ["mse", "bce", "sums", "variational", "at the mean"])
def test_of_one_sample_the_mean_of_the_factors_is_the_exact_block(name):
    """The rows' factor is not random then: E[L (x) R] = a a^T (x) E[dz dz^T]."""
    kind = KINDS[name]
    variational = kind.network.variational
    network, X, rng = kind.network, kind.X[:1], np.random.default_rng
    draw = (lambda: rng(4)) if kind.draws else lambda: None
    B = np.stack([network.gauss_newton_product(kind.theta, e, X, rng=draw()) for e in np.eye(kind.theta.size)])
    blocks = expected_factors(network, kind.theta, X, 8 if variational else 4, draw())
    assert len(blocks) == len(network.layers)
    for (index, array), block in blocks.items():
        index = index if not variational or index < 2 else 2
        exact = B[-block.shape[0] :, -block.shape[0] :] if index == len(network.layers) - 1 else None
        exact = block_of(network, B, index, array) if exact is None else exact
        np.testing.assert_allclose(block, exact, rtol=1e-10, atol=1e-10 * np.abs(exact).max())


@in_one_test("last", [Dense(3), npae.Conv1D(2, 3), npae.ConvTranspose1D(2, 2, 2)], ids=str)
def test_the_mean_of_the_factors_of_a_straight_last_layer_is_exact_for_mse(last):
    """H is the same for all samples and places, so that nothing is lost by taking them for independent."""
    before = [Dense(2, "tanh")]
    network = Network(before, [last], in_shape=(4,) if isinstance(last, Dense) else (4, 2))
    rng = np.random.default_rng(0)
    X = rng.random((3, *network.in_shape))
    T = rng.random((3, *network.out_shape))
    theta, draws = network.init(rng), 3 * int(np.prod(network.out_shape))
    matrix = network.gauss_newton()
    matrix.move(theta, X, T)
    B = np.stack([matrix.product(e) for e in np.eye(theta.size)])
    rows, means = signs_that_are_white(draws), {}
    for row in rows:
        for name, (L, R) in matrix.factors(Signs(row))[-1].items():
            means[name] = means.get(name, 0.0) + np.kron(L, np.diag(R) if R.ndim == 1 else R) / len(rows)
    for name, block in means.items():
        where = network.indices(["decoder.0" if name == "Wb" else f"decoder.0.{name}"])
        assert_close(block, B[np.ix_(where, where)], rtol=1e-11)


@in_one_test("name", ["mse", "weighted", "bce", "classes", "gaps", "scaled"])
def test_the_mean_of_squared_draws_is_the_diagonal(name):
    kind = KINDS[name]
    samples = kind.network._match(kind.X, kind.T, None, kind.weights)
    matrix = kind.network.gauss_newton()
    matrix.move(kind.theta, *kind.network._cast(samples), **samples.shares())
    rows = signs_that_are_white(5 * kind.network.out_shape[0])
    mean = sum(matrix.squared_draw(Signs(row)) for row in rows) / len(rows)
    np.testing.assert_allclose(mean, np.diag(kind.matrix()), rtol=1e-10, atol=1e-14)


@in_one_test("loss", ["mse", "bce", "cross_entropy"])
def test_the_last_layers_columns_are_exact_at_every_draw(loss):
    network = shallow(loss)
    rng = np.random.default_rng(0)
    X, theta = CLASSES[:, [0, 1, 2, 0]] * [0.5, 1, 1, 0.5], network.init(rng)
    matrix = network.gauss_newton()
    matrix.move(theta, X, X)
    first, second = (matrix.factors(np.random.default_rng(seed))[-1]["Wb"][1] for seed in (0, 1))
    np.testing.assert_array_equal(first, second)


# Bad input


@dataclass(frozen=True)
class Plain(npae.Layer):
    """y = x, without a linear map."""

    def forward(self, x, params, context):
        return x, lambda dy, grads: dy


@dataclass(frozen=True)
class Halved(MeanSquaredError):
    """A loss with a forward of its own."""

    def forward(self, z, target, context):
        value, backward = super().forward(z, target, context)
        return value / 2, lambda: backward() / 2


@dataclass(frozen=True)
class Fourth(npae.L2):
    """A penalty with a charge of its own, to which L2's curvature does not belong."""

    def charge(self, w, dw, share, context):
        if dw is not None:
            dw += 4 * self.weight * share * w**3
        return self.weight * share * float((w**4).sum())


def test_a_curvature_of_another_penalty_does_not_count():
    v = np.random.default_rng(0).standard_normal(KINDS["mse"].theta.size)
    product = shallow(penalty=Fourth(0.1)).gauss_newton_product(KINDS["mse"].theta, v, TABLE)
    np.testing.assert_array_equal(product, KINDS["mse"].product(v))


@in_one_test(
    ("network", "message"),
    [
        (Network([Plain()], [Dense(4)], in_shape=(4,)), r"layers must offer linearize .*, got Plain\(\).* Give it"),
        (
            shallow(Halved()),
            r"loss must offer curvature .*, got Halved\(.* Give it a curvature as npae.LossCurvature describes",
        ),
    ],
    ids=["layer", "loss"],
)
def test_what_cannot_take_part_is_named(network, message):
    assert not network.has_gauss_newton
    with pytest.raises(ValueError, match=message):
        network.gauss_newton_product(np.zeros(network.n_parameters), np.zeros(network.n_parameters), TABLE)


def test_vectors_and_samples_of_other_shapes_are_refused():
    network = shallow()
    n = network.n_parameters
    with pytest.raises(ValueError, match=rf"v must have shape \({n},\), got \(3,\)"):
        network.gauss_newton_product(np.zeros(n), np.zeros(3), TABLE)
    with pytest.raises(ValueError, match=r"X must have shape \(N, 4\), got \(5, 3\)"):
        network.gauss_newton_product(np.zeros(n), np.zeros(n), TABLE[:, :3])


@pytest.mark.filterwarnings("error")
def test_a_huge_theta_gives_no_warnings():
    network = shallow()
    network.gauss_newton_product(np.full(network.n_parameters, 1e300), np.ones(network.n_parameters), TABLE)


def test_long_vectors_are_seen_where_they_lie(monkeypatch):
    """Whether v and theta are copied or not, products are the same, also after v has changed."""
    network = shallow("mse")
    rng = np.random.default_rng(0)
    X, theta = rng.random((5, 4)), network.init(rng)
    vectors = list(rng.standard_normal((2, network.n_parameters)))
    found = []
    for long, copy in ((2**16, True), (1, False)):
        monkeypatch.setattr("npae.network.gauss_newton.LONG", long)
        matrix, v = network.gauss_newton(), vectors[0].copy()
        matrix.move(theta, X, X[:, : network.out_shape[0]], copy=copy)
        first = matrix.product(v)
        v *= 2
        found.append([first, matrix.product(v) / 2, matrix.product(vectors[1]), matrix.products(vectors)])
        matrix.move(theta + 1.0, X, X[:, : network.out_shape[0]], copy=copy)
        found[-1].append(matrix.product(vectors[0]))
    for here, there in zip(*found, strict=True):
        np.testing.assert_array_equal(here, there)
    np.testing.assert_allclose(found[0][0], found[0][1], rtol=1e-12)
