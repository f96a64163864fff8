"""What a user fits, looks into and saves."""

from .autoencoder import Autoencoder
from .classifier import Classifier
from .interpolation import interpolate
from .loading import load
from .sklearn_contract import NotFittedError
from .variational import PosteriorCollapse
from .verdict import CollapsedCode, NoBetterThanMean, NotConverged, TrainingWarning

__all__ = [
    "Autoencoder",
    "Classifier",
    "CollapsedCode",
    "NoBetterThanMean",
    "NotConverged",
    "NotFittedError",
    "PosteriorCollapse",
    "TrainingWarning",
    "interpolate",
    "load",
]
