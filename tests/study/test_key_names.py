"""The names in the keys of runs stay those of version 0.1.0."""

import pkgutil
from functools import reduce
from importlib import import_module
from types import FunctionType

import jobs
from looped import in_one_test

import npae
from npae.settings.description import Description
from npae.study.key_names import NAMES_IN_0_1_0, name_of

LITERAL = {  # name in npae today: name in keys
    "Adam": "Adam",
    "Dense": "Dense",
    "study.Uniform": "Uniform",
    "Autoencoder": "npae.autoencoder.Autoencoder",
    "Bias": "npae.parameters.Bias",
    "Classifier": "npae.classifier.Classifier",
    "FileError": "npae.persistence.FileError",
    "GradientMismatch": "npae.gradcheck.GradientMismatch",
    "GradientReport": "npae.gradcheck.GradientReport",
    "Network": "npae.network.Network",
    "NotFittedError": "npae.estimator.NotFittedError",
    "PosteriorCollapse": "npae.variational.PosteriorCollapse",
    "TrainingDiverged": "npae.training.loop.TrainingDiverged",
    "Weight": "npae.parameters.Weight",
    "check_gradients": "npae.gradcheck.check_gradients",
    "interpolate": "npae.variational.interpolate",
    "load": "npae.model_file.load",
    "metrics.accuracy": "npae.metrics.accuracy",
    "metrics.binary_accuracy": "npae.metrics.binary_accuracy",
    "metrics.crispness": "npae.metrics.crispness",
    "metrics.max_error": "npae.metrics.max_error",
    "metrics.mse": "npae.metrics.mse",
    "metrics.nearest": "npae.metrics.nearest",
    "metrics.pixel_errors": "npae.metrics.pixel_errors",
    "metrics.psnr": "npae.metrics.psnr",
    "metrics.squared_errors": "npae.metrics.squared_errors",
    "metrics.wilson_interval": "npae.metrics.wilson_interval",
    "optimize.bfgs": "npae.optimize.bfgs.bfgs",
    "optimize.powell": "npae.optimize.powell.powell",
    "series.overlap_mean": "npae.series.overlap_mean",
    "series.pad": "npae.series.pad",
    "series.windows": "npae.series.windows",
    "datasets.Circles": "npae.datasets.circles.Circles",
    "datasets.Font": "npae.datasets.fonts.Font",
    "datasets.Font.select": "npae.datasets.fonts.Font.select",
    "datasets.Images": "npae.datasets.images.Images",
    "datasets.Sines": "npae.datasets.sines.Sines",
    "datasets.circles": "npae.datasets.circles.circles",
    "datasets.load_font": "npae.datasets.fonts.load_font",
    "datasets.load_idx": "npae.datasets.idx.load_idx",
    "datasets.load_images": "npae.datasets.images.load_images",
    "datasets.sines": "npae.datasets.sines.sines",
    "distributed.DistributedObjective": "npae.distributed.objective.DistributedObjective",
    "distributed.Rows": "npae.distributed.rows.Rows",
    "distributed.fit": "npae.distributed.training.fit",
    "explorer.write": "npae.explorer.write.write",
    "plots.denoising": "npae.plots.pictures.denoising",
    "plots.glyph": "npae.plots.pictures.glyph",
    "plots.history": "npae.plots.record.history",
    "plots.interpolation": "npae.plots.walks.interpolation",
    "plots.latent_space": "npae.plots.codes.latent_space",
    "plots.manifold": "npae.plots.codes.manifold",
    "plots.new_glyphs": "npae.plots.pictures.new_glyphs",
    "plots.reconstructions": "npae.plots.pictures.reconstructions",
    "plots.traversal": "npae.plots.walks.traversal",
    "study.Results": "npae.study.results.Results",
    "study.RunLost": "npae.study.executors.RunLost",
    "study.SearchResults": "npae.study.search_results.SearchResults",
    "study.measures": "npae.study.models.measures",
    "study.repeat": "npae.study.models.repeat",
    "study.run_all": "npae.study.runs.run_all",
    "study.search": "npae.study.search.search",
    "study.sweep": "npae.study.models.sweep",
    "Autoencoder.decode": "npae.autoencoder.Autoencoder.decode",
    "Autoencoder.elbo": "npae.variational.Variational.elbo",
    "Autoencoder.encode": "npae.autoencoder.Autoencoder.encode",
    "Autoencoder.fit": "npae.autoencoder.Autoencoder.fit",
    "Autoencoder.fit_transform": "npae.estimator.Transforms.fit_transform",
    "Autoencoder.from_sizes": "npae.autoencoder.Autoencoder.from_sizes",
    "Autoencoder.get_feature_names_out": "npae.estimator.Transforms.get_feature_names_out",
    "Autoencoder.get_params": "npae.estimator.Estimator.get_params",
    "Autoencoder.inverse_transform": "npae.estimator.Transforms.inverse_transform",
    "Autoencoder.log_likelihood": "npae.variational.Variational.log_likelihood",
    "Autoencoder.partial_fit": "npae.autoencoder.Autoencoder.partial_fit",
    "Autoencoder.posterior": "npae.variational.Variational.posterior",
    "Autoencoder.reconstruct": "npae.autoencoder.Autoencoder.reconstruct",
    "Autoencoder.sample": "npae.autoencoder.Autoencoder.sample",
    "Autoencoder.sample_posterior": "npae.variational.Variational.sample_posterior",
    "Autoencoder.save": "npae.model_file.Saved.save",
    "Autoencoder.score": "npae.autoencoder.Autoencoder.score",
    "Autoencoder.score_samples": "npae.autoencoder.Autoencoder.score_samples",
    "Autoencoder.set_params": "npae.estimator.Estimator.set_params",
    "Autoencoder.threshold": "npae.autoencoder.Autoencoder.threshold",
    "Autoencoder.transform": "npae.estimator.Transforms.transform",
    "Classifier.encode": "npae.classifier.Classifier.encode",
    "Classifier.fit": "npae.classifier.Classifier.fit",
    "Classifier.get_params": "npae.estimator.Estimator.get_params",
    "Classifier.partial_fit": "npae.classifier.Classifier.partial_fit",
    "Classifier.predict": "npae.classifier.Classifier.predict",
    "Classifier.predict_proba": "npae.classifier.Classifier.predict_proba",
    "Classifier.save": "npae.model_file.Saved.save",
    "Classifier.score": "npae.classifier.Classifier.score",
    "Classifier.set_params": "npae.estimator.Estimator.set_params",
    "Network.decode": "npae.inference.Inference.decode",
    "Network.encode": "npae.inference.Inference.encode",
    "Network.hessian": "npae.network.Network.hessian",
    "Network.reconstruct": "npae.inference.Inference.reconstruct",
    "Network.value": "npae.inference.Inference.value",
    "Network.value_and_gradient": "npae.network.Network.value_and_gradient",
    "BetaWarmUp.at": "npae.layers.beta.BetaWarmUp.at",
    "GaussianCode.beta_at": "npae.layers.code.GaussianCode.beta_at",
    "Layer.out_shape": "npae.layers.base.Layer.out_shape",
}
INTERNAL = {  # jobs of studies, and what a public module used to define
    "npae.study.sweeps._Fit": "npae.study.models._Fit",
    "npae.study.trials.Trial": "npae.study.trials.Trial",
    "npae.study.trials.Objective": "npae.study.trials.Objective",
    "npae.samples.masks.check_mask": "npae.series.check_mask",
    "npae.samples.masks.zero_padding": "npae.series.blanked",
}


def located(path):
    """Return a module, class, function or method by its full name."""
    try:
        return import_module(path)
    except ModuleNotFoundError:
        owner, _, name = path.rpartition(".")
        return getattr(located(owner), name)


@in_one_test("path", LITERAL)
def test_what_is_public_keeps_the_name_of_version_0_1_0(path):
    assert name_of(reduce(getattr, path.split("."), npae)) == LITERAL[path]


@in_one_test("path", INTERNAL)
def test_what_is_internal_keeps_the_name_of_version_0_1_0(path):
    assert name_of(located(path)) == INTERNAL[path]


@in_one_test("today", NAMES_IN_0_1_0)
def test_what_the_table_names_is_there(today):
    located(f"npae.{today}")


def test_no_two_things_share_a_name():
    names = {}
    for module in pkgutil.walk_packages(npae.__path__, "npae."):
        for thing in vars(import_module(module.name)).values():
            if isinstance(thing, (type, FunctionType)) and thing.__module__ == module.name:
                names.setdefault(name_of(thing), set()).add(thing)
    assert {name: things for name, things in names.items() if len(things) > 1} == {}


def test_a_description_of_a_users_own_keeps_its_module():
    assert name_of(jobs.noisy) == "jobs.noisy"
    assert name_of(type("Own", (Description,), {"__module__": "npae_users", "__qualname__": "Own"})) == "npae_users.Own"
