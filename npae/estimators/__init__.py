"""What a user fits, looks into and saves."""

from .anomaly_detector import AnomalyDetector
from .autoencoder import Autoencoder
from .classifier import Classifier
from .interpolation import interpolate
from .loading import load
from .sklearn_contract import NotFittedError
from .variational import PosteriorCollapse

__all__ = ["AnomalyDetector", "Autoencoder", "Classifier", "NotFittedError", "PosteriorCollapse", "interpolate", "load"]
