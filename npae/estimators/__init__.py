"""What a user fits, looks into and saves."""

from .autoencoder import Autoencoder
from .classifier import Classifier
from .estimator import NotFittedError
from .interpolation import interpolate
from .saving import load
from .variational import PosteriorCollapse

__all__ = ["Autoencoder", "Classifier", "NotFittedError", "PosteriorCollapse", "interpolate", "load"]
