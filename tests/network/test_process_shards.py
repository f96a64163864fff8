"""Processes evaluate as threads do, to the bit, and fall back to them where they cannot be."""

import os
import signal
import sys
import types
import warnings
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import pytest

import npae
from npae import Dense, Network
from npae.execution import shared_memory
from npae.execution.worker_rules import WorkerLost, processes_may_help
from npae.layers import Layer
from npae.network import Shards, process_shards
from npae.network.process_shards import ProcessShards
from npae.samples import Samples
from npae.training.state import TrainingState


def small(**more):
    return Network([Dense(9, "tanh"), Dense(3, "tanh")], [Dense(9, "tanh"), Dense(12)], in_shape=(12,), **more)


def data(n=50):
    return np.random.default_rng(1).random((n, 12))


def cases(tmp_path):
    X = data()
    np.save(tmp_path / "rows.npy", np.concatenate([X, X]))
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r")
    mask = np.arange(6) < np.random.default_rng(2).integers(1, 7, 20)[:, None]
    series = Network([npae.LSTM(4)], [npae.Repeat(6), npae.LSTM(4, sequences=True), Dense(3)], in_shape=(6, 3))
    noisy = small(noise=npae.GaussianNoise(0.3))
    rows = np.random.default_rng(3).permutation(50)[:21]
    yield "all", small(), Samples(X), None
    yield "rows", small(), Samples(X), rows
    yield "float32", small(dtype="float32"), Samples(X), rows
    yield "noise", noisy, Samples(X), rows
    yield "targets", small(), Samples(X, T=X[:, ::-1].copy()), rows
    yield "weights", small(), Samples(X, weights=np.linspace(0, 2, 50)), rows
    yield "gaps", small(fill=np.zeros(12)), Samples(np.where(X < 0.1, np.nan, X), gaps=True), rows
    yield "a mapped file", small(), Samples(mapped[::2]), rows
    yield "masks", series, Samples(np.random.default_rng(1).random((20, 6, 3)), mask=mask), rows[rows < 20]
    yield "more shards than rows", small(), Samples(X[:2]), None


@pytest.mark.parametrize("some", [("noise", "a mapped file"), pytest.param((), marks=pytest.mark.slow)])
def test_processes_give_the_bits_of_threads(tmp_path, some):
    for what, network, samples, rows in cases(tmp_path):
        if some and what not in some:
            continue
        theta = network.init(np.random.default_rng(0))
        with Shards(network, 3) as threads, ProcessShards(network, 3) as team:
            for epoch in (0, 1):
                made = []
                for each in (threads, team):
                    each.begin_epoch(epoch)
                    rng = np.random.default_rng(4) if network.stochastic else None
                    value = each.evaluate(theta, samples, rows=rows, rng=rng)
                    made.append((value, each.gradient.copy(), each.evaluate(theta, samples, rows=rows, gradient=False)))
                assert made[0][0] == made[1][0], what
                assert made[0][2] == made[1][2], what
                np.testing.assert_array_equal(made[0][1], made[1][1], err_msg=what)


OTHERS = [npae.Momentum(0.05, weight_decay=0.1), npae.RMSprop(0.01, clip=0.01), npae.KFAC()]


@pytest.mark.parametrize("optimizers", [[npae.Adam(0.01)], pytest.param(OTHERS, marks=pytest.mark.slow)])
def test_training_on_processes_gives_the_bits_of_threads(monkeypatch, optimizers):
    monkeypatch.setattr(process_shards, "SHARED_STEP", 1)
    X = data(64)
    for optimizer in optimizers:
        kw = {"optimizer": optimizer, "refine": None, "epochs": 3, "batch_size": 20, "random_state": 0, "scale": None}
        with quiet():
            one = npae.Autoencoder([9, 3], threads=2, **kw).fit(X)
            two = npae.Autoencoder([9, 3], workers=2, **kw).fit(X)
            for each in (one, two):
                each.partial_fit(X[:30])
        assert one.history_["loss"] == two.history_["loss"], optimizer
        np.testing.assert_array_equal(one.theta_, two.theta_)


@contextmanager
def quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", npae.NotConverged)
        yield


@pytest.mark.slow
def test_full_batches_refinement_and_adaptive_eta_go_on_from_the_gradient_of_all_processes():
    X = data(40)
    kw = {"optimizer": npae.GradientDescent(0.1, adapt=npae.AdaptiveEta()), "refine": npae.Refine("CG", every=2)}
    with quiet():
        one, two = (
            npae.Autoencoder([9, 3], epochs=4, random_state=0, **kw, **how).fit(X).fit(X)
            for how in ({"threads": 2}, {"workers": 2})
        )
    np.testing.assert_array_equal(one.theta_, two.theta_)


def test_a_lost_worker_leaves_the_best_theta(monkeypatch):
    X, ids = data(64), []
    start = ProcessShards._begin

    def begin(shards):
        start(shards)
        ids.extend(shards._team.ids)

    monkeypatch.setattr(ProcessShards, "_begin", begin)

    def kill(training):
        if training.epoch == 3:
            os.kill(ids[0], signal.SIGKILL)

    ae = npae.Autoencoder(
        [9, 3], optimizer="adam", refine=None, epochs=9, batch_size=16, workers=2, random_state=0, callbacks=[kill]
    )
    with pytest.raises(WorkerLost, match="was ended by SIGKILL. Train with workers=1"):
        ae.fit(X)
    assert len(ae.history_["loss"]) == 3
    same = ae.set_params(epochs=3, workers=None, threads=2, callbacks=())
    kept = ae.theta_
    with quiet():
        np.testing.assert_array_equal(same.fit(X).theta_, kept)


@dataclass(frozen=True)
class Nowhere(Layer):
    """A layer whose class no other process can import."""

    def forward(self, x, params, context):
        return x, lambda dy, grads: dy


def test_what_cannot_travel_is_said(monkeypatch):
    module = types.ModuleType("only_here")
    module.Nowhere = Nowhere
    monkeypatch.setitem(sys.modules, "only_here", module)
    monkeypatch.setattr(Nowhere, "__module__", "only_here")
    ae = npae.Autoencoder([Dense(3), Nowhere()], decoder=[Dense(12)], refine=None, epochs=1, workers=2)
    with pytest.raises(ValueError, match=r"workers must be 1 .* No module named 'only_here'.* into a module, or train"):
        ae.fit(data())
    assert not hasattr(ae, "theta_")


def test_without_shared_memory_threads_do_the_work(monkeypatch):
    def refuse(*_):
        raise OSError(28, "No space left on device")

    ae = npae.Autoencoder([9, 3], optimizer="adam", refine=None, epochs=2, random_state=0)
    with quiet():
        expected = ae.set_params(threads=2).fit(data()).theta_
        monkeypatch.setattr(shared_memory, "_memory", refuse)
        with pytest.warns(
            UserWarning, match="worker processes cannot be used here: .*No space left.*Threads share"
        ) as said:
            made = ae.set_params(threads=None, workers=2).fit(data()).theta_
    assert sum(each.category is UserWarning for each in said) == 1
    np.testing.assert_array_equal(made, expected)


@pytest.mark.parametrize("what", ["rows", "memory m"])
def test_threads_go_on_where_shared_memory_is_at_its_end(monkeypatch, what):
    monkeypatch.setattr(process_shards, "SHARED_STEP", 1)
    lend = process_shards.ProcessTeam._lend

    def full(team, name, shared):
        if name == what:
            shared.close()
            raise OSError(28, "No space left on device")
        return lend(team, name, shared)

    kw = {"optimizer": "adam", "refine": None, "epochs": 2, "batch_size": 20, "random_state": 0}
    with quiet():
        expected = npae.Autoencoder([9, 3], threads=2, **kw).fit(data()).theta_
        monkeypatch.setattr(process_shards.ProcessTeam, "_lend", full)
        with pytest.warns(UserWarning, match="worker processes cannot be used here: .*No space left"):
            made = npae.Autoencoder([9, 3], workers=2, **kw).fit(data()).theta_
    np.testing.assert_array_equal(made, expected)


@pytest.mark.parametrize("faster", [True, False])
def test_processes_take_over_where_they_are_measured_to_be_faster(monkeypatch, faster):
    from npae.network import team_choice

    monkeypatch.setattr(team_choice, "PATIENCE", 0.0)
    monkeypatch.setattr(team_choice, "GAIN", 1e9 if faster else 0.0)
    seen = []
    monkeypatch.setattr(process_shards.ProcessTeam, "begin", _noting(process_shards.ProcessTeam.begin, seen))
    network, samples = small(), Samples(data())
    theta = network.init(np.random.default_rng(0))
    state = TrainingState(theta.copy(), np.random.default_rng(0), eta=0.01)
    with ProcessShards(network, 2, choose=True) as shards, shards.holding(state), Shards(network, 2) as threads:
        for _ in range(100_000):
            value = shards.evaluate(state.theta, samples)
            if shards._choice.over:
                break
        assert value == threads.evaluate(theta, samples)
        np.testing.assert_array_equal(shards.gradient, threads.gradient)
        assert shards._choice.over
        assert (shards._team_in_use() is not None) == faster
        assert (shards._team is not None) == faster
    assert len(seen) == 1


def _noting(function, seen):
    def noting(*arguments):
        seen.append(arguments)
        return function(*arguments)

    return noting


def test_a_worker_starts_no_workers_of_its_own(monkeypatch):
    assert processes_may_help()
    monkeypatch.setenv("NPAE_WORKER", "1")
    assert not processes_may_help()


def test_a_program_that_runs_python_inside_starts_no_workers_unasked(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/usr/bin/uwsgi")
    assert not processes_may_help()


def test_threads_without_a_lock_need_no_processes(monkeypatch):
    monkeypatch.setattr(sys, "_is_gil_enabled", lambda: False, raising=False)
    assert not processes_may_help()


@pytest.mark.parametrize(
    ("workers", "threads", "says"),
    [
        (0, None, "workers must be an integer of at least 1"),
        (1.5, None, "workers must be an integer"),
        (2, 3, "threads must be None or as many as the 2 workers, got 3"),
    ],
)
def test_bad_workers(workers, threads, says):
    with pytest.raises(ValueError, match=says):
        npae.Autoencoder([3], workers=workers, threads=threads).fit(data())


def descriptors():
    return len(os.listdir("/proc/self/fd"))


@pytest.mark.skipif(not os.path.exists("/proc/self/fd"), reason="descriptors are counted in /proc")
def test_fits_that_were_refused_leave_no_descriptors(monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    before = descriptors()
    monkeypatch.setattr(process_shards, "ProcessTeam", interrupted)
    with pytest.raises(KeyboardInterrupt):
        ProcessShards(small(), 2)
    assert descriptors() == before


def test_a_mapped_file_that_was_replaced_is_not_taken_for_the_old_one(tmp_path):
    path, other = tmp_path / "rows.npy", tmp_path / "other.npy"
    np.save(path, data())
    mapped = np.load(path, mmap_mode="r")
    np.save(other, 2 * data())
    os.replace(other, path)
    ae = npae.Autoencoder([3], optimizer="adam", refine=None, epochs=1, random_state=0)
    with quiet():
        expected = ae.set_params(threads=2).fit(mapped).theta_
        with pytest.warns(UserWarning, match="rows.npy must hold what was mapped, got another file of its name"):
            made = ae.set_params(threads=None, workers=2).fit(mapped).theta_
    np.testing.assert_array_equal(made, expected)


def test_a_program_that_carries_python_inside_starts_no_workers(monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    with quiet(), pytest.warns(UserWarning, match="worker processes cannot be used here"):
        npae.Autoencoder([3], optimizer="adam", refine=None, epochs=1, workers=2).fit(data())
