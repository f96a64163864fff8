"""What a variational code carries, epoch by epoch."""

from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from ..layers.gaussian_code import divergence
from ..settings.checks import positive_integer
from .callbacks import Callback

ACTIVE = 0.01  # variance over the data from which on the mean of a code's entry says something


@dataclass(frozen=True)
class CodeReport(Callback):
    """Record what each entry of a GaussianCode carries.

    The history gets the columns "kl", the divergence of the code from N(0, I), in nats, a mean over samples; "code_kl",
    a list with each entry's share of it; "active_units", how many entries' means have a variance over the samples of
    more than 0.01 (Burda, Grosse & Salakhutdinov, "Importance weighted autoencoders", ICLR 2016, sec. 5); and "beta".

    Parameters
    ----------
    every : look after every so many epochs; default 1. The others count as not a number.
    samples : training samples to look at, the first ones; default 1,000.

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

    def __post_init__(self):
        positive_integer("every", self.every)
        positive_integer("samples", self.samples)

    @contextmanager
    def begin(self, training, memory):
        network = training.network
        if not network.variational:
            raise ValueError(f"encoder must end with a GaussianCode for CodeReport, got {network.encoder.layers[-1]}.")

        def after_epoch():
            if training.epoch % self.every:
                return
            data = training.data[: self.samples]
            mean, log_variance = network.posterior(training.theta, data)
            kl = divergence(mean, log_variance).mean(axis=0, dtype=np.float64)
            training.record("kl", float(kl.sum()))
            training.record("code_kl", kl.tolist())
            training.record("active_units", int(np.count_nonzero(mean.var(axis=0, dtype=np.float64) > ACTIVE)))
            training.record("beta", network.encoder.layers[-1].beta_at(training.epoch - 1))

        yield after_epoch
