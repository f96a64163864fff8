"""Studies: each function does the runs that are not in the file yet, and returns all results. See make.py."""

from functools import reduce

import npae


def small(**changed):
    """Return a model for studies; of the functions in it, studies know the names."""
    stop, refine = npae.EarlyStopping(npae.metrics.max_error, target=0.1), npae.Refine(npae.optimize.bfgs, 2, 3)
    return npae.Autoencoder([4, 2], loss="bce", epochs=3, **{"callbacks": [stop], "refine": refine, **changed})


def repeated(data, path, **options):
    """One setting, three seeds."""
    return npae.study.repeat(small(), data["letters"], seeds=3, path=path, **options)


def swept(data, path, **options):
    """Two optimisers and a penalty; and one setting that cannot work, whose runs failed."""
    descent = npae.GradientDescent(0.5, npae.AdaptiveEta())
    settings = [
        {"optimizer": "adam", "penalty": npae.L2(1e-3)},
        {"optimizer": descent, "penalty": None},
        {"optimizer": descent, "penalty": None, "optimizer__eta": -1.0},
    ]
    return npae.study.sweep(small(), data["letters"], settings, seeds=[0, 5], path=path, **options)


def funnel(width):
    """Return an encoder."""
    return [width, 2]


def grid(data, path, **options):
    """Every combination of an encoder, a number of epochs and an optimizer."""
    optimizers = ["adam", npae.GradientDescent(0.5, npae.AdaptiveEta())]
    space = {"width": npae.study.Integers(3, 4), "encoder": funnel, "epochs": [1, 2], "optimizer": optimizers}
    return npae.study.search(
        small(refine=None),
        data["letters"],
        space,
        validation_data=data["letters"],
        sampler="grid",
        path=path,
        **options,
    )


def drawn_etas(data, path, **options):
    """Three random learning rates, judged by a method of the model."""
    return npae.study.search(
        small(optimizer=npae.RMSprop()),
        data["letters"],
        {"optimizer__eta": npae.study.Uniform(1e-3, 1e-1, log=True)},
        validation_data=data["letters"][:4],
        objective=npae.Autoencoder.threshold,
        sampler="random",
        trials=3,
        path=path,
        **options,
    )


NAMES = """
    Autoencoder Bias Classifier FileError GradientMismatch GradientReport Network NotFittedError PosteriorCollapse
    TrainingDiverged Weight check_gradients interpolate load Adam Dense Loss Layer Callback
    metrics.accuracy metrics.binary_accuracy metrics.crispness metrics.max_error metrics.mse metrics.nearest
    metrics.pixel_errors metrics.psnr metrics.squared_errors metrics.wilson_interval
    optimize.bfgs optimize.powell
    series.ChannelScaler series.overlap_mean series.pad series.windows
    datasets.Circles datasets.Font datasets.Images datasets.Sines datasets.circles datasets.load_font datasets.load_idx
    datasets.load_images datasets.sines
    distributed.DistributedObjective distributed.Rows distributed.fit explorer.write
    plots.denoising plots.glyph plots.history plots.interpolation plots.latent_space plots.manifold plots.new_glyphs
    plots.reconstructions plots.traversal
    study.Integers study.Results study.RunLost study.SearchResults study.Uniform study.measures study.repeat
    study.run_all study.search study.sweep
    Autoencoder.decode Autoencoder.elbo Autoencoder.encode Autoencoder.fit Autoencoder.fit_transform
    Autoencoder.from_sizes Autoencoder.get_feature_names_out Autoencoder.get_params Autoencoder.inverse_transform
    Autoencoder.log_likelihood Autoencoder.partial_fit Autoencoder.posterior Autoencoder.reconstruct Autoencoder.sample
    Autoencoder.sample_posterior Autoencoder.save Autoencoder.score Autoencoder.score_samples Autoencoder.set_params
    Autoencoder.threshold Autoencoder.transform
    Classifier.encode Classifier.fit Classifier.get_params Classifier.partial_fit Classifier.predict
    Classifier.predict_proba Classifier.save Classifier.score Classifier.set_params
"""


def things(data):
    """Return what a study may depend on, by name: all functions, methods and classes of npae, and data classes."""
    letters, labels, points = data["letters"], tuple(data["letters_labels"].tolist()), data["points"]
    return {
        **{name: reduce(getattr, name.split("."), npae) for name in NAMES.split()},
        "a model": npae.Autoencoder([3]),
        "a classifier": npae.Classifier(start=npae.Autoencoder([3], callbacks=[npae.Record([npae.metrics.mse])])),
        "a method of a model": npae.Autoencoder([3]).get_params,
        "a method of a description": npae.BetaWarmUp(3).at,
        "a weight": npae.Weight((2, 3), 2, 3),
        "a bias": npae.Bias((3,)),
        "a report": npae.GradientReport(0.5, "encoder.0.W", 1.0, 2.0, 3),
        "a font": npae.datasets.Font("some", letters, labels, (7, 5)),
        "circles": npae.datasets.Circles(points, points[:, 0]),
        "images": npae.datasets.Images("some", points, points[:, 0], points, points[:, 0], (2, 4)),
        "sines": npae.datasets.Sines(points, points, points, points),
    }


def look(*, seed, name, thing):
    """Return something: what counts is the run's key, which depends on the thing."""
    return {"length": len(name)}


def names(data, path, **options):
    """One run for each thing that a study may depend on."""
    settings = [{"name": name, "thing": thing} for name, thing in things(data).items()]
    return npae.study.run_all(look, settings, seeds=1, path=path, **options)


STUDIES = {"repeat": repeated, "sweep": swept, "names": names, "grid": grid, "random": drawn_etas}
