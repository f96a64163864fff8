"""What each entry of a variational code carries, epoch by epoch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..layers.gaussian_code import GaussianCode, divergence
from ..settings.checks import positive_integer
from .callbacks import AfterEpoch, Callback
from .loop import Training

ACTIVE = 0.01  # variance of a mean over the data above which an entry of the code is active


@dataclass(frozen=True)
class CodeReport(Callback):
    """Record what each entry of a GaussianCode carries.

    The history gets these columns:

    - "kl" is the divergence of the code from N(0, I) in nats, a mean over samples.
    - "code_kl" is a list with each entry's share of it.
    - "active_units" is the number of entries whose means have a variance of more than 0.01 over the samples ([1]_,
      section 5).
    - "beta" is the factor of the divergence in the loss.

    Parameters
    ----------
    every : int, default 1
        Look after every so many epochs. The epochs between are not a number in the history.
    samples : int, default 1000
        How many training samples to look at: the first ones.

    Raises
    ------
    ValueError
        For a field that cannot work; in `fit`, if the encoder does not end with a GaussianCode.

    References
    ----------
    .. [1] Burda, Grosse & Salakhutdinov, "Importance weighted autoencoders", ICLR 2016.

    Examples
    --------
    >>> import numpy as np, npae
    >>> code, report = npae.GaussianCode(2, beta=0.1), npae.CodeReport()
    >>> ae = npae.Autoencoder([code], epochs=3, callbacks=[report], random_state=0).fit(np.eye(6))
    >>> ae.history_["active_units"], len(ae.history_["code_kl"][-1])
    ([2, 2, 2], 2)
    """

    every: int = 1
    samples: int = 1000

    def __post_init__(self) -> None:
        positive_integer("every", self.every)
        positive_integer("samples", self.samples)

    @contextmanager
    def begin(self, training: Training, memory: dict[str, Any]) -> Iterator[AfterEpoch]:
        network, code = training.network, training.network.encoder.layers[-1]
        if not isinstance(code, GaussianCode):
            raise ValueError(f"encoder must end with a GaussianCode for CodeReport, got {code}.")

        def after_epoch() -> None:
            if training.epoch % self.every:
                return
            data = training.data[: self.samples]
            mean, log_variance = network.posterior(training.theta, data)
            kl = data.average(divergence(mean, log_variance))
            variance = data.average(np.square(mean - data.average(mean)))
            training.record("kl", float(kl.sum()))
            training.record("code_kl", kl.tolist())
            training.record("active_units", int(np.count_nonzero(variance > ACTIVE)))
            training.record("beta", code.beta_at(training.epoch - 1))

        yield after_epoch
