"""What a fit in one process knows and a cluster does not is refused by name, before the cluster is asked."""

import inspect

import numpy as np
import pytest
from looped import in_one_test

import npae
from npae import distributed

MODEL = npae.Autoencoder([2], epochs=1)
OPTIONS = {*inspect.signature(npae.Autoencoder.fit).parameters} - {"self", "X", "validation_data", "mask"}


@in_one_test("name", sorted(OPTIONS))
def test_what_only_a_fit_in_one_process_takes_is_refused_by_name(name):
    with pytest.raises(ValueError, match=f"{name} must be None on a cluster, got ndarray. Use model.fit"):
        distributed.fit(MODEL, [], **{name: np.ones((3, 2), bool)})
    assert not hasattr(MODEL, "theta_")


def test_what_no_fit_takes_is_refused_as_such():
    with pytest.raises(TypeError, match="options must be among those of Autoencoder.fit, got 'masks'"):
        distributed.fit(MODEL, [], masks=None)


def test_gaps_are_refused_by_name():
    model = npae.Autoencoder([2])
    model.missing = "ignore"
    with pytest.raises(ValueError, match="missing must be 'error' on a cluster, got 'ignore'"):
        distributed.fit(model, [])
