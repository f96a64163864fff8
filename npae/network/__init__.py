"""Encoder, decoder and loss as one differentiable function of theta."""

from .network import Network

__all__ = ["Network"]
