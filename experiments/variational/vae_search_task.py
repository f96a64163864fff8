"""The task of both parts of vae_search.py: the images that networks learn, and how they are judged."""

import warnings
from contextlib import contextmanager
from dataclasses import dataclass

import npae
from experiments.shared.images import images

DRAWS = 2  # codes per test image: the error of the mean over 10,000 images is then less than 0.1 nats


@dataclass(frozen=True)
class Task:
    """What every fit learns: the first `train` training images; the next `validation` images judge choices."""

    data: str | None = None
    train: int = 2500
    validation: int = 1000
    epochs: int = 8

    def parts(self):
        """Return images to train on, to choose by, and to test on. ValueError if there are too few."""
        data, needed = images(self.data), self.train + self.validation
        if len(data.train) < needed:
            raise ValueError(
                f"--data must hold at least {needed:,} training images, got {len(data.train):,}. Use --images."
            )
        return data.train[: self.train], data.train[self.train : needed], data.test

    def network(self, **parameters):
        """Return the variational autoencoder, not fitted; beta is 1: `val_loss` is the bound that judges it."""
        usual = {"activation": "tanh", "loss": "bce", "scale": None, "refine": None, "epochs": self.epochs}
        return npae.Autoencoder(**usual | {"dtype": "float32", "threads": 1} | parameters)


@contextmanager
def collapse_allowed():
    """Silence warnings of posterior collapse and of unfinished training: bad choices show them in their bound."""
    with warnings.catch_warnings():
        for category in (npae.PosteriorCollapse, npae.TrainingWarning):
            warnings.simplefilter("ignore", category)
        yield


def negative_bound(model, X):
    """Return minus the evidence lower bound, in nats per image."""
    return -float(model.elbo(X, DRAWS, random_state=0).mean())


def recorded_bound(model, X):  # noqa: ARG001 -- an objective has these arguments
    """Return minus the bound on validation images after the last epoch, as `fit` has measured it."""
    return model.history_["val_loss"][-1]


def first_reaching(values, target):
    """Return the number, from 1 on, of the first value that is at most the target, or None; values may be None."""
    hits = (number for number, value in enumerate(values, 1) if value is not None and value <= target)
    return next(hits, None)
