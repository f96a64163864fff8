"""Layers: immutable descriptions whose forward pass returns the way back."""

from .base import Chain, Layer
from .dense import Dense
from .dropout import Dropout
from .notation import listed, mirrored
from .recurrent import LSTM

__all__ = ["LSTM", "Chain", "Dense", "Dropout", "Layer", "listed", "mirrored"]
