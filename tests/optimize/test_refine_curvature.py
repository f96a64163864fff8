"""Refinements with the Gauss-Newton matrix, and least squares, on functions and on networks."""

import numpy as np
import pytest
import scipy.optimize
from functions_of_residuals import Residuals
from looped import in_one_test

import npae
from npae import LSTM, Autoencoder, Conv1D, Dense, Dropout, Flatten, GaussianCode, Refine, Reshape
from npae.optimize.method_traits import ALL_METHODS

START = np.array([-1.2, 1.0, 0.8])
TAKERS = [name for name, method in ALL_METHODS.items() if method.hessian and name != "least_squares"]


class Calls(Residuals):
    """Counts products with B, and has a Hessian that nobody must ask for."""

    def __init__(self):
        self.products = 0

    def gauss_newton_product(self, x, v):
        self.products += 1
        return super().gauss_newton_product(x, v)

    def hessian_product(self, x, v):
        raise AssertionError("the Hessian was asked for")


@in_one_test("method", TAKERS)
def test_every_method_with_second_derivatives_gets_those_of_the_matrix(method):
    objective = Calls()
    x, record = Refine(method, max_iterations=500, curvature="gauss_newton").improve(objective, START)
    np.testing.assert_allclose(x, 1, atol=1e-2)
    assert objective.products > 0 and record["method"] == method
    assert record["evaluations"] >= objective.products


def test_hessian_free_needs_no_word_about_it_and_others_take_the_hessian():
    x, _ = Refine("Hessian-Free", max_iterations=300).improve(Calls(), START)
    np.testing.assert_allclose(x, 1, atol=1e-3)
    with pytest.raises(AssertionError, match="the Hessian was asked for"):
        Refine("trust-ncg").improve(Calls(), START)


class Scaled(Residuals):
    """Offers an estimate of the diagonal, too."""

    def __init__(self):
        self.draws = 0

    def curvature_diagonal(self, x, draws, seed):
        self.draws += draws
        return np.square(self.jacobian(x)).sum(axis=0)


@pytest.mark.parametrize("blocks", [{}, {"block_size": 2}], ids=str)
def test_hessian_free_is_preconditioned_where_the_objective_offers_it_and_each_draw_counts(blocks):
    objective, options = Scaled(), {"draws": 3}
    refine = Refine("hessian-free", max_iterations=4, options=options, **blocks)
    _, record = refine.improve(objective, START, np.random.default_rng(0))
    assert objective.draws == 3 * record["iterations"] > 0
    assert record["evaluations"] > objective.draws
    without = Scaled()
    Refine("hessian-free", max_iterations=4, options={"diagonal": None}).improve(without, START)
    assert without.draws == 0


@pytest.mark.parametrize("method", ["hessian-free", "least_squares"])
def test_budgets_end_it_and_the_best_point_is_kept(method):
    for budget in ({"max_iterations": 2}, {"max_evaluations": 25}):
        x, record = Refine(method, **{"max_iterations": None, **budget}).improve(Residuals(), START)
        (name,) = budget
        assert record["stopped"] == name
        assert record[name.removeprefix("max_")] == budget[name]
        assert record["loss_after"] == Residuals().value(x) < record["loss_before"]


@pytest.mark.parametrize("method", ["hessian-free", "least_squares"])
def test_the_curve_has_each_iteration_and_who_watches_may_end_it(method):
    seen = []
    refine = Refine(method, max_iterations=None)
    _, record = refine.improve(
        Residuals(), START, watch=lambda it: seen.append(it) or ("enough" if it.loss < 1 else "")
    )
    assert record["stopped"] == "enough"
    assert record["curve"]["loss"] == [it.loss for it in seen]
    assert record["loss_after"] == record["curve"]["loss"][-1] < 1
    assert min(record["curve"]["gradient_norm"]) > 0


@pytest.mark.parametrize("method", ["hessian-free", "least_squares"])
def test_options_are_passed_on_and_seconds_are_limited(method):
    name = "maxiter" if method == "hessian-free" else "max_nfev"
    _, record = Refine(method, options={name: 3}).improve(Residuals(), START)
    assert record["iterations"] <= 3
    assert "aximum number of" in record["stopped"]
    _, record = Refine(method, max_seconds=1e-9).improve(Residuals(), START)
    assert record["stopped"] == "max_seconds"


@in_one_test("options", [None, {"method": "lm"}, {"tr_solver": "exact"}, {"method": "dogbox"}], ids=str)
def test_least_squares_reaches_the_minimum_by_each_way(options):
    x, record = Refine("least_squares", max_iterations=None, options=options).improve(Residuals(), START)
    np.testing.assert_allclose(x, 1, atol=1e-6)
    assert record["iterations"] > 2
    assert "termination condition" in record["stopped"] or "Both" in record["stopped"]


def test_least_squares_takes_the_points_of_scipy_itself():
    seen = []

    class Seen(Residuals):
        def residuals(self, x):
            seen.append(x.copy())
            return super().residuals(x)

    function = Residuals()
    Refine("least_squares", max_iterations=None, options={"tr_solver": "exact"}).improve(Seen(), START)
    points = []

    def fun(x):
        points.append(x.copy())
        return function.residuals(x)

    scipy.optimize.least_squares(fun, START, jac=function.jacobian, method="trf", tr_solver="exact")
    np.testing.assert_array_equal(seen[2:], points)  # the first two are our checks


@pytest.mark.parametrize("method", ["hessian-free", "least_squares"])
def test_blocks_move_one_after_another(method):
    refine = Refine(method, block_size=2, max_iterations=5)
    x, record = refine.improve(Residuals(), START, np.random.default_rng(0))
    assert record["blocks"] == 2 and record["stopped"] == "end of the sweep"
    assert record["loss_after"] == Residuals().value(x) < record["loss_before"]


@pytest.mark.parametrize("method", ["hessian-free", "least_squares"])
def test_ctrl_c_keeps_the_best_point(method):
    class Interrupted(Residuals):
        left = 12

        def residuals(self, x):
            self.left -= 1
            if self.left < 0:
                raise KeyboardInterrupt
            return super().residuals(x)

    _, record = Refine(method).improve(Interrupted(), START)
    assert record["stopped"] == "interrupted"
    assert record["loss_after"] < record["loss_before"]


def test_residuals_that_are_not_finite_are_avoided():
    class Steep(Residuals):
        def residuals(self, x):
            return super().residuals(x) + (np.inf if np.abs(x).max() > 1.3 else 0.0)

    x, _ = Refine("least_squares", max_iterations=None).improve(Steep(), START)
    np.testing.assert_allclose(x, 1, atol=1e-3)


class Plain:
    """Values and gradients, and nothing else."""

    def value(self, x):
        return Residuals().value(x)

    def value_and_gradient(self, x):
        return Residuals().value_and_gradient(x)


class Other(Residuals):
    """A loss that is more than its squares."""

    def value(self, x):
        return super().value(x) + 1.0


@in_one_test(
    ("refine", "objective", "message"),
    [
        (Refine("hessian-free"), Plain(), "objective must have a gauss_newton_product .*, got Plain without. Use curv"),
        (Refine("trust-ncg", curvature="gauss_newton"), Plain(), "objective must have a gauss_newton_product"),
        (Refine("least_squares"), Plain(), "objective must have a residual_map for least squares, got"),
        (Refine("least_squares"), Other(), r"loss must be half the sum of squares .*, got .*\. Does a layer of yours"),
    ],
    ids=["hessian-free", "trust-ncg", "least_squares", "another loss"],
)
def test_an_objective_that_lacks_what_is_needed_is_named(refine, objective, message):
    with pytest.raises(ValueError, match=message):
        refine.improve(objective, START)


@in_one_test(
    ("arguments", "message"),
    [
        (("trust-ncg", "fisher"), "curvature must be None or one of 'hessian', 'gauss_newton', got 'fisher'"),
        (("BFGS", "gauss_newton"), "curvature must be None for 'BFGS', which takes no .*'trust-ncg'.*'hessian-free'"),
        (
            ("Powell", "hessian"),
            "curvature must be None for 'Powell', which takes no second .*, got 'hessian'",
        ),
        (("hessian-free", "hessian"), "curvature must be 'gauss_newton' for 'hessian-free', got 'hessian'. Leave it"),
        (("least_squares", "hessian"), "curvature must be 'gauss_newton' for 'least_squares', got 'hessian'"),
        ((lambda *_: None, "gauss_newton"), "curvature must be None for '<lambda>', which takes no second derivatives"),
    ],
    ids=lambda value: "" if isinstance(value, str) else str(value[0] if isinstance(value[0], str) else "own"),
)
def test_a_curvature_that_does_not_suit_the_method_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        Refine(arguments[0], curvature=arguments[1])


def test_options_that_least_squares_does_not_take_are_refused():
    with pytest.raises(ValueError, match="options must be among 'method', 'ftol'.* for least_squares, got 'bounds'"):
        Refine("least_squares", options={"bounds": (0, 1)})


def test_memory_is_guarded():
    class Many(Residuals):
        count = 1_000_000

    message = r"least_squares must need at most max_memory = 1e-05 GB, got the dense Jacobian of 1,000,000 .* by 3 unk"
    with pytest.raises(MemoryError, match=message):
        Refine("least_squares", options={"tr_solver": "exact"}, max_memory=1e4).improve(Many(), START)
    message = r"got 10 vectors of 1,000,000 and 3 unknowns, about 0.08.* Use 'hessian-free' or 'L-BFGS-B', or sample"
    with pytest.raises(MemoryError, match=message):
        Refine("least_squares", max_memory=1e4).improve(Many(), START)


def test_lm_needs_as_many_residuals_as_unknowns():
    class Few(Residuals):
        def residuals(self, x):
            return np.array([np.sqrt(2 * self.value(x))])

        count = 1

        def value(self, x):
            return float((x - 1) @ (x - 1))

    with pytest.raises(ValueError, match="unknowns must be no more than the 1 residuals for 'lm', got 3. Use method"):
        Refine("least_squares", options={"method": "lm"}).improve(Few(), START)


# Networks

SERIES = np.random.default_rng(0).random((12, 6, 2))
SHAPES = {
    "dense": ([4, 2], {}),
    "convolution": ([Conv1D(3, 3, 2, activation="tanh"), Flatten(), Dense(3)], {}),
    "recurrent": ([LSTM(3)], {}),
    "dropout": ([Dense(8, "tanh"), Dropout(0.2), Dense(2)], {}),
    "weights": ([Dense(3, "tanh")], {"penalty": npae.L2(1e-3)}),
}


def fitted(layers, refine, X=SERIES, fit=None, **options):
    defaults = {"optimizer": None, "epochs": 1, "random_state": 0, "scale": None, "loss": "mse", "threads": 1}
    return Autoencoder(layers, refine=refine, **{**defaults, **options}).fit(X, **(fit or {}))


@pytest.mark.fast_cases(8)
@pytest.mark.parametrize("method", ["hessian-free", "trust-ncg", "least_squares"])
@pytest.mark.parametrize("kind", SHAPES)
def test_networks_without_an_exact_hessian_are_refined(kind, method):
    layers, options = SHAPES[kind]
    X = SERIES if kind in ("convolution", "recurrent") else SERIES.reshape(12, -1)
    curvature = "gauss_newton" if method == "trust-ncg" else None
    ae = fitted(layers, Refine(method, max_iterations=8, curvature=curvature), X, **options)
    (record,) = ae.history_["refinements"]
    assert record["loss_after"] < 0.9 * record["loss_before"]


def test_a_variational_code_is_refined_with_fixed_draws():
    X = (SERIES.reshape(12, -1) > 0.5).astype(float)
    ae = fitted([Dense(6, "tanh"), GaussianCode(2)], Refine("hessian-free", max_iterations=8), X, loss="bce")
    (record,) = ae.history_["refinements"]
    assert record["loss_after"] < 0.9 * record["loss_before"]


@pytest.mark.parametrize("method", ["hessian-free", "least_squares"])
def test_masks_weights_and_gaps_take_part(method):
    mask = np.arange(6) < np.arange(1, 13)[:, None]
    refine = Refine(method, max_iterations=6)
    masked = fitted([Dense(1)], refine, fit={"mask": mask})
    weighted = fitted([2], refine, SERIES.reshape(12, -1), fit={"sample_weight": np.arange(12.0)})
    X = SERIES.reshape(12, -1).copy()
    X[::3, ::4] = np.nan
    gaps = fitted([2], refine, X, missing="ignore")
    for ae in (masked, weighted, gaps):
        (record,) = ae.history_["refinements"]
        assert record["loss_after"] < 0.99 * record["loss_before"]


@pytest.mark.parametrize("method", ["hessian-free", "least_squares"])
def test_a_training_resumes_to_the_bit(method, tmp_path):
    def train(epochs, **options):
        refine, X = Refine(method, every=2, max_iterations=2, sample=9), SERIES.reshape(12, -1)
        ae = Autoencoder(
            [Dense(6, "tanh"), Dropout(0.2), 2], refine=refine, epochs=epochs, random_state=0, batch_size=4, **options
        )
        return ae.fit(X)

    whole = train(4)
    train(3, callbacks=[npae.Checkpoint(tmp_path / "c.npz", every=1)])
    resumed = train(4, callbacks=[npae.Checkpoint(tmp_path / "c.npz", every=1)])
    np.testing.assert_array_equal(resumed.theta_, whole.theta_)


@in_one_test(
    ("layers", "options", "message"),
    [
        ([2], {"loss": "bce"}, r"loss must be 'mse' for least squares, got BinaryCrossEntropy\(.* Use Refine"),
        ([2], {"penalty": npae.L1(0.1)}, r"penalty must be L2 or MaxNorm for least squares, got L1\(.* Leave it out"),
        ([GaussianCode(2)], {}, r"layers must add nothing to the loss for least squares, got GaussianCode\("),
    ],
    ids=["loss", "penalty", "layer"],
)
def test_a_network_whose_loss_is_no_sum_of_squares_is_refused_before_training(layers, options, message):
    with pytest.raises(ValueError, match=message):
        fitted(layers, Refine("least_squares"), SERIES.reshape(12, -1), **options)


def test_files_and_descriptions_hold_the_curvature():
    refine = Refine("trust-ncg", curvature="gauss_newton")
    assert npae.settings.description.restore(npae.settings.description.describe(refine)) == refine


def test_a_study_knows_runs_with_another_curvature_apart_and_old_ones_by_their_keys():
    from npae.study.identity import plain

    assert "curvature" not in plain(Refine("trust-ncg"))
    assert plain(Refine("trust-ncg", curvature="gauss_newton"))["curvature"] == "gauss_newton"


def test_shapes_may_be_given_back():
    """A last layer that rearranges numbers comes after the residuals' roots."""
    decoder = [Dense(12), Reshape((12,))]
    ae = fitted([3], Refine("least_squares", max_iterations=4), SERIES.reshape(12, -1), decoder=decoder)
    (record,) = ae.history_["refinements"]
    assert record["loss_after"] < record["loss_before"]
