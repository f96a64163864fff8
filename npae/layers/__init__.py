"""Layers: immutable descriptions whose forward pass returns the way back."""

from .base import Chain, Layer
from .dense import Dense
from .dropout import Dropout
from .notation import listed, mirrored

__all__ = ["Chain", "Dense", "Dropout", "Layer", "listed", "mirrored"]
