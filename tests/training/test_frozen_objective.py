"""What a refinement sees of the data, and what a training that resumes has for a history."""

import numpy as np

from npae import Autoencoder, Checkpoint, Dense, Network
from npae.samples import Samples
from npae.training.frozen_objective import FrozenObjective
from npae.training.history import History

X = np.arange(60.0).reshape(20, 3)


def test_a_sample_for_a_refinement_has_each_row_once_and_in_order():
    network = Network([Dense(2, "tanh")], [Dense(3)], in_shape=(3,))
    objective = FrozenObjective(network, None, Samples(X), np.random.default_rng(0), sample=19)
    rows = objective._samples.X[:, 0]
    assert len(rows) == 19 and (np.diff(rows) > 0).all()


def test_a_training_that_resumes_has_the_kind_of_history_that_a_notebook_draws(tmp_path):
    for epochs in (2, 4):
        params = {"epochs": epochs, "scale": "columns", "random_state": 0}
        ae = Autoencoder([2], optimizer="adam", callbacks=[Checkpoint(tmp_path / "training.npz")], **params).fit(X)
    assert type(ae.history_) is History and len(ae.history_["loss"]) == 4
