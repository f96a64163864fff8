"""What a call of `partial_fit` costs does not depend on how many there were before."""

import pytest

import npae
from npae.training import epochs
from npae.training.json_log import line_of

X = npae.datasets.load_font("capitals").pixels
BATCHES = {"optimizer": "adam", "batch_size": 16}
REFINED = {"optimizer": None, "refine": npae.Refine("CG", max_iterations=2)}


class Unread(list):
    """A column that nobody may read from its beginning to its end."""

    def __iter__(self):
        raise AssertionError("a column must not be read as a whole in each call")


@pytest.mark.parametrize("params", [BATCHES, REFINED], ids=["batches", "refinements"])
def test_a_call_does_not_walk_through_those_before(params, monkeypatch):
    monkeypatch.setattr(epochs, "POINTS_OF_ALL", 3)
    ae = npae.Autoencoder([2], random_state=0, **params)
    for _ in range(5):
        ae.partial_fit(X)
    evaluations = ae.history_["evaluations"][-1]
    for name, column in ae.history_.items():
        ae.history_[name] = Unread(column)
    ae.partial_fit(X)
    assert ae.n_epochs_ == len(ae.history_["loss"]) == 6
    assert ae.history_["evaluations"][-1] > evaluations == ae.history_["evaluations"][-2]
    assert len(ae.history_["refinements"]) == (6 if params is REFINED else 0)


def test_the_curves_of_a_stream_keep_their_last_points(monkeypatch):
    monkeypatch.setattr(epochs, "POINTS_OF_ALL", 3)
    monkeypatch.setattr("npae.optimize.curve.POINTS_OF_ALL", 3)
    ae = npae.Autoencoder([2], random_state=0, **REFINED)
    for _ in range(6):
        ae.partial_fit(X)
    records = [ae.history_["refinements"][index] for index in range(6)]
    assert [len(record["curve"]["loss"]) for record in records] == [1] * 6
    assert [record["curve"]["iteration"] for record in records] == [[2]] * 6


def test_a_line_of_a_log_finds_the_refinements_of_its_epoch_without_a_walk():
    records = Unread({"epoch": epoch, "method": "CG", "curve": {}} for epoch in (2, 2, 4, 7))
    history = {"loss": [0.5] * 7, "refinements": records}
    assert [line_of(history, epoch).count("CG") for epoch in range(1, 8)] == [0, 2, 0, 1, 0, 0, 1]
