"""Encoder, decoder and loss as one differentiable function of theta."""

from .network import Network
from .shards import Evaluator, Shards

__all__ = ["Evaluator", "Network", "Shards"]
