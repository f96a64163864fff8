"""Curves have the norm of the gradient of every method that knows it."""

import numpy as np
import pytest
from functions_of_residuals import Residuals

import npae

START = [-1.2, 1.0, 0.5]
REFINES = {
    "lsmr": ("least_squares", None),
    "exact": ("least_squares", {"tr_solver": "exact"}),
    "lm": ("least_squares", {"method": "lm"}),
    "dogbox": ("least_squares", {"method": "dogbox"}),
    "hessian-free": ("hessian-free", None),
}


class Seen(Residuals):
    """Rosenbrock's function, which notes where it is evaluated."""

    def __init__(self):
        self.points, self.backs = {}, 0

    def residuals(self, x):
        found = super().residuals(x)
        self.points[0.5 * float(found @ found)] = np.linalg.norm(self.jacobian(x).T @ found)
        return found

    def back(self, x, u):
        self.backs += 1
        return super().back(x, u)


@pytest.mark.parametrize("name", REFINES)
def test_it_is_that_of_the_point_that_was_accepted(name):
    method, options = REFINES[name]
    seen = Seen()
    _, record = npae.Refine(method, options=options, max_iterations=8).improve(seen, START)
    curve = record["curve"]
    assert len(curve["loss"]) == 8
    assert curve["gradient_norm"] == pytest.approx([seen.points[loss] for loss in curve["loss"]], rel=1e-9)


def test_nothing_more_is_evaluated_for_it_except_at_the_end():
    seen = Seen()
    _, record = npae.Refine("least_squares", max_iterations=8).improve(seen, START)
    evaluated = record["evaluations"] - len(seen.points)  # products with J^T
    assert seen.backs - evaluated in (0, 1)


@pytest.mark.parametrize("options", [None, {"tr_solver": "lsmr", "tr_options": {"maxiter": 5}}], ids=["none", "lsmr"])
@pytest.mark.parametrize("size", [1, 2])
def test_a_block_has_its_own_even_of_one_number(size, options):
    refine = npae.Refine("least_squares", block_size=size, max_iterations=3, options=options)
    _, record = refine.improve(Seen(), START, np.random.default_rng(0))
    assert all(norm is not None and norm >= 0 for norm in record["curve"]["gradient_norm"])


def test_hessian_free_knows_it_where_no_step_was_accepted_yet():
    options = {"damping": 1e-9, "cg_maxiter": 1}

    class Refused(Residuals):
        """A product of such a wrong scale that the first steps are much too long or refused."""

        first = None

        def value(self, x):
            value = super().value(x)
            self.first = value if self.first is None else self.first
            return value if value == self.first else 2 * self.first

    objective = Refused()
    _, record = npae.Refine("hessian-free", max_iterations=3, options=options).improve(objective, START)
    norm = np.linalg.norm(objective.value_and_gradient(np.array(START))[1])
    assert record["curve"]["loss"] == [objective.first] * 3
    assert record["curve"]["gradient_norm"] == pytest.approx([norm] * 3)


def test_it_is_in_the_history_the_log_and_the_table(tmp_path):
    X = np.random.default_rng(0).random((10, 4))
    refine = npae.Refine("least_squares", max_iterations=3)
    log = npae.JSONLog(tmp_path / "log.jsonl", iterations=True)
    ae = npae.Autoencoder([2], optimizer=None, refine=refine, epochs=1, random_state=0, callbacks=[log]).fit(X)
    (record,) = ae.history_["refinements"]
    norms = record["curve"]["gradient_norm"]
    assert min(norms) > 0
    assert (tmp_path / "log.jsonl").read_text().count('"gradient_norm": null') == 0
    pandas = pytest.importorskip("pandas")
    assert pandas.notna(ae.history_.to_pandas(iterations=True)["gradient_norm"]).sum() >= len(norms)
