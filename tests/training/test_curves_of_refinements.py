"""What a training does with the iterations of its refinements: it records them, and callbacks see them and may stop."""

import io
import json

import numpy as np
import pytest
from test_checkpoint import timeless

import npae
from npae import Autoencoder, Checkpoint, EarlyStopping, JSONLog, Refine, TensorBoard
from npae.optimize import curve as curve_module
from npae.optimize.time_left import Status
from npae.settings import archive
from npae.training import epochs as epochs_module
from npae.training.epochs import evaluations_of

X = np.random.default_rng(0).random((24, 6))
BFGS = {"optimizer": None, "refine": Refine("BFGS", max_iterations=8)}
ALTERNATING = {"optimizer": "adam", "refine": Refine("L-BFGS-B", every=2, max_iterations=5), "batch_size": 10}


def fitted(*callbacks, **params):
    return Autoencoder(**{"encoder": [5, 3], "epochs": 4, "random_state": 0, **params}, callbacks=callbacks).fit(X)


def curves(model):
    return [record["curve"] for record in model.history_["refinements"]]


def joined(curves, name):
    """Return a column of several curves as one list."""
    return [value for curve in curves for value in curve[name]]


def assert_same_training(one, other):
    """Theta, the reason to stop and the history except times are equal to the bit."""
    np.testing.assert_array_equal(one.theta_, other.theta_)
    assert one.stop_reason_ == other.stop_reason_
    for name in ("loss", "evaluations"):
        assert one.history_[name] == other.history_[name]
    records = [[timeless(record) for record in model.history_["refinements"]] for model in (one, other)]
    assert records[0] == records[1]


@pytest.mark.parametrize("params", [BFGS, ALTERNATING], ids=["alone", "alternating"])
def test_evaluations_and_seconds_count_from_the_beginning_of_training(params):
    history = fitted(**params).history_
    batches = 3 if params is ALTERNATING else 0
    refined = dict.fromkeys(range(1, 5), 0) | {r["epoch"]: r["evaluations"] for r in history["refinements"]}
    counts = np.cumsum([batches + refined[epoch] for epoch in (1, 2, 3, 4)]).tolist()
    assert history["evaluations"] == counts
    for record in history["refinements"]:
        end, curve = record["epoch"] - 1, record["curve"]
        evaluations, seconds = ((0, *history[name])[end] for name in ("evaluations", "seconds"))
        assert evaluations + batches < curve["evaluations"][0] < curve["evaluations"][-1] <= counts[end]
        assert seconds < curve["seconds"][0] < curve["seconds"][-1] <= history["seconds"][end] + 1e-6


def test_an_epoch_of_an_optimizer_counts_its_batches():
    assert fitted(optimizer="adam", refine=None).history_["evaluations"] == [1, 2, 3, 4]
    assert fitted(optimizer="adam", refine=None, batch_size=7).history_["evaluations"] == [4, 8, 12, 16]


def test_a_stream_counts_on():
    ae = Autoencoder([2], optimizer="adam", batch_size=8, random_state=0)
    for chunk in (X, X[:9]):
        ae.partial_fit(chunk)
    assert ae.history_["evaluations"] == [3, 5]


def test_the_last_loss_of_a_curve_is_that_of_its_epoch():
    history = fitted(**BFGS).history_
    ends = [curve["loss"][-1] for curve in (record["curve"] for record in history["refinements"])]
    np.testing.assert_allclose(ends, history["loss"], rtol=1e-12)


@pytest.mark.parametrize("params", [BFGS, ALTERNATING], ids=["alone", "alternating"])
def test_curves_go_on_when_a_training_resumes(params, tmp_path):
    checkpoint = Checkpoint(tmp_path / "a.npz")
    fitted(checkpoint, **params, epochs=2)
    resumed, whole = fitted(checkpoint, **params), fitted(**params)
    assert_same_training(resumed, whole)
    seconds = joined(curves(resumed), "seconds")
    assert seconds == sorted(seconds)


def test_a_model_file_keeps_the_curves(tmp_path):
    ae = fitted(**BFGS)
    ae.save(tmp_path / "model.npz")
    assert npae.load(tmp_path / "model.npz").history_ == ae.history_


def without_curves(path):
    """Make a checkpoint one that was written before there were curves."""
    document, arrays = archive.read(path, "checkpoint")
    history = document["state"]["history"]
    del history["evaluations"]
    for record in history["refinements"]:
        del record["curve"]
    for callback in document["callbacks"].values():
        callback.pop("iterations", None)
    names = ("format", "version", "npae", "kind", "arrays")
    archive.write(path, "checkpoint", {k: v for k, v in document.items() if k not in names}, arrays)


@pytest.mark.parametrize("params", [BFGS, ALTERNATING], ids=["alone", "alternating"])
def test_a_checkpoint_without_curves_is_read_and_counted_from_what_it_has(params, tmp_path):
    checkpoint = Checkpoint(tmp_path / "a.npz")
    fitted(checkpoint, **params, epochs=2)
    without_curves(tmp_path / "a.npz")
    resumed, whole = fitted(checkpoint, **params), fitted(**params)
    np.testing.assert_array_equal(resumed.theta_, whole.theta_)
    assert np.isnan(resumed.history_["evaluations"][:2]).all()
    assert resumed.history_["evaluations"][2:] == whole.history_["evaluations"][2:]
    assert "curve" not in resumed.history_["refinements"][0]
    assert "curve" in resumed.history_["refinements"][-1]
    resumed.history_.to_pandas(iterations=True)


def test_a_training_that_early_stopping_has_ended_before_there_were_curves_is_not_repeated(tmp_path):
    stop, checkpoint = EarlyStopping(target=1.0), Checkpoint(tmp_path / "a.npz")
    fitted(stop, checkpoint, **BFGS)
    without_curves(tmp_path / "a.npz")
    assert fitted(stop, checkpoint, **BFGS).n_epochs_ == 1


def test_evaluations_of_a_history_without_the_column():
    assert evaluations_of({"loss": [1.0, 2.0], "refinements": [{"evaluations": 7}]}, 10) == 27
    assert evaluations_of({"loss": [], "refinements": []}, 10) == 0


def test_the_curves_of_a_long_training_do_not_grow_without_a_bound(monkeypatch):
    monkeypatch.setattr(curve_module, "POINTS_OF_ALL", 20)
    monkeypatch.setattr(epochs_module, "POINTS_OF_ALL", 20)
    found = curves(fitted(**BFGS, epochs=6))
    assert [len(curve["loss"]) for curve in found] == [1, 1, 1, 2, 2, 4]
    assert all(curve["iteration"][-1] == 8 for curve in found)


def test_a_callback_sees_each_iteration_before_the_epoch_ends():
    seen = []

    def follow(training):
        if not training.after_iteration:
            training.after_iteration.append(lambda iteration: seen.append((training.epoch, iteration)))

    ae = fitted(follow, **BFGS)
    assert [epoch for epoch, _ in seen] == [1] * 8 + [2] * 8 + [3] * 8
    assert [one.loss for _, one in seen] == joined(curves(ae)[1:], "loss")


def test_a_callback_may_end_a_refinement_and_training_goes_on():
    def impatient(training):
        if not training.after_iteration:
            training.after_iteration.append(lambda iteration: iteration.iteration == 3)

    records = fitted(impatient, **BFGS).history_["refinements"]
    assert [(record["iterations"], record["stopped"]) for record in records] == [
        (8, "max_iterations"),
        *[(3, "callback")] * 3,
    ]


def test_early_stopping_ends_a_refinement_at_its_target():
    whole = fitted(**BFGS, epochs=1)
    target = curves(whole)[0]["loss"][4]
    ae = fitted(EarlyStopping(target=target, iterations=True), **BFGS)
    (record,) = ae.history_["refinements"]
    assert (record["iterations"], record["stopped"]) == (5, ae.stop_reason_) == (5, f"loss reached {target}")
    assert record["curve"]["loss"] == curves(whole)[0]["loss"][:5]
    assert ae.history_["loss"][-1] == pytest.approx(target)


def test_early_stopping_without_iterations_looks_after_the_epoch():
    ae = fitted(EarlyStopping(target=1.0), **BFGS)
    assert (ae.history_["refinements"][0]["iterations"], ae.n_epochs_) == (8, 1)


@pytest.mark.parametrize("every", [1, 2])
def test_patience_counts_iterations_and_an_epoch_of_an_optimizer_as_one(every):
    """No iteration improves the loss by 1, except the first, which has nothing before it."""
    stop = EarlyStopping(patience=4, min_delta=1.0, iterations=True, every=every, restore_best=True)
    ae = fitted(stop, **BFGS)
    records = ae.history_["refinements"]
    assert [record["iterations"] for record in records] == [8] * (every - 1) + [5]
    assert ae.stop_reason_ == records[-1]["stopped"] == "loss did not improve for 4 iterations"
    assert ae.network_.value(ae.theta_, X) == pytest.approx(ae.history_["loss"][-1], rel=1e-12)
    optimizer = fitted(EarlyStopping(patience=2, min_delta=1.0, iterations=True), optimizer="adam", refine=None)
    assert optimizer.n_epochs_ == 3


def test_an_epoch_with_a_refinement_is_not_counted_again():
    stop = EarlyStopping(patience=9, min_delta=1.0, iterations=True)
    ae = fitted(stop, **BFGS)
    assert [record["iterations"] for record in ae.history_["refinements"]] == [8, 2]


def test_a_training_that_early_stopping_ends_in_mid_course_resumes_to_the_bit(tmp_path):
    stop, checkpoint = EarlyStopping(patience=20, min_delta=1.0, iterations=True), Checkpoint(tmp_path / "a.npz")
    fitted(stop, checkpoint, **BFGS, epochs=2)
    resumed, whole = fitted(stop, checkpoint, **BFGS), fitted(stop, **BFGS)
    assert_same_training(resumed, whole)
    assert resumed.history_["refinements"][-1]["iterations"] == 5
    assert fitted(stop, checkpoint, **BFGS).n_epochs_ == 3  # it is not repeated


def test_only_the_loss_can_be_watched_after_each_iteration():
    with pytest.raises(ValueError, match="monitor must be 'loss' to be watched after each iteration, got 'mse'"):
        EarlyStopping("mse", target=0, iterations=True)
    for make in (lambda v: EarlyStopping(target=0, iterations=v), lambda v: JSONLog("a", iterations=v)):
        with pytest.raises(ValueError, match="iterations must be True or False"):
            make("yes")
    with pytest.raises(ValueError, match="iterations must be True or False"):
        TensorBoard("a", iterations=2)


def test_a_description_says_nothing_of_a_field_that_is_not_used():
    assert "iterations" not in repr(EarlyStopping(target=0))
    assert "iterations=True" in repr(EarlyStopping(target=0, iterations=True))
    for value in (False, True):
        stop = EarlyStopping(target=0, iterations=value)
        document = npae.settings.description.describe(stop)
        assert ("iterations" in document) == value
        assert npae.settings.description.restore(document) == stop


def lines_of(text):
    return [json.loads(line) for line in text.splitlines()]


def test_a_log_has_a_line_for_each_iteration_if_asked():
    stream = io.StringIO()
    ae = fitted(JSONLog(stream, every=2, iterations=True), **BFGS)
    lines = lines_of(stream.getvalue())
    assert [line["epoch"] for line in lines] == [2] * 9 + [4] * 9
    assert [line.get("iteration") for line in lines] == [*range(1, 9), None] * 2
    assert [line["loss"] for line in lines[:8]] == curves(ae)[1]["loss"]
    assert "curve" not in lines[8]["refinements"][0]


@pytest.mark.parametrize("lost", ['{"epoch": 3, "iteration": 1, "loss": 9}\n{"epo', ""])
def test_a_log_of_iterations_goes_on_when_a_training_resumes(tmp_path, lost):
    path, checkpoint = tmp_path / "log.jsonl", Checkpoint(tmp_path / "a.npz")
    fitted(JSONLog(path, iterations=True), checkpoint, **BFGS, epochs=2)
    path.write_text(path.read_text() + lost)
    ae = fitted(JSONLog(path, iterations=True), checkpoint, **BFGS)
    lines = lines_of(path.read_text())
    assert [line["loss"] for line in lines if "iteration" in line] == joined(curves(ae), "loss")
    assert [line["epoch"] for line in lines] == np.repeat([1, 2, 3, 4], 9).tolist()


def test_tensorboard_gets_each_iteration_in_a_folder_of_its_own(monkeypatch):
    writers = {}

    class Writer:
        def __init__(self, logdir, purge_step):
            self.scalars, self.purge_step, self.closed = [], purge_step, False
            writers[logdir.replace("\\", "/")] = self

        def add_scalar(self, name, value, step):
            self.scalars.append((name, value, step))

        def flush_now_and_then(self):
            pass

        def close(self):
            self.closed = True

    monkeypatch.setattr("npae.training.event_file.EventFile", Writer)
    ae = fitted(TensorBoard("runs", iterations=True), **BFGS, epochs=2)
    ae.partial_fit(X)
    ours = writers["runs/iterations"]  # of the third epoch
    last = curves(ae)[2]
    assert ours.purge_step == 17 and all(writer.closed for writer in writers.values())
    expected = zip(last["loss"], last["gradient_norm"], range(17, 25), strict=True)
    assert ours.scalars == [
        item for loss, norm, step in expected for item in (("loss", loss, step), ("gradient_norm", norm, step))
    ]


def test_what_is_shown_of_a_refinement_names_the_iteration():
    assert str(Status("CG", 0.5, 10.0, 0.5, 1234)) == "refining by CG, iteration 1,234, loss 0.5, 50 %, about 10 s left"
    assert str(Status("CG", 0.5, 10.0, 0.5)) == "refining by CG, loss 0.5, 50 %, about 10 s left"


def test_a_listener_hears_of_iterations(monkeypatch):
    monkeypatch.setattr("npae.optimize.time_left.REPORT_EVERY", 0.0)
    seen = []

    def listen(training):
        training.listeners.append(lambda status: seen.append(status.iteration))

    fitted(listen, **BFGS, epochs=2)
    assert sorted(seen) == seen and set(seen) == set(range(8))


def test_a_history_becomes_a_table_of_epochs_or_of_iterations():
    pytest.importorskip("pandas")
    ae = fitted(**ALTERNATING, validation_fraction=0.25)
    table = ae.history_.to_pandas()
    assert list(table) == ["epoch", "loss", "eta", "seconds", "evaluations", "val_loss"]
    assert table["epoch"].tolist() == [1, 2, 3, 4] and table["loss"].tolist() == ae.history_["loss"]
    table = ae.history_.to_pandas(iterations=True)
    assert table["epoch"].tolist() == [2] * 5 + [4] * 5
    assert table["loss"].tolist() == joined(curves(ae), "loss")
    assert npae.History().to_pandas().empty and npae.History().to_pandas(iterations=True).empty
