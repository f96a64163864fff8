"""Which options reach SciPy's least_squares."""

from types import SimpleNamespace
from unittest.mock import MagicMock

import numpy as np
import pytest
import scipy.optimize

from npae.optimize.least_squares_refinement import least_squares


@pytest.mark.parametrize(("unknowns", "solver"), [(1, "exact"), (2, "lsmr")])
def test_options_reach_scipy_and_one_unknown_has_no_plane_for_lsmr(unknowns, solver, monkeypatch):
    seen = {}

    def instead(fun, x0, jac, **options):
        seen.update(options)
        return SimpleNamespace(message="done")

    monkeypatch.setattr(scipy.optimize, "least_squares", instead)
    options = {"xtol": 1e-3, "ftol": 1e-4, "tr_options": {"maxiter": 3}}
    assert least_squares(MagicMock(), np.zeros(unknowns), options) == "done"
    kept = options if unknowns > 1 else {"xtol": 1e-3, "ftol": 1e-4}
    assert seen == {"method": "trf", "tr_solver": solver, **kept}
