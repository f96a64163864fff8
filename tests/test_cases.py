"""The table of cases must not lag behind the library."""

import inspect

import pytest
from cases import CASES

import npae
import npae.layers
import npae.losses
from npae.activations import ACTIVATIONS


def public(base, *modules):
    """Return the public, concrete subclasses of `base` that the modules hold."""
    found = {value for module in modules for value in vars(module).values() if inspect.isclass(value)}
    return {cls for cls in found if issubclass(cls, base) and cls is not base and not cls.__name__.startswith("_")}


def missing():
    """Return the public layers and losses that no case has."""
    layers, losses = public(npae.Layer, npae, npae.layers), public(npae.Loss, npae, npae.losses)
    return (layers - {type(case.layer) for case in CASES}) | (losses - {type(case.loss) for case in CASES})


def test_every_public_layer_and_loss_is_in_the_table():
    assert not missing()


def test_a_new_public_layer_or_loss_is_noticed(monkeypatch):
    class Later(npae.Layer):
        """A layer that nobody has put into the table."""

    class Harder(npae.Loss):
        """A loss that nobody has put into the table."""

    monkeypatch.setattr(npae.layers, "Later", Later, raising=False)
    monkeypatch.setattr(npae.losses, "Harder", Harder, raising=False)
    assert missing() == {Later, Harder}


def test_every_activation_is_in_the_table():
    assert {getattr(case.layer, "activation", None) for case in CASES} >= set(ACTIVATIONS)


@pytest.mark.parametrize("table", [npae.losses.LOSSES], ids=["losses"])
def test_every_named_loss_is_in_the_table(table):
    assert {type(loss) for loss in table.values()} <= {type(case.loss) for case in CASES}
