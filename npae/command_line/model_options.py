"""The options that say what is trained, and how they become an estimator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

import click

from ..estimators import AnomalyDetector, Autoencoder
from ..execution.screen import shows_bars
from ..optimize import Refine
from ..training import Checkpoint, Progress
from .expressions import parse_layers, parse_value, read_by

F = TypeVar("F", bound=Callable[..., Any])
Estimator = Autoencoder | AnomalyDetector
GAPS = "Let the model take gaps with --missing ignore."
INNER = "autoencoder__"  # what a detector calls the parameters of its autoencoder
Reader: TypeAlias = Callable[[str], Any] | tuple[str, ...]  # what makes a value of a text, or the choices
PARAMETERS: dict[str, tuple[str, Reader, str | None, str]] = {  # option -> (parameter, reader, metavar, help)
    "--encoder": (
        "encoder",
        parse_layers,
        "29,23,2",
        "Layers from the samples to the code; a number is a Dense layer.",
    ),
    "--decoder": ("decoder", parse_layers, "23,29,35", "Layers back to the samples; default the encoder's mirror."),
    "--activation": ("activation", parse_value, "NAME", "Of Dense layers given as numbers, such as tanh or relu."),
    "--loss": ("loss", parse_value, "mse|bce", "What is made small; bce for data in [0, 1]."),
    "--optimizer": ("optimizer", parse_value, "NAME", "adam, gradient_descent, momentum, rmsprop, kfac or none."),
    "--epochs": ("epochs", parse_value, "N", "Passes over the data, at most."),
    "--batch-size": ("batch_size", parse_value, "N", "Samples per step; default all."),
    "--noise": ("noise", parse_value, "NOISE", 'For a denoising autoencoder, such as "FlipPixels(2)".'),
    "--penalty": ("penalty", parse_value, "PENALTY", 'What is kept small besides, such as "L2(1e-4)".'),
    "--scale": ("scale", parse_value, "KIND", "common, columns (each by its own deviation) or none."),
    "--missing": ("missing", ("error", "ignore"), None, "Whether cells may be empty."),
    "--validation-fraction": ("validation_fraction", parse_value, "SHARE", "Hold out the last rows for validation."),
    "--dtype": ("dtype", ("float64", "float32"), None, "Of weights and results."),
    "--threads": ("threads", parse_value, "N", "Shards of a batch, each on a thread."),
    "--workers": ("workers", parse_value, "N", "Processes in place of threads."),
}


def model_options(function: F) -> F:
    """Give a command the options that say what is trained."""
    more = (
        _option("--eta", "eta", parse_value, "ETA", "The learning rate: --set optimizer__eta=ETA."),
        click.option("--refine", metavar="METHOD[:K]", help="Let SciPy refine theta every K epochs, such as BFGS:4."),
        click.option("--checkpoint", metavar="FILE", help="Save training there, and resume from it."),
        _option("--seed", "seed", parse_value, "SEED", 'An integer, default 0; "none" draws a new one.', "0"),
        click.option("--set", "sets", multiple=True, metavar="NAME=VALUE", help="Any parameter of set_params."),
        click.option("--quiet", "-q", is_flag=True, help="Show no progress and no summary."),
    )
    for option in reversed(more):
        function = option(function)
    for flag, (name, reader, metavar, text) in reversed(PARAMETERS.items()):
        function = _option(flag, f"param_{name}", reader, metavar, text)(function)
    return function


def _option(
    flag: str, name: str, reader: Reader, metavar: str | None, text: str, default: str | None = None
) -> Callable[[F], F]:
    """Return an option whose text a function reads, or one with choices."""
    if isinstance(reader, tuple):
        return click.option(flag, name, type=click.Choice(reader), help=text)
    return click.option(flag, name, callback=read_by(reader), metavar=metavar, help=text, default=default)


def taken_parameters(options: dict[str, Any]) -> dict[str, Any]:
    """Take the options of `model_options` out of a command's options; return parameters of `Autoencoder` by name.

    Those of ``--set`` stand last, under their own names.
    """
    context = click.get_current_context()
    params: dict[str, Any] = {}
    for name, *_ in PARAMETERS.values():
        value, key = options.pop(f"param_{name}"), f"param_{name}"
        if context.get_parameter_source(key) is not click.core.ParameterSource.DEFAULT:
            params[name] = value
    refine, checkpoint = options.pop("refine"), options.pop("checkpoint")
    if refine is not None:
        params["refine"] = refinement(refine)
    if checkpoint is not None:
        params["callbacks"] = [Checkpoint(checkpoint)]
    eta, seed = options.pop("eta"), options.pop("seed")
    if eta is not None:
        params["optimizer__eta"] = eta
    return {**params, "random_state": seed, **_with_checkpoint(_set(options.pop("sets")), params.get("callbacks"))}


def _with_checkpoint(sets: dict[str, Any], checkpoint: list[Any] | None) -> dict[str, Any]:
    """Return the parameters of --set, where callbacks are followed by the one of --checkpoint."""
    for name in ("callbacks", f"{INNER}callbacks"):
        if checkpoint is not None and name in sets:
            others = sets[name] or []
            sets[name] = [*(others if isinstance(others, (list, tuple)) else [others]), *checkpoint]
    return sets


def refinement(text: str) -> Refine | str | None:
    """Return what ``--refine`` says: none, auto, a method, METHOD:K, or ``Refine(...)``.

    >>> refinement("BFGS:4").every, refinement("Refine('CG', every=2)").every, refinement("none")
    (4, 2, None)
    """
    if text.strip().lower() in ("none", "auto"):
        return None if text.strip().lower() == "none" else "auto"
    if "(" in text:
        value = parse_value(text)
        if not isinstance(value, Refine):
            raise click.UsageError(f"--refine must be METHOD, METHOD:K or Refine(...), got {text!r}.")
        return value
    method, _, every = text.partition(":")
    if every and not every.strip().isdigit():
        raise click.UsageError(f"--refine must be METHOD:K with a number of epochs K, got {text!r}.")
    return Refine(method.strip(), every=int(every) if every else 1)


def _set(texts: tuple[str, ...]) -> dict[str, Any]:
    """Return the parameters that ``--set NAME=VALUE`` gives."""
    params = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise click.UsageError(f"--set must be NAME=VALUE, such as optimizer__eta=0.01, got {text!r}.")
        try:
            params[name.strip().replace("-", "_")] = parse_value(value.strip())
        except ValueError as error:
            raise click.UsageError(f"--set: {error}") from error
    return params


def build_estimator(kind: str, params: dict[str, Any], contamination: Any = None) -> Estimator:
    """Return what is to be fitted: an Autoencoder with these parameters, or a detector around one.

    A detector is ``AnomalyDetector().set_params(autoencoder__epochs=...)``; without parameters, its default.
    """
    if kind == "autoencoder":
        top = {name: value for name, value in params.items() if "__" not in name}
        return Autoencoder().set_params(**top).set_params(**{n: v for n, v in params.items() if "__" in n})
    own = {"random_state": params.pop("random_state")}
    own |= {"contamination": contamination} if contamination is not None else {}
    names = AnomalyDetector().get_params(deep=False)
    inner = {n if n.startswith(INNER) or n in names else INNER + n: value for n, value in params.items()}
    return AnomalyDetector().set_params(**own).set_params(**inner)


def gaps_refused(params: dict[str, Any]) -> str | None:
    """Return the hint about gaps for a model with these parameters, None if it takes them."""
    taken = any(name.split("__")[-1] == "missing" and value == "ignore" for name, value in params.items())
    return None if taken else GAPS


def shown_progress(estimator: Estimator) -> Any:
    """Let the training of an estimator show a bar on a terminal; return the callbacks as they were, None for no bar.

    A detector with the default autoencoder has none: it trains for a moment.
    """
    model = estimator.autoencoder if isinstance(estimator, AnomalyDetector) else estimator
    if model is None or not shows_bars():
        return None
    callbacks = model.callbacks
    model.set_params(callbacks=[*callbacks, Progress()])
    return callbacks


def without_progress(estimator: Estimator, callbacks: Any) -> None:
    """Give a fitted estimator its callbacks back, so that its file does not tell where it was trained."""
    if callbacks is None:
        return
    models = [estimator.autoencoder, estimator.autoencoder_] if isinstance(estimator, AnomalyDetector) else [estimator]
    for model in models:
        if model is not None:
            model.callbacks = callbacks
            if hasattr(model, "_fitted_with"):
                model._fitted_with["callbacks"] = callbacks
