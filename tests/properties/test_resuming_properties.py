"""Training that ends at any epoch goes on to the bit, and callbacks that watch change nothing."""

import contextlib
import io
import json
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import strategies as st
from properties import property_of
from strategies import fitted, settings_of_autoencoders, tables
from test_autoencoder_properties import assert_same, without_seconds

import npae

EPOCHS = 5
adaptive = st.sampled_from(
    [
        npae.Adam(0.05, adapt=npae.CosineDecay()),
        npae.Momentum(0.1, adapt=npae.AdaptiveEta()),
        npae.RMSprop(0.01, adapt=npae.WarmUp(2, npae.StepDecay(2))),
        npae.Adam(0.05, adapt=npae.ReduceOnPlateau(patience=1, min_delta=0.01)),
        npae.KFAC(),
    ]
)


class Killed(BaseException):
    """Stands for the end of a process."""


def until(epoch):
    """Return a callback that ends the process after an epoch."""

    def callback(training):
        if training.epoch == epoch:
            raise Killed

    return callback


@property_of(
    "npae.Checkpoint.restored",
    *("npae.Checkpoint", "npae.Checkpoint.begin", "npae.Autoencoder.fit", "npae.EtaSchedule"),
    few=1,
    many=20,
    X=tables(),
    params=settings_of_autoencoders(variational=st.just(False)),
    optimizer=st.one_of(st.none(), adaptive),
    every=st.integers(1, 2),
)
def test_training_resumes_to_the_bit_from_every_epoch(X, params, optimizer, every):
    params |= {"epochs": EPOCHS} | ({} if optimizer is None else {"optimizer": optimizer})
    params |= {"noise": None} if isinstance(optimizer, npae.KFAC) else {}
    whole = fitted(X, **params)
    with tempfile.TemporaryDirectory() as folder:
        for epoch in range(1, EPOCHS + 1):
            checkpoint = npae.Checkpoint(Path(folder) / f"{epoch}.npz", every=every)
            with contextlib.suppress(Killed):
                fitted(X, **params, callbacks=[checkpoint, until(epoch)])
            resumed = fitted(X, **params, callbacks=[checkpoint])
            assert_same(resumed, whole, X)
            assert without_seconds(resumed.history_) == without_seconds(whole.history_)
        assert not [*Path(folder).glob(".*")]


def watchers(folder):
    """Return callbacks that only watch, by their public names."""
    return {
        "npae.Checkpoint": npae.Checkpoint(folder / "training.npz"),
        "npae.EarlyStopping": npae.EarlyStopping("loss", target=-1.0),
        "npae.Converged": npae.Converged(0.0, 0.0),
        "npae.Record": npae.Record(["mse", "max_error"]),
        "npae.UnitReport": npae.UnitReport(),
        "npae.CodeReport": npae.CodeReport(),
        "npae.Progress": npae.Progress(),
        "npae.JSONLog": npae.JSONLog(folder / "log.jsonl"),
    }


WATCHERS = [*watchers(Path())]


@property_of(
    *WATCHERS,
    *(f"{name}.begin" for name in WATCHERS),
    "npae.Callback",
    few=3,
    many=30,
    name=st.sampled_from(WATCHERS),
    X=tables(),
    params=settings_of_autoencoders(variational=st.just(False)),
)
def test_a_callback_that_watches_changes_no_bit_of_a_model(name, X, params):
    params["batch_size"] = None
    params["encoder"] = [3, npae.GaussianCode(2)] if name == "npae.CodeReport" else params["encoder"]
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stderr(io.StringIO()):
        watched = fitted(X, **params, callbacks=[watchers(Path(folder))[name]])
        log = Path(folder) / "log.jsonl"
        lines = [json.loads(line) for line in log.read_text().splitlines()] if name == "npae.JSONLog" else []
    plain = fitted(X, **params)
    if name == "npae.Converged" and watched.stop_reason_ == "converged":
        return
    assert_same(watched, plain, X)
    assert watched.history_["loss"] == plain.history_["loss"] and watched.stop_reason_ == "epochs"
    if name == "npae.Record":
        assert {len(watched.history_[metric]) for metric in ("mse", "max_error")} == {watched.n_epochs_}
    if name == "npae.JSONLog":
        assert [line["loss"] for line in lines if "loss" in line and "iteration" not in line] == plain.history_["loss"]


@property_of(
    "npae.EarlyStopping",
    X=tables(),
    seed=st.integers(0, 99),
    patience=st.integers(1, 3),
    restore=st.booleans(),
    least=st.sampled_from([0.0, 0.01]),
)
def test_early_stopping_waits_as_long_as_it_says(X, seed, patience, restore, least):
    stop = npae.EarlyStopping("loss", patience=patience, min_delta=least, restore_best=restore)
    params = {"encoder": [2], "optimizer": npae.Adam(0.3), "epochs": 25, "random_state": seed, "callbacks": [stop]}
    ae = fitted(X, **params)
    losses, best, waited = ae.history_["loss"], np.inf, 0
    for loss in losses[:-1]:
        best, waited = (loss, 0) if loss < best - least else (best, waited + 1)
        assert waited < patience, "it should have stopped before"
    waited = 0 if losses[-1] < best - least else waited + 1
    assert waited == patience or ae.n_epochs_ == 25
    if restore:
        np.testing.assert_allclose(-ae.score(X), min(best, losses[-1] if waited == 0 else best), rtol=1e-9)


@property_of("npae.EarlyStopping", X=tables(), seed=st.integers(0, 99), share=st.sampled_from([0.5, 0.9]))
def test_a_target_ends_training_at_the_first_epoch_that_reaches_it(X, seed, share):
    params = {"encoder": [2], "optimizer": "adam", "epochs": 30, "random_state": seed}
    losses = fitted(X, **params).history_["loss"]
    target = share * losses[0] + (1 - share) * min(losses)
    ae = fitted(X, **params, callbacks=[npae.EarlyStopping("loss", target=target)])
    first = next(i for i, loss in enumerate(losses) if loss <= target)
    assert ae.n_epochs_ == first + 1 and ae.history_["loss"] == losses[: first + 1]
