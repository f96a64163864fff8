"""What a user fits, looks into and saves."""

from .autoencoder import Autoencoder
from .classifier import Classifier
from .discovery import Discovery, discover
from .interpolation import interpolate
from .loading import load
from .sklearn_contract import NotFittedError
from .variational import PosteriorCollapse

__all__ = [
    "Autoencoder",
    "Classifier",
    "Discovery",
    "NotFittedError",
    "PosteriorCollapse",
    "discover",
    "interpolate",
    "load",
]
