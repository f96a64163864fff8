"""An autoencoder in any order of calls: it is fitted, goes on, is saved, copied and changed, and stays what it is."""

import pickle
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from properties import COVERED, profile
from sklearn.base import clone
from strategies import noises, optimizers, penalties
from test_autoencoder_properties import assert_same

import npae

RNG = np.random.default_rng(3)
CHUNKS = [RNG.random((count, 4)) for count in (6, 9, 1)]
PER_EPOCH = ("loss", "eta", "seconds", "evaluations")
NAMES = ("fit", "partial_fit", "set_params", "get_params", "save", "reconstruct", "score", "encode", "decode", "sample")
COVERED["npae.Autoencoder"].append("test_estimator_machine")
for method in NAMES:
    COVERED[f"npae.Autoencoder.{method}"].append("test_estimator_machine")


class EstimatorMachine(RuleBasedStateMachine):
    """Calls of one autoencoder; `saved` is a file of it, and what it predicted then."""

    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.saved, self.epochs, self.files = None, 0, 0
        self.quiet = warnings.catch_warnings()
        self.quiet.__enter__()
        warnings.simplefilter("ignore", npae.TrainingWarning)
        warnings.simplefilter("ignore", npae.PosteriorCollapse)

    def teardown(self):
        self.quiet.__exit__(None, None, None)
        self.folder.cleanup()

    @property
    def is_fitted(self):
        return hasattr(self.ae, "theta_")

    @initialize(
        variational=st.booleans(),
        scale=st.sampled_from(["auto", "columns", None]),
        dtype=st.sampled_from(["float64", "float32"]),
        penalty=penalties,
        noise=noises,
        seed=st.integers(0, 99),
    )
    def build(self, variational, scale, dtype, penalty, noise, seed):
        code = npae.GaussianCode(2) if variational else 2
        self.ae = npae.Autoencoder(
            [3, code],
            scale=scale,
            dtype=dtype,
            penalty=penalty,
            noise=noise,
            optimizer="adam",
            epochs=2,
            random_state=seed,
            threads=1,
        )

    @rule(chunk=st.integers(0, 2))
    def fit(self, chunk):
        if (self.ae.batch_size or 1) > len(CHUNKS[chunk]):
            with pytest.raises(ValueError, match="batch_size must be at most"):
                self.ae.fit(CHUNKS[chunk])
            return
        assert self.ae.fit(CHUNKS[chunk]) is self.ae
        self.epochs = self.ae.epochs

    @rule(chunk=st.integers(0, 2))
    def partial_fit(self, chunk):
        assert self.ae.partial_fit(CHUNKS[chunk]) is self.ae
        self.epochs += 1

    @rule(optimizer=optimizers, epochs=st.integers(1, 3), batch_size=st.sampled_from([None, 4]))
    def change_how_it_learns(self, optimizer, epochs, batch_size):
        self.ae.set_params(optimizer=optimizer, epochs=epochs, batch_size=batch_size)

    @rule(method=st.sampled_from([None, "L-BFGS-B", "CG", "hessian-free"]))
    def change_whether_it_is_refined(self, method):
        self.ae.set_params(refine=method and npae.Refine(method, max_iterations=1))

    @precondition(lambda self: self.is_fitted)
    @rule(activation=st.sampled_from(["tanh", "relu"]))
    def another_network_waits_for_fit(self, activation):
        before, theta = self.ae.activation, self.ae.theta_.copy()
        self.ae.set_params(activation=activation)
        if before != activation:
            with pytest.raises(ValueError, match="Call fit to train another network"):
                self.ae.partial_fit(CHUNKS[0])
        np.testing.assert_array_equal(self.ae.theta_, theta)
        self.ae.set_params(activation=before)

    @precondition(lambda self: self.is_fitted)
    @rule()
    def save(self):
        self.files += 1
        path = Path(self.folder.name) / f"{self.files}.npz"
        self.ae.save(path)
        assert_same(npae.load(path), self.ae, CHUNKS[1])
        self.saved = path, self.ae.reconstruct(CHUNKS[1]), self.epochs

    @precondition(lambda self: self.saved)
    @rule()
    def load(self):
        path, rebuilt, self.epochs = self.saved
        self.ae = npae.load(path)
        np.testing.assert_array_equal(self.ae.reconstruct(CHUNKS[1]), rebuilt)

    @rule()
    def pickle(self):
        other = pickle.loads(pickle.dumps(self.ae))
        assert repr(other) == repr(self.ae)
        if self.is_fitted:
            assert_same(other, self.ae, CHUNKS[1])
        self.ae = other

    @rule()
    def clone(self):
        other = clone(self.ae)
        assert repr(other) == repr(self.ae) and not hasattr(other, "theta_")
        self.ae, self.epochs = other, 0

    @precondition(lambda self: self.is_fitted)
    @rule(bad=st.sampled_from([np.nan, np.inf]))
    def refuse_numbers_that_are_none(self, bad):
        theta = self.ae.theta_.copy()
        with pytest.raises(ValueError, match="X must be finite"):
            self.ae.partial_fit(np.where(np.arange(4) == 2, bad, CHUNKS[0]))
        np.testing.assert_array_equal(self.ae.theta_, theta)

    @invariant()
    def history_tells_every_epoch(self):
        if getattr(self, "ae", None) is not None and self.is_fitted:
            assert self.ae.n_epochs_ == self.epochs and self.ae.stop_reason_ == "epochs"
            assert {len(self.ae.history_[name]) for name in PER_EPOCH} == {self.epochs}
            assert np.isfinite(self.ae.history_["loss"]).all()

    @invariant()
    def results_are_finite_and_of_the_right_form(self):
        ae = getattr(self, "ae", None)
        if ae is None or not self.is_fitted:
            return
        assert np.isfinite(ae.theta_).all() and ae.theta_.dtype == ae.dtype
        rebuilt, codes = ae.reconstruct(CHUNKS[1]), ae.encode(CHUNKS[1])
        assert rebuilt.shape == CHUNKS[1].shape and codes.shape == (9, 2) and np.isfinite(rebuilt).all()
        np.testing.assert_allclose(ae.decode(codes), rebuilt, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(-ae.score(CHUNKS[1]), npae.metrics.mse(CHUNKS[1], rebuilt), rtol=1e-9)
        assert ae.sample(2, 0).shape == (2, 4) and (ae.code_variance_ >= 0).all()


@pytest.mark.parametrize(
    ("examples", "steps"), [pytest.param(3, 10, id="few"), pytest.param(40, 25, marks=pytest.mark.slow, id="many")]
)
def test_an_estimator_stays_consistent_in_any_order_of_calls(examples, steps):
    run_state_machine_as_test(EstimatorMachine, settings=profile(examples, stateful_step_count=steps))
