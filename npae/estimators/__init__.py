"""What a user fits, looks into and saves."""

from typing import TYPE_CHECKING

from ..settings.first_use import on_first_use
from . import (
    estimator,
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
from .autoencoder import Autoencoder
from .estimator import Estimator
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

if TYPE_CHECKING:
    from .anomaly_detector import AnomalyDetector
    from .classifier import Classifier
    from .discovery import Discovery, discover
    from .interpolation import interpolate
    from .loading import load
else:
    __getattr__, __dir__ = on_first_use(
        __name__,
        {
            "anomaly_detector": "AnomalyDetector",
            "classifier": "Classifier",
            "discovery": "Discovery discover",
            "interpolation": "interpolate",
            "loading": "load",
        },
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
    *(estimator, fitting, learning, metadata_requests, notebook_view, predicting),
    *(saving, scoring, sklearn_contract, transforming, variational),
):
    vars(_module).update(Autoencoder=Autoencoder, Estimator=Estimator)
