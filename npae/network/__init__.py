"""Encoder, decoder and loss as one differentiable function of theta."""

from . import (
    charges,
    curvature_checks,
    derivatives,
    diagnosis,
    gauss_newton,
    inference,
    network_summary,
    pieces,
    sides,
    theta,
)
from .network import Network
from .network_summary import LayerSummary, Summary
from .shards import Batch, Evaluator, Shards

__all__ = ["Batch", "Evaluator", "LayerSummary", "Network", "Shards", "Summary"]

# Signatures in these modules name what imports the modules: typing.get_type_hints looks it up there.
_MODULES = (
    charges,
    curvature_checks,
    derivatives,
    diagnosis,
    gauss_newton,
    inference,
    network_summary,
    pieces,
    sides,
    theta,
)
for _module in _MODULES:
    vars(_module).update(Network=Network)
