"""Options of refinements are looked at when they are given, and each wrong one is named."""

import math

import numpy as np
import pytest
from scipy.optimize import minimize, rosen, rosen_der

import npae
from npae import Refine

X = np.random.default_rng(0).random((10, 4))
REFUSED = {
    "hessian-free": [
        ({"gtol": "a"}, r"gtol must be a number in \[0, inf\[, got 'a'"),
        ({"gtol": math.nan}, r"gtol must be a number in \[0, inf\[, got nan"),
        ({"maxiter": "a"}, "maxiter must be a number, got 'a'"),
        ({"draws": 0}, "draws must be an integer of at least 1, got 0"),
        ({"ftol": 1e-3}, "options must be among 'gtol', .* for hessian-free, got 'ftol'"),
    ],
    "least_squares": [
        ({"gtol": "a"}, r"gtol must be a number in \[0, inf\[, got 'a'"),
        ({"ftol": math.nan}, r"ftol must be a number in \[0, inf\[, got nan"),
        ({"max_nfev": 0}, "max_nfev must be an integer of at least 1, got 0"),
        ({"method": "LM"}, "method must be one of 'trf', 'dogbox', 'lm' for least_squares, got 'LM'"),
        ({"tr_solver": "a"}, "tr_solver must be one of 'exact', 'lsmr' for least_squares, got 'a'"),
        ({"tr_options": 3}, "tr_options must be a dict of options of lsmr, got 3"),
        ({"x_scale": "jac"}, "x_scale must be numbers where lsmr holds no Jacobian, got 'jac'. Add tr_solver='exact'"),
        ({"x_scale": "jac", "method": "dogbox"}, "x_scale must be numbers where lsmr holds no Jacobian"),
        ({"damping": 1.0}, "options must be among 'method', .* for least_squares, got 'damping'"),
    ],
}
TAKEN = {
    "hessian-free": {"gtol": 0, "maxiter": 2, "damping": 1.0, "decay": 0.5, "cg_tolerance": 1e-3, "draws": 2},
    "least_squares": {"gtol": None, "ftol": 1e-9, "x_scale": 2.0, "tr_solver": None, "tr_options": {"maxiter": 3}},
}


def train(refine, encoder=(2,)):
    return npae.Autoencoder(list(encoder), optimizer=None, refine=refine, epochs=1, random_state=0).fit(X)


@pytest.mark.parametrize("method", REFUSED)
def test_a_wrong_option_is_refused_at_once(method):
    for options, said in REFUSED[method]:
        with pytest.raises(ValueError, match=said):
            Refine(method, options=options)


@pytest.mark.parametrize("method", TAKEN)
def test_right_options_are_taken(method):
    assert train(Refine(method, options=TAKEN[method], max_iterations=2)).history_["loss"]


def test_a_dense_jacobian_may_scale_the_unknowns():
    options = {"x_scale": "jac", "tr_solver": "exact"}
    assert train(Refine("least_squares", options=options, max_iterations=2)).history_["loss"]


@pytest.mark.parametrize(
    "method, names",
    [
        (npae.optimize.bfgs, ["gtol", "maxiter", "xrtol", "c1", "c2"]),
        (npae.optimize.powell, ["xtol", "ftol", "maxiter", "maxfev"]),
        (npae.optimize.hessian_free, ["gtol", "maxiter", "damping", "decay", "cg_tolerance"]),
    ],
    ids=["bfgs", "powell", "hessian_free"],
)
def test_methods_of_npae_refuse_what_is_no_number(method, names):
    for name in names:
        for value in ("a", math.nan):
            with pytest.raises(ValueError, match=f"{name} must be a number"):
                minimize(rosen, [0.0, 1.0], jac=rosen_der, hessp=lambda x, v: v, method=method, options={name: value})


@pytest.mark.parametrize("method", ["hessian-free", "least_squares", "BFGS", "Powell", "trust-ncg"])
def test_a_network_without_weights_has_nothing_to_refine(method):
    with pytest.raises(ValueError, match=r"layers must have weights for a refinement, got none that has\."):
        train(Refine(method), encoder=[npae.Flatten()])


def test_a_network_without_weights_is_trained_without():
    ae = npae.Autoencoder([npae.Flatten()], optimizer="adam", refine=None, epochs=1, random_state=0).fit(X)
    assert len(ae.history_["loss"]) == 1
