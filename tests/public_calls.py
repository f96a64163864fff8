"""The one table of calls of public functions that take arrays, for tests of what all of them have in common.

A new public function is one line in CALLS. Each call gets a Kit, and returns what it computed as arrays.
"""

import os
import tempfile
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize

import npae
from npae import AnomalyDetector, Autoencoder, Classifier, Conv2D, Dense, GaussianCode, GaussianNoise, Network, Refine


@dataclass
class Kit:
    """Data of one size, and models that were fitted to it."""

    X: Any  # (N, D)
    y: Any  # (N,)
    images: Any  # (N, H, W, 1) with H W = D
    series: Any  # (N, T, C) with T C about D
    mask: Any  # (N, T)
    Z: Any  # (N, 2)
    ae: Any = None
    adam: Any = None
    vae: Any = None
    conv: Any = None
    stepwise: Any = None
    classifier: Any = None
    detector: Any = None
    theta: Any = None
    dense: Any = None

    def __post_init__(self):
        some = {"epochs": 2, "random_state": 0, "threads": 1}
        adam = {"optimizer": "adam", "batch_size": 3, **some}
        self.ae = Autoencoder([2], epochs=2, random_state=0, threads=1).fit(self.X)
        self.adam = Autoencoder([2], scale="columns", **adam).fit(self.X)
        self.vae = Autoencoder([GaussianCode(2)], loss="bce", **adam).fit(self.X)
        self.conv = Autoencoder([Conv2D(3, 3, activation="tanh")], output="sigmoid", loss="bce", **adam).fit(
            self.images
        )
        self.stepwise = Autoencoder([2], **adam).fit(self.series, mask=self.mask)
        self.classifier = Classifier([3], **adam).fit(self.X, self.y)
        self.detector = AnomalyDetector(Autoencoder([2], **adam)).fit(self.X)
        self.dense = Network([Dense(2, "tanh")], [Dense(self.X.shape[1])], in_shape=self.X.shape[1])
        self.theta = self.dense.init(np.random.default_rng(0))

    @classmethod
    def of(cls, N, side):
        """Return a kit of N samples of side x side numbers."""
        rng, steps = np.random.default_rng(0), side * side // 4
        X, mask = rng.random((N, side * side)), np.ones((N, steps), bool)
        mask[1:, -2:] = False
        return cls(
            X, np.arange(N) % 2, X.reshape(N, side, side, 1), rng.random((N, steps, 4)), mask, rng.random((N, 2))
        )

    def new(self, **params):
        """Return an unfitted model."""
        options = {"optimizer": "adam", "epochs": 2, "random_state": 0, "threads": 1, **params}
        return Autoencoder(**{"encoder": [2], **options})

    @property
    def data(self):
        """The arrays that a user gives."""
        return [self.X, self.y, self.images, self.series, self.mask, self.Z, self.theta]

    @property
    def models(self):
        """All that is fitted."""
        return [self.ae, self.adam, self.vae, self.conv, self.stepwise, self.classifier, self.detector]


def through_file(model):
    """Return a model that was saved and loaded."""
    handle, path = tempfile.mkstemp(suffix=".npz")
    os.close(handle)
    try:
        model.save(path)
        return npae.load(path)
    finally:
        os.unlink(path)


def explored(kit):
    """Return the page of a model."""
    handle, path = tempfile.mkstemp(suffix=".html")
    os.close(handle)
    try:
        npae.explorer.write(kit.ae, path, kit.X)
        return os.path.getsize(path)
    finally:
        os.unlink(path)


def discovered(kit):
    found = npae.discover(kit.ae, kit.X, least_crispness=0, least_distance=0, candidates=500)
    return found.codes, found.samples, found.nearest, found.distance


def norm(x):
    """Return |x - 1|^2 and its gradient, for minimizers."""
    return float((x - 1) @ (x - 1)), 2 * (x - 1)


CALLS = {
    "fit": lambda kit: kit.new().fit(kit.X).theta_,
    "fit by default": lambda kit: Autoencoder([2], random_state=0, threads=1).fit(kit.X).theta_,
    "fit in batches, with noise": lambda kit: kit.new(batch_size=3, noise=GaussianNoise(0.1)).fit(kit.X).theta_,
    "fit with validation_data": lambda kit: kit.new().fit(kit.X, validation_data=kit.X[:2]).history_["val_loss"],
    "fit with refinement": lambda kit: kit.new(refine=Refine("L-BFGS-B", max_iterations=3)).fit(kit.X).theta_,
    "fit images": lambda kit: kit.conv.fit(kit.images).theta_,
    "fit series": lambda kit: kit.new().fit(kit.series, mask=kit.mask).theta_,
    "fit variational": lambda kit: kit.new(encoder=[GaussianCode(2)]).fit(kit.X).theta_,
    "fit_transform": lambda kit: kit.new().fit_transform(kit.X),
    "partial_fit, first": lambda kit: kit.new().partial_fit(kit.X).theta_,
    "partial_fit, further": lambda kit: kit.adam.partial_fit(kit.X).partial_fit(kit.X).theta_,
    "partial_fit after the default fit": lambda kit: kit.ae.partial_fit(kit.X).theta_,
    "partial_fit, another optimizer": lambda kit: kit.adam.set_params(optimizer="momentum").partial_fit(kit.X).theta_,
    "partial_fit images": lambda kit: kit.conv.partial_fit(kit.images).theta_,
    "partial_fit series": lambda kit: kit.stepwise.partial_fit(kit.series, mask=kit.mask).theta_,
    "encode": lambda kit: (kit.ae.encode(kit.X), kit.adam.encode(kit.X), kit.conv.encode(kit.images)),
    "encode series": lambda kit: kit.stepwise.encode(kit.series, mask=kit.mask),
    "decode": lambda kit: kit.ae.decode(kit.Z),
    "reconstruct": lambda kit: (kit.adam.reconstruct(kit.X), kit.conv.reconstruct(kit.images)),
    "predict": lambda kit: kit.ae.predict(kit.X),
    "transform": lambda kit: kit.ae.transform(kit.X),
    "inverse_transform": lambda kit: kit.ae.inverse_transform(kit.Z),
    "sample": lambda kit: kit.ae.sample(3, 0),
    "sample like": lambda kit: (kit.ae.sample(3, 0, X=kit.X), kit.conv.sample(3, 0, X=kit.images)),
    "score": lambda kit: kit.adam.score(kit.X),
    "score_samples": lambda kit: (kit.adam.score_samples(kit.X), kit.ae.score_samples(kit.X, features=True)),
    "threshold": lambda kit: kit.ae.threshold(kit.X),
    "posterior": lambda kit: kit.vae.posterior(kit.X),
    "sample_posterior": lambda kit: kit.vae.sample_posterior(kit.X, 2, 0),
    "elbo": lambda kit: kit.vae.elbo(kit.X, 2, 0),
    "log_likelihood": lambda kit: kit.vae.log_likelihood(kit.X, 2, 0),
    "save and load": lambda kit: (through_file(kit.adam).theta_, through_file(kit.conv).code_mean_),
    "save and load a classifier": lambda kit: through_file(kit.classifier).predict_proba(kit.X),
    "save and load a detector": lambda kit: through_file(kit.detector).score_samples(kit.X),
    "Classifier.fit": lambda kit: Classifier([3], epochs=2, random_state=0, threads=1).fit(kit.X, kit.y).theta_,
    "Classifier(start=)": lambda kit: Classifier(start=kit.adam, epochs=2, random_state=0).fit(kit.X, kit.y).theta_,
    "Classifier.partial_fit": lambda kit: kit.classifier.partial_fit(kit.X, kit.y).theta_,
    "Classifier.predict": lambda kit: (kit.classifier.predict(kit.X), kit.classifier.predict_proba(kit.X)),
    "Classifier.encode": lambda kit: kit.classifier.encode(kit.X),
    "Classifier.score": lambda kit: kit.classifier.score(kit.X, kit.y),
    "AnomalyDetector.fit": lambda kit: AnomalyDetector(kit.new()).fit(kit.X).decision_scores_,
    "AnomalyDetector.predict": lambda kit: (kit.detector.predict(kit.X), kit.detector.decision_function(kit.X)),
    "AnomalyDetector.explain": lambda kit: (kit.detector.explain(kit.X), kit.detector.worst_features(kit.X, 2)),
    "discover": discovered,
    "interpolate": lambda kit: npae.interpolate(kit.Z[0], kit.Z[1], 4, spherical=True),
    "metrics": lambda kit: [metric(kit.X, kit.ae.reconstruct(kit.X)) for metric in npae.metrics.METRICS.values()],
    "metrics.squared_errors": lambda kit: npae.metrics.squared_errors(kit.series, kit.series / 2, kit.mask),
    "metrics.crispness": lambda kit: npae.metrics.crispness(kit.X),
    "metrics.nearest": lambda kit: npae.metrics.nearest(kit.X, kit.X),
    "series.windows": lambda kit: npae.series.windows(kit.series[0], 3),
    "series.overlap_mean": lambda kit: npae.series.overlap_mean(kit.series[:, :, 0], 2),
    "series.pad": lambda kit: npae.series.pad([kit.series[0], kit.series[1][:3]]),
    "ChannelScaler": lambda kit: npae.series.ChannelScaler.fit(kit.series, kit.mask).transform(kit.series),
    "Network.value_and_gradient": lambda kit: kit.dense.value_and_gradient(kit.theta, kit.X),
    "Network.hessian_product": lambda kit: kit.dense.hessian_product(kit.theta, kit.theta, kit.X),
    "check_gradients": lambda kit: npae.check_gradients(kit.dense, kit.X, theta=kit.theta, entries=5).error,
    "optimize.bfgs": lambda kit: minimize(norm, kit.theta, jac=True, method=npae.optimize.bfgs).x,
    "optimize.powell": lambda kit: npae.optimize.powell(lambda x: norm(x)[0], kit.Z[0]).x,
    "study.repeat": lambda kit: npae.study.repeat(
        kit.new(), kit.X, seeds=1, executor="serial", show_progress=False
    ).rows[0]["loss"],
    "explorer.write": explored,
    "plots.reconstructions": lambda kit: drawn(npae.plots.reconstructions(kit.ae, kit.X, kit.images.shape[1:3], n=2)),
    "plots.denoising": lambda kit: drawn(
        npae.plots.denoising(kit.ae, kit.X, GaussianNoise(0.1), kit.images.shape[1:3], n=2, random_state=0)
    ),
    "plots.latent_space": lambda kit: drawn(npae.plots.latent_space(kit.ae, kit.X, kit.y)),
    "plots.manifold": lambda kit: drawn(npae.plots.manifold(kit.ae, kit.images.shape[1:3], n=2, data=kit.X)),
    "plots.interpolation": lambda kit: drawn(
        npae.plots.interpolation(kit.ae, kit.X[0], kit.X[1], kit.images.shape[1:3], n=3)
    ),
    "plots.traversal": lambda kit: drawn(npae.plots.traversal(kit.conv, entries=[1, 2], n=2)),
    "plots.glyph": lambda kit: drawn(npae.plots.glyph(kit.X[0], kit.images.shape[1:3])),
    "plots.new_glyphs": lambda kit: drawn(
        npae.plots.new_glyphs(kit.X[:2], kit.X[:2], ["a", "b"], [1, 2], kit.images.shape[1:3])
    ),
    "plots.history": lambda kit: drawn(npae.plots.history(kit.adam)),
}


def drawn(picture):
    """Say that a picture was drawn; what it shows is for the tests of pictures."""
    return picture is not None
