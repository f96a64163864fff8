"""``npae explore``: the code space of data as one HTML page, with a model or straight from the data."""

from __future__ import annotations

import webbrowser
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import numpy as np

from .. import explorer
from ..estimators import Autoencoder
from ..execution.screen import tell
from ..explorer.write import MOST_NUMBERS, MOST_SAMPLES
from .data_options import data_options, parse_size, taken_reading
from .data_sources import Data, load_data
from .expressions import read_by
from .model_files import autoencoder_in, is_model
from .model_options import build_estimator, gaps_refused, model_options, taken_parameters
from .named_table import NamedTable
from .train_model import fit_quietly
from .use_model import as_samples, reading_for
from .written_tables import checked_target

LARGE = 2_000_000  # numbers in the samples that a model for a page is trained on, at most


@click.command()
@click.argument("sources", nargs=-1, required=True, metavar="[MODEL] [DATA]")
@click.option("--out", "-o", default="explorer.html", show_default=True, metavar="PAGE", help="The page to write.")
@click.option("--open", "show", is_flag=True, help="Open the page in a browser.")
@click.option("--title", metavar="TEXT", help="The heading of the page.")
@click.option(
    "--picture",
    callback=read_by(parse_size),
    metavar="HxW",
    help="The size of a picture, if the samples are pictures in rows.",
)
@model_options
@data_options
def explore(
    sources: tuple[str, ...], out: str, show: bool, title: str | None, picture: tuple[int, ...] | None, **options: Any
) -> None:
    """Write a page to explore the codes of DATA.

    Without MODEL, an autoencoder with a code of two numbers is trained first, as train would; the columns of a table
    count alike. MODEL alone shows what a plane of codes decodes to.

    \b
    Examples:
      npae explore mydata.csv --out page.html
      npae explore people.csv --label name --out page.html
      npae explore model.npz mydata.csv --out page.html
      npae explore capitals --encoder 29,23,2 --loss bce --out letters.html
    """
    if len(sources) > 2:
        raise click.UsageError(f"sources must be DATA, MODEL DATA or MODEL, got {len(sources)} of them.")
    used = {**{name: name for name in sources}, "--checkpoint": options["checkpoint"]}
    target, reading, quiet = checked_target(out, (), used), taken_reading(options), options.pop("quiet")
    params = taken_parameters(options)
    if len(sources) == 2 or is_model(sources[0]):
        _refuse_training()
        model = autoencoder_in(*sources)
        data = load_data(sources[1], reading_for(model, reading)) if len(sources) == 2 else None
    else:
        data = load_data(sources[0], replace(reading, gaps=gaps_refused(params)))
        model = _trained(data, params, quiet)
    _write(model, data, target, picture, title)
    if not quiet:
        click.echo(f"written to {out}")
    if show:
        webbrowser.open(target.resolve().as_uri())


def _refuse_training() -> None:
    """Raise an error of usage for options that train, beside a model that is trained already."""
    context = click.get_current_context()
    training = {p.name: p.opts[0] for p in model_options(click.Command("")).params if p.name != "quiet"}
    for name, option in training.items():
        if context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE:
            raise click.UsageError(f"{option} must come without MODEL, which is trained already.")


def _write(model: Autoencoder, data: Data | None, target: Path, shape: Any, title: str | None) -> None:
    if data is None:
        explorer.write(model, target, shape=shape, title=title)
        return
    shown = _few_enough(data, MOST_SAMPLES, MOST_NUMBERS, "shown")
    samples = shown.samples
    if np.isnan(values := np.asarray(as_samples(shown), dtype=np.float64)).any():
        filled = np.where(np.isnan(values), np.asarray(model.reconstruct(samples)), values)
        samples = NamedTable(filled, samples.columns) if isinstance(samples, NamedTable) else filled
        tell("npae explore: the model filled the gaps in what the page shows")
    title = title or f"The code space of {Path(data.name).name}"
    explorer.write(model, target, data=samples, labels=shown.labels, shape=shape, title=title)


def _trained(data: Data, params: dict[str, Any], quiet: bool) -> Autoencoder:
    """Return a model with a code of two numbers for a page: fitted to data, or to some of it if there is much."""
    if data.table and "scale" not in params:
        params = {"scale": "columns", **params}
    model = build_estimator("autoencoder", params)
    assert isinstance(model, Autoencoder)
    some = _few_enough(data, MOST_SAMPLES, LARGE, "learned from")
    fit_quietly(model, some.samples, {}, quiet)
    return model


def _few_enough(data: Data, samples: int, numbers: int, what: str) -> Data:
    """Return data, or every k-th row of it so that no more than so many samples and numbers are left."""
    size = max(1, as_samples(data)[0].size)
    most = max(1, min(samples, numbers // size))
    step = -(-len(data) // most)
    if step == 1:
        return data
    tell(f"npae explore: one row in {step} of {len(data)} is {what}; --rows takes others")
    X = data.samples[::step] if isinstance(data.samples, NamedTable) else as_samples(data)[::step]
    return replace(data, samples=X, labels=None if data.labels is None else data.labels[::step])
