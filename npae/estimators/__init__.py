"""What a user fits, looks into and saves."""

from . import (
    classifying,
    detecting,
    estimator,
    feature_errors,
    fitting,
    learning,
    metadata_requests,
    notebook_view,
    predicting,
    saving,
    scoring,
    sklearn_contract,
    transforming,
    variational,
)
from .anomaly_detector import AnomalyDetector
from .autoencoder import Autoencoder
from .classifier import Classifier
from .discovery import Discovery, discover
from .estimator import Estimator
from .interpolation import interpolate
from .loading import load
from .sklearn_contract import NotFittedError
from .variational import PosteriorCollapse
from .verdict import (
    CollapsedCode,
    FillsWorseThanMean,
    NeglectedColumns,
    NoBetterThanMean,
    NotConverged,
    TrainingWarning,
)

__all__ = [
    "AnomalyDetector",
    "Autoencoder",
    "Classifier",
    "CollapsedCode",
    "Discovery",
    "FillsWorseThanMean",
    "NeglectedColumns",
    "NoBetterThanMean",
    "NotConverged",
    "NotFittedError",
    "PosteriorCollapse",
    "TrainingWarning",
    "discover",
    "interpolate",
    "load",
]

# Signatures in these modules name what imports the modules: typing.get_type_hints looks it up there.
for _module in (
    *(classifying, detecting, estimator, feature_errors, fitting, learning),
    *(metadata_requests, notebook_view, predicting, saving, scoring, sklearn_contract, transforming, variational),
):
    vars(_module).update(
        AnomalyDetector=AnomalyDetector, Autoencoder=Autoencoder, Classifier=Classifier, Estimator=Estimator
    )
