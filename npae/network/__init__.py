"""Encoder, decoder and loss as one differentiable function of theta."""

from . import charges, derivatives, diagnosis, inference, pieces, sides, theta
from .network import Network
from .shards import Evaluator, Shards

__all__ = ["Evaluator", "Network", "Shards"]

# Signatures in these modules name what imports the modules: typing.get_type_hints looks it up there.
for _module in (charges, derivatives, diagnosis, inference, pieces, sides, theta):
    vars(_module).update(Network=Network)
