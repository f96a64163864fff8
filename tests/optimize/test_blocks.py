import numpy as np
import pytest
from looped import in_one_test
from test_scipy_refinement import AVAILABLE, START, Rosenbrock

import npae
from npae import Autoencoder, Refine
from npae.settings.description import describe, restore

X = np.random.default_rng(0).random((20, 6))
A = np.random.default_rng(1).normal(size=(12, 12))
H, B = A @ A.T + 12 * np.eye(12), np.random.default_rng(2).normal(size=12)
EVEN = np.arange(0, 12, 2)


class Quadratic:
    """x'Hx / 2 - b'x, all coordinates coupled; "even" names every second one, "first" the first four."""

    def value(self, x):
        return float(x @ H @ x / 2 - B @ x)

    def value_and_gradient(self, x):
        return self.value(x), H @ x - B

    def indices(self, names):
        return {"even": EVEN, "first": np.arange(4)}[names[0]]


@in_one_test("method", AVAILABLE)
@in_one_test("name", ["even", "first"])
def test_only_the_chosen_coordinates_move(method, name):
    start, where = np.ones(12), Quadratic().indices([name])
    x, record = Refine(method, layers=[name]).improve(Quadratic(), start)
    assert (np.flatnonzero(x != start) == where).all()
    assert record["loss_after"] == Quadratic().value(x) < record["loss_before"] == Quadratic().value(start)
    assert "blocks" not in record


@in_one_test("method", ["CG", "BFGS", "Newton-CG", "trust-krylov", "trust-exact", "Powell"])
@in_one_test("name", ["even", "first"])
def test_the_chosen_coordinates_reach_their_minimum(method, name):
    """While the others do not move, the minimum solves the equations of the chosen ones."""
    start, where = np.ones(12), Quadratic().indices([name])
    options = {"ftol": 1e-9} if method == "Powell" else {}
    x, _ = Refine(method, layers=[name], max_iterations=500, options=options).improve(Quadratic(), start)
    rest = np.setdiff1d(np.arange(12), where)
    best = np.linalg.solve(H[np.ix_(where, where)], B[where] - H[np.ix_(where, rest)] @ start[rest])
    np.testing.assert_allclose(x[where], best, atol=1e-3)


@in_one_test("method", [method for method in AVAILABLE if method != "Nelder-Mead"])
def test_one_sweep_visits_every_block_once(method):
    class Separable:
        def value(self, x):
            return float(((x - 3) ** 2).sum())

        def value_and_gradient(self, x):
            return self.value(x), 2 * (x - 3)

    x, record = Refine(method, block_size=5, max_iterations=200).improve(Separable(), np.zeros(12), rng(0))
    np.testing.assert_allclose(x, 3, atol=0.01)
    assert record["blocks"] == 3
    assert record["stopped"] == "end of the sweep"
    assert record["loss_after"] == Separable().value(x)


def rng(seed):
    return np.random.default_rng(seed)


def test_each_block_has_its_iterations_and_all_evaluations_are_counted():
    function = Rosenbrock()
    _, record = Refine("Powell", block_size=3, max_iterations=2).improve(function, np.linspace(-1, 1, 12), rng(0))
    assert (record["iterations"], record["blocks"]) == (8, 4)
    assert record["evaluations"] == function.calls


def test_blocks_are_random_and_come_from_the_generator_only():
    x, other, again = (
        Refine("CG", block_size=4, max_iterations=1).improve(Quadratic(), np.ones(12), rng(seed))[0]
        for seed in (0, 1, 0)
    )
    np.testing.assert_array_equal(x, again)
    assert (x != other).any()


def test_blocks_are_cut_from_the_chosen_layers():
    x, record = Refine("CG", layers=["even"], block_size=4).improve(Quadratic(), np.ones(12), rng(0))
    assert (np.flatnonzero(x != 1) == EVEN).all()
    assert record["blocks"] == 2


@pytest.mark.parametrize("method", ["CG", "Powell"])
def test_one_block_of_all_coordinates_changes_nothing(method):
    whole, _ = Refine(method).improve(Rosenbrock(), START)
    block, record = Refine(method, block_size=100).improve(Rosenbrock(), START, rng(0))
    np.testing.assert_array_equal(whole, block)
    assert record["blocks"] == 1


@in_one_test(("method", "budget"), [("CG", 40), ("Powell", 150), ("L-BFGS-B", 40)])
def test_evaluations_are_limited_for_the_whole_sweep(method, budget):
    function, start = Rosenbrock(), np.linspace(-1, 1, 12)
    x, record = Refine(method, block_size=2, max_evaluations=budget).improve(function, start, rng(0))
    assert function.calls == record["evaluations"] == budget
    assert record["stopped"] == "max_evaluations"
    assert 0 < record["blocks"] < 6
    assert record["loss_after"] == Rosenbrock().value(x) < record["loss_before"]


@in_one_test("blocks", [{}, {"block_size": 4}, {"layers": ["even"]}], ids=str)
@in_one_test("budget", [{"max_evaluations": 1}, {"max_seconds": 1e-9}], ids=str)
@in_one_test("method", AVAILABLE)
def test_a_budget_that_is_spent_before_the_first_iteration_returns_the_start(method, budget, blocks):
    start = np.ones(12)
    x, record = Refine(method, **budget, **blocks).improve(Quadratic(), start, rng(0))
    np.testing.assert_array_equal(x, start)
    assert [record["stopped"]] == list(budget)
    assert (record["iterations"], record["evaluations"], record.get("blocks", 0)) == (0, 1, 0)
    assert record["loss_after"] == record["loss_before"]


def test_memory_is_checked_for_a_block():
    Refine("SLSQP", block_size=1000).check_memory(100_000)
    with pytest.raises(MemoryError, match=r"dense 50,000 x 50,000 matrices need about .* or block_size"):
        Refine("SLSQP", block_size=50_000).check_memory(100_000)


def test_blocks_need_a_generator():
    with pytest.raises(ValueError, match="rng must be a numpy.random.Generator if block_size is set, got None"):
        Refine("CG", block_size=2).improve(Rosenbrock(), START)


@in_one_test("layers", ["decoder", [], [0], {"decoder"}], ids=str)
def test_anything_but_a_list_of_names_is_refused(layers):
    with pytest.raises(ValueError, match="layers must be a list of names such as"):
        Refine(layers=layers)


def test_a_block_size_below_one_is_refused():
    with pytest.raises(ValueError, match="block_size must be an integer of at least 1, got 0"):
        Refine(block_size=0)


def test_a_refinement_in_blocks_is_plain_data():
    refine = Refine("Powell", layers=["decoder"], block_size=16)
    assert restore(describe(refine)) == refine


def fitted(**params):
    return Autoencoder(encoder=[4, 2], **{"epochs": 4, "random_state": 0, "optimizer": None, **params}).fit(X)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_training_moves_only_the_named_layers(dtype):
    start, ae = (fitted(refine=Refine("CG", layers=["decoder", "encoder.1.b"], max_evaluations=n), dtype=dtype)
                 for n in (1, 30))  # fmt: skip
    before, after = (model.network_.parameters(model.theta_) for model in (start, ae))
    moved = {name for name in before if (before[name] != after[name]).any()}
    assert moved == {"decoder.0.W", "decoder.0.b", "decoder.1.W", "decoder.1.b", "encoder.1.b"}
    assert ae.history_["loss"][-1] < start.history_["loss"][-1]


def test_training_draws_blocks_from_its_generator():
    blocks = {"refine": Refine("Powell", block_size=10, max_iterations=1, max_evaluations=500)}
    one, other = fitted(**blocks), fitted(**blocks)
    np.testing.assert_array_equal(one.theta_, other.theta_)
    assert all(record["blocks"] >= 1 for record in one.history_["refinements"])


@pytest.mark.parametrize(("block_size", "draws"), [(None, False), (10, True)])
def test_only_blocks_draw_random_numbers(block_size, draws):
    ae = fitted(refine=Refine("CG", block_size=block_size), optimizer=npae.Adam(), epochs=1, batch_size=20)
    generator = rng(0)
    ae.network_.init(generator)
    assert (ae._state.rng.bit_generator.state != generator.bit_generator.state) == draws


def test_an_unknown_layer_is_refused_before_training_and_the_known_ones_are_listed():
    seen = []
    ae = Autoencoder(encoder=[4, 2], refine=Refine("CG", layers=["decoder.2"], every=100), callbacks=[seen.append])
    known = r"'decoder', 'decoder.0', 'decoder.0.W', 'decoder.0.b', .*'encoder.1.b', got 'decoder.2'"
    with pytest.raises(ValueError, match=f"layers must be names of layers or arrays among {known}"):
        ae.fit(X)
    assert seen == []


def test_memory_is_checked_for_the_named_layers(monkeypatch):
    fitted(refine=Refine("SLSQP", layers=["encoder.1"], max_memory=3000, max_evaluations=5))
    with pytest.raises(MemoryError, match="method must need at most max_memory"):
        fitted(refine=Refine("SLSQP", max_memory=3000))
