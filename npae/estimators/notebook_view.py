"""What a user sees of an estimator: a summary of its network, and what a notebook shows.

The functions whose first argument is `self` are methods of estimators.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..network import Network, Summary
from ..network.assembly import checked_shape
from ..settings.html_table import escape
from .construction import build_network
from .sklearn_contract import NotFittedError, check_fitted, diagram, sklearn_exception

if TYPE_CHECKING:
    from .anomaly_detector import AnomalyDetector
    from .autoencoder import Autoencoder
    from .classifier import Classifier
    from .estimator import Estimator


def summary(
    self: Autoencoder, in_shape: int | Sequence[int] | None = None, *, batch_size: int | None = None
) -> Summary:
    """Return what the network consists of: layers, shapes, parameters, memory, and which layer mirrors which.

    Parameters
    ----------
    in_shape : int or tuple of int, default None
        For an autoencoder that is not fitted: the number of features, or the shape of one sample. The summary then
        tells what `fit` would build. None stands for the network that was fitted.
    batch_size : int, default None
        How many samples to tell the memory for. None stands for the autoencoder's `batch_size`, or one sample.

    Returns
    -------
    Summary
        `print` shows it as a table, and so does a notebook; its numbers are attributes.

    Raises
    ------
    NotFittedError
        Before `fit`, without `in_shape` (a ValueError).
    ValueError
        If no network can be built for such samples.

    Examples
    --------
    >>> import npae
    >>> print(npae.Autoencoder([29, 23, 2], loss="bce").summary(35))
    Autoencoder: (35,) to a code of shape (2,), float64, BinaryCrossEntropy
    ---------------------------------------------------------------------
    layer      what       activation  output shape  parameters  mirrors
    input                             (35,)
    encoder.0  Dense(29)  tanh        (29,)              1,044
    encoder.1  Dense(23)  tanh        (23,)                690
    encoder.2  Dense(2)   identity    (2,)                  48
    decoder.0  Dense(23)  tanh        (23,)                 69  encoder.2
    decoder.1  Dense(29)  tanh        (29,)                696  encoder.1
    decoder.2  Dense(35)  sigmoid     (35,)              1,050  encoder.0
    ---------------------------------------------------------------------
    3,597 parameters (encoder 1,782, decoder 1,815), 28.78 KB
    1.41 KB for a sample and the outputs of all layers
    """
    network = shown_network(self, in_shape, "summary(35) or summary((28, 28))")
    return _summary(self, network, batch_size, self.batch_size)


def shown_network(model: Any, in_shape: int | Sequence[int] | None, example: str) -> Network:
    """Return the network that was fitted, or that would be built for samples of a shape."""
    if in_shape is not None:
        return build_network(model, checked_shape(in_shape))
    if not model.__sklearn_is_fitted__():
        error = sklearn_exception("NotFittedError", NotFittedError)
        rule = f"{type(model).__name__} must be fitted to show its network, got an unfitted one"
        raise error(f"{rule}. Call fit first, or say what a sample looks like: {example}.")
    network: Network = model.network_
    return network


def classifier_summary(self: Classifier, *, batch_size: int | None = None) -> Summary:
    """Return what the network consists of: layers, shapes, parameters and memory. The head counts as decoder.

    Parameters
    ----------
    batch_size : int, default None
        As for `Autoencoder.summary`.

    Returns
    -------
    Summary
        `print` shows it as a table.

    Raises
    ------
    NotFittedError
        Before `fit` (a ValueError).
    """
    check_fitted(self)
    return _summary(self, self.network_, batch_size, self.batch_size)


def detector_summary(self: AnomalyDetector, *, batch_size: int | None = None) -> Summary:
    """Return what the network of the fitted autoencoder consists of.

    Parameters
    ----------
    batch_size : int, default None
        As for `Autoencoder.summary`.

    Returns
    -------
    Summary
        `print` shows it as a table.

    Raises
    ------
    NotFittedError
        Before `fit` (a ValueError).
    """
    check_fitted(self)
    return _summary(self, self.autoencoder_.network_, batch_size, self.autoencoder_.batch_size)


def _summary(model: Estimator, network: Network, given: int | None, own: int | None) -> Summary:
    return network.summary(batch_size=own if given is None else given, title=type(model).__name__)


def html(self: Estimator) -> str | None:
    """Return what a notebook shows: scikit-learn's diagram where that is loaded, and the network once it is fitted.

    None stands for the text, where scikit-learn is set to show no diagram.
    """
    sklearn = sys.modules.get("sklearn")
    if sklearn is not None and diagram(self) is None:
        return None
    head = diagram(self) or f"<pre>{escape(repr(self))}</pre>"
    model: Any = getattr(self, "autoencoder_", self)
    if not hasattr(model, "network_"):
        return head
    inside = model.summary()._repr_html_() + "<br>" + model.history_._repr_html_()
    return f"{head}<details{'' if sklearn else ' open'}><summary>Network and training</summary>{inside}</details>"
