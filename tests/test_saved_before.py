"""What earlier versions of npae saved is read by today's: files in `saved/`, which says how they were made.

What a file holds must come back to the bit. What is computed from it need not: BLAS adds up in another order on other
processors, so predictions may differ in their last digits, and what a run makes of such differences is larger. (That
today's code computes the same bits on one machine cannot be seen here.)
"""

import json
import shutil
import sys
from concurrent.futures import Executor, Future
from pathlib import Path

import numpy as np
import pytest

import npae

sys.path.insert(0, str(Path(__file__).parent / "saved"))
from make import HERE, read
from saved_models import MODELS, answers, described, samples_for, timeless
from saved_runs import CHUNKS, RUNS, estimator, samples_of, stream
from saved_studies import STUDIES

DEFINED = {"models": {*MODELS}, "checkpoints": {*RUNS, "stream"}, "studies": {*STUDIES}}
NAMELESS = pytest.mark.filterwarnings("ignore:X does not have valid feature names")  # one model knows names of columns
VERSIONS = sorted(path.parent for path in HERE.glob("*/expected.json"))
TRAINED = 1e-8  # how far training may lead two processors apart, beside the largest number (1e-10 was seen)
SINGLE = 1e-5  # the same in single precision (1e-7 was seen)


OLD_DEFAULTS = {  # of 0.1.0: definitions that say nothing else were written for them
    npae.Autoencoder: {"activation": "tanh", "scale": None, "optimizer": "adam", "refine": None, "epochs": 200},
    npae.Classifier: {"scale": None},
}


@pytest.fixture(autouse=True)
def old_defaults(monkeypatch):
    """Give estimators the defaults that they had in 0.1.0: what a definition names keeps its meaning."""
    for kind, defaults in OLD_DEFAULTS.items():
        monkeypatch.setattr(kind.__init__, "__kwdefaults__", kind.__init__.__kwdefaults__ | defaults)


def files(kind):
    """Return the files of this kind that all versions wrote."""
    return [path for version in VERSIONS for path in sorted((version / kind).iterdir())]


def each(kind, names=None):
    """Parametrize a test with the files of this kind, all or those of some names."""
    chosen = [path for path in files(kind) if names is None or path.stem in names]
    return pytest.mark.parametrize("path", chosen, ids=lambda path: f"{path.parents[1].name} {path.stem}")


def noted(path):
    """Return the arrays and the facts that were noted down of a file, and the inputs."""
    version, kind = path.parents[1], path.parent.name
    arrays, start = read(version / "expected.npz"), f"{kind}/{path.stem}/"
    facts = json.loads((version / "expected.json").read_text(encoding="utf-8"))[kind][path.stem]
    own = {name.removeprefix(start): array for name, array in arrays.items() if name.startswith(start)}
    return own, facts, read(version / "inputs.npz")


def close(computed, expected, tolerance):
    """Assert that arrays are equal but for `tolerance` of the largest number."""
    assert (computed.dtype, computed.shape) == (expected.dtype, expected.shape)
    np.testing.assert_allclose(computed, expected, rtol=0, atol=tolerance * np.abs(expected).max())


def trained(dtype):
    return TRAINED if dtype == np.float64 else SINGLE


def test_every_definition_has_a_file_and_every_file_a_definition():
    assert {kind: {path.stem for path in files(kind)} for kind in DEFINED} == DEFINED


@each("models")
def test_a_model_has_the_numbers_of_its_file_to_the_bit(path):
    arrays, _, _ = noted(path)
    model = npae.load(path)
    for name in {"theta", "code_mean", "code_covariance", "classes"} & arrays.keys():
        assert getattr(model, f"{name}_").dtype == arrays[name].dtype
        np.testing.assert_array_equal(getattr(model, f"{name}_"), arrays[name])


@each("models")
def test_a_model_has_the_parameters_layers_and_history_that_it_had(path):
    _, facts, _ = noted(path)
    now = described(npae.load(path))
    np.testing.assert_equal(now.pop("history"), facts.pop("history"))  # to which not a number is equal to itself
    assert {name: now["params"].get(name) for name in facts["params"]} == facts.pop("params")
    assert {name: now[name] for name in facts} == facts


@NAMELESS
@each("models")
def test_a_model_says_of_samples_what_it_said(path):
    arrays, _, data = noted(path)
    samples, options = samples_for(path.stem, data)
    for name, said in answers(npae.load(path), samples[0], **options).items():
        if said.dtype.kind == "U":
            assert said.tolist() == arrays[name].tolist()
        else:
            rtol = 1e-12 if said.dtype == np.float64 else 1e-5
            assert said.dtype == arrays[name].dtype
            np.testing.assert_allclose(said, arrays[name], rtol=rtol, atol=rtol)


@NAMELESS
@each("models")
def test_a_model_goes_on_training_as_it_did(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # one of them keeps a checkpoint
    arrays, facts, data = noted(path)
    samples, options = samples_for(path.stem, data)
    model = npae.load(path).partial_fit(*samples, **options)
    assert model.n_epochs_ == facts["n_epochs"] + 1
    close(model.theta_, arrays["theta_after"], trained(model.theta_.dtype))


def gone_on(path, tmp_path):
    """Let a run go on from a copy of its checkpoint; return the model and the epochs that were trained."""
    seen, (_, _, data) = [], noted(path)
    checkpoint = npae.Checkpoint(shutil.copy(path, tmp_path))
    model = estimator(path.stem, path.parents[1] / "models", lambda run: seen.append(run.epoch), checkpoint)
    return model.fit(*samples_of(path.stem, data)), seen


@NAMELESS
@each("checkpoints", RUNS)
def test_a_run_that_ended_early_goes_on_and_ends_where_it_would_have(path, tmp_path):
    arrays, facts, _ = noted(path)
    model, seen = gone_on(path, tmp_path)
    assert seen == list(range(RUNS[path.stem][1], facts["n_epochs"] + 1))  # none of those before, which are in the file
    assert (model.n_epochs_, model.stop_reason_) == (facts["n_epochs"], facts["stop_reason"])
    close(model.theta_, arrays["theta"], trained(model.theta_.dtype))


@NAMELESS
@each("checkpoints", RUNS)
def test_what_a_run_had_recorded_before_it_ended_is_kept_to_the_bit(path, tmp_path):
    _, facts, _ = noted(path)
    before, history = RUNS[path.stem][1] - 1, timeless(gone_on(path, tmp_path)[0].history_)
    assert history.keys() - {"notes", "evaluations"} == facts["history"].keys() - {"evaluations"}
    for name, column in facts["history"].items():
        assert len(history[name]) == len(column)
        kept = before if name != "refinements" else sum(record["epoch"] <= before for record in column)
        assert kept > 0 or not column
        np.testing.assert_equal(history[name][:kept], column[:kept])


@each("checkpoints", {"stream"})
def test_a_stream_goes_on_with_its_next_chunk(path, tmp_path):
    arrays, facts, data = noted(path)
    model = stream().set_params(callbacks=[npae.Checkpoint(shutil.copy(path, tmp_path))])
    model.partial_fit(data["points"][CHUNKS[-1]])
    assert model.n_epochs_ == facts["n_epochs"] == len(CHUNKS)
    assert timeless(model.history_)["loss"][:-1] == facts["history"]["loss"][:-1]
    close(model.theta_, arrays["theta"], TRAINED)


class Counting(Executor):
    """Carries runs out in this thread, and counts them."""

    def __init__(self):
        self.runs = 0

    def submit(self, function, /, *args, **options):
        self.runs += 1
        future = Future()
        future.set_result(function(*args, **options))
        return future


def carried_out(path, copy, executor):
    """Carry out what is left to do of a study, in a copy of its file; return the results."""
    _, _, data = noted(path)
    options = {"workers": 1} if path.stem in ("grid", "random") else {}
    if options:
        pytest.importorskip("optuna")
    return STUDIES[path.stem](data, copy, executor=executor, **options)


@each("studies")
def test_a_study_that_has_ended_runs_nothing_again_and_has_the_same_rows(path, tmp_path):
    """It does where a function or class that its runs depend on goes by another name than it did."""
    _, rows, _ = noted(path)
    executor = Counting()
    results = carried_out(path, shutil.copy(path, tmp_path), executor)
    assert [row for row in results.rows if row not in rows] == []  # those that were done again
    assert (executor.runs, results.rows) == (0, rows)


@each("studies")
def test_a_study_that_lacks_its_last_run_does_that_one_alone(path, tmp_path):
    """So the test above would count runs if there were any."""
    _, rows, _ = noted(path)
    cut, executor = tmp_path / "cut" / path.name, Counting()
    cut.parent.mkdir()
    cut.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    results = carried_out(path, cut, executor)
    assert executor.runs == 1
    assert results.rows[:-1] == rows[:-1]
    row, before = results.rows[-1], rows[-1]
    if path.stem == "random":  # judged by a threshold, which 0.1.0 interpolated between two scores
        assert row.pop("value") >= before.pop("value")
    assert alike(row, before)


def alike(row, other):
    """Return whether two rows say the same, but for seconds and the last digits of other numbers."""
    same = [pytest.approx(value, rel=TRAINED) if isinstance(value, float) else value for value in other.values()]
    return row.keys() == other.keys() and all(
        name == "seconds" or row[name] == value for name, value in zip(other, same, strict=True)
    )


@each("studies", {"repeat", "sweep", "names"})
def test_the_rows_of_a_study_are_read(path):
    _, rows, _ = noted(path)
    assert npae.study.Results.read(path).rows == rows
