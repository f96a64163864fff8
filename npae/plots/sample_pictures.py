"""Pictures of samples: one by one, and beside what was made of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..datasets import Font
from ..datasets.picture_form import PictureShape, known_shape, picture_shape, samples_for, value_range
from ..estimators.autoencoder import Autoencoder
from ..estimators.construction import generator
from ..estimators.discovery import Discovery
from ..noise import Noise
from ..samples.masks import zero_padding
from ..samples.passed_on import passed_on
from ..settings.array_types import AnyArray, ArrayLike
from ..settings.data_set import DataSet
from .axes import axes_or_new
from .colours import QUIET, WRONG
from .picture_tiles import bar_below, caption, cells, room_for_bar, tile, tile_among
from .plot_data import check, one_picture, samples_and_labels, shown
from .shades import draw_bar
from .sheets import first_samples, sheet


def glyph(
    pixels: Font | ArrayLike,
    shape: PictureShape | None = None,
    ax: Axes | None = None,
    original: Font | ArrayLike | None = None,
) -> Axes:
    """Draw one picture, dark where its pixels are on.

    Pictures in [0, 1] are white at 0 and black at 1. Others are drawn from their least value to their greatest, which
    a colour bar names. Colours are drawn as they are, in the same range, but bytes from 0 to 255. What is not a number
    is pale blue.

    Parameters
    ----------
    pixels : array of H * W or H * W * C numbers, or Font of one glyph
        The picture, row by row from the top.
    shape : tuple of 2 or 3 ints, or Font, default None
        (H, W), or (H, W, C) with C = 3 colours (and alpha, 4) per pixel. None takes that of the array or the Font.
    ax : Axes, default None
        Where to draw; None makes a new figure.
    original : array of as many numbers, or Font of one glyph, default None
        What the picture is compared with; its range counts. Pixels that are on the other side of the middle of the
        range, 0.5 for pictures in [0, 1], are crossed out, and their number is written below.

    Returns
    -------
    Axes
        What was drawn on, measured in pixels from the upper left corner.

    Raises
    ------
    ValueError
        If the shape does not fit the pixels.
    """
    picture, shape = one_picture(pixels, shape)
    height, width, channels = shape
    limits = value_range(picture if original is None else one_picture(original, shape)[0], channels)
    ax = axes_or_new(ax, 2.0 + (limits != (0, 1)), 0.4 + 2.0 * height / width)
    wrong = tile(ax, picture, shape, original=original, limits=limits)
    draw_bar(limits, channels, picture, ax)
    ax.set_xlabel("" if original is None else f"{wrong} wrong", color=WRONG if wrong else QUIET)
    ax.set(xlim=(-0.1, width + 0.1), ylim=(height + 0.1, -0.1), aspect=1, xticks=[], yticks=[], frame_on=False)
    return ax


def reconstructions(
    model: Autoencoder,
    data: Font | ArrayLike,
    shape: PictureShape | None = None,
    n: int | None = None,
    *,
    mask: ArrayLike | None = None,
) -> Figure:
    """Draw samples above what the model reconstructs from their codes.

    Wrong pixels of black-and-white samples are crossed out and counted; for other samples the mean squared error is
    written below. One range of values holds for the whole figure, that of the samples drawn, as in `glyph`. Decoded
    values beyond it are drawn like its ends, and the colour bar gets arrows.

    Parameters
    ----------
    model : Autoencoder
        A fitted model.
    data : Font or array of shape (N, ...)
        The samples.
    shape : tuple of 2 or 3 ints, or Font, default None
        (H, W) of one sample, or (H, W, C) with C = 3 colours (and alpha, 4) per pixel. None takes that of the Font,
        or of samples with axes (N, H, W) or (N, H, W, C).
    n : int, default None
        How many samples to draw, starting with the first. None draws 96, or all if there are fewer.
    mask : bool array of shape (N, T), default None
        False where a step of series is padding, as in `fit`. Such steps are blank, and do not count.

    Returns
    -------
    Figure
        A new one, since its size follows from the number of pictures; `pictures` draws a grid on Axes of yours.

    Raises
    ------
    ValueError
        If shape or n are impossible.
    NotFittedError
        If the model is not fitted (a ValueError).
    """
    X, mask, labels, shape, limits = first_samples(model, data, shape, n, mask)
    return sheet({"original": X, "decoded": passed_on(model.reconstruct, X, mask)}, labels, shape, limits, mask)


def denoising(
    model: Autoencoder,
    data: Font | ArrayLike,
    noise: Noise | None = None,
    shape: PictureShape | None = None,
    n: int | None = None,
    random_state: int | np.random.Generator | None = None,
    *,
    mask: ArrayLike | None = None,
) -> Figure:
    """Draw noisy samples, below them what the model makes of them, and below that the clean samples.

    Wrong pixels of black-and-white samples are crossed out in the input and in the decoded picture, and counted in the
    latter; for other samples the mean squared error of the decoded picture is written below. One range of values holds
    for the whole figure, that of the clean samples drawn, as in `reconstructions`.

    Parameters
    ----------
    model : Autoencoder
        A fitted model.
    data : Font or array of shape (N, ...)
        The clean samples.
    noise : Noise, default None
        Such as `npae.FlipPixels(2)`. None takes the noise that the model was trained with.
    shape : tuple of 2 or 3 ints, or Font, default None
        (H, W) of one sample, or (H, W, C) with C = 3 colours (and alpha, 4) per pixel. None takes that of the Font,
        or of samples with axes (N, H, W) or (N, H, W, C).
    n : int, default None
        How many samples to draw, starting with the first. None draws 96, or all if there are fewer.
    random_state : int or numpy.random.Generator, default None
        The source of randomness; None takes a fresh one, for noise that the model never saw.
    mask : bool array of shape (N, T), default None
        False where a step of series is padding, as in `fit`. Such steps are blank, and do not count.

    Returns
    -------
    Figure
        A new one, since its size follows from the number of pictures; `pictures` draws a grid on Axes of yours.

    Raises
    ------
    ValueError
        If noise, shape or n are impossible.
    NotFittedError
        If the model is not fitted (a ValueError).
    """
    X, mask, labels, shape, limits = first_samples(model, data, shape, n, mask)
    noise = model.network_.noise if noise is None else noise
    if not isinstance(noise, Noise):
        hint = "A model that was trained with a noise needs no other."
        raise ValueError(f"noise must be a noise such as FlipPixels(2), got {noise!r}. {hint}")
    noise.check(X.shape[1:])
    noisy = noise.apply(zero_padding(X, mask), generator(random_state))
    pictures = {"input": noisy, "decoded": passed_on(model.reconstruct, noisy, mask), "original": X}
    return sheet(pictures, labels, shape, limits, mask)


def new_glyphs(
    pixels: Font | ArrayLike,
    nearest: Font | ArrayLike,
    labels: Sequence[str],
    distances: Sequence[float] | AnyArray,
    shape: PictureShape | None = None,
) -> Figure:
    """Draw new pictures, each beside the training picture nearest to it.

    One range of values holds for the whole figure, that of the training pictures drawn, as in `glyph`.

    Parameters
    ----------
    pixels : Font or array of shape (N, ...)
        The new pictures.
    nearest : Font or array of shape (N, ...)
        The training pictures.
    labels : sequence of N strings
        The labels of `nearest`.
    distances : sequence of N numbers
        How many pixels differ, as from `npae.metrics.nearest`.
    shape : tuple of 2 or 3 ints, or Font, default None
        (H, W) of one picture, or (H, W, C) with C = 3 colours (and alpha, 4) per pixel. None takes that of the Font,
        or of pictures with axes (N, H, W) or (N, H, W, C).

    Returns
    -------
    Figure
        A new one, since its size follows from the number of pictures; `pictures` draws a grid on Axes of yours.

    Raises
    ------
    ValueError
        If there is no picture, if the numbers of entries differ, or if the shape does not fit.
    """
    new, old = np.asarray(samples_for(pixels)), np.asarray(samples_for(nearest))
    counts = [len(new), len(old), len(labels), len(distances)]
    check("pixels, nearest, labels and distances", counts, "equally many, at least one", len({*counts, 0}) == 2)
    shape = height, width, channels = picture_shape(shape, new[0].size, known_shape(pixels))
    limits = value_range(old, channels)
    scale, room = min(0.6 / height, 1.5 / width), room_for_bar(limits)
    figure, ax, places = cells(len(new), max(1.3, 2 * width * scale + 0.4), height * scale + 0.4, below=room, top=0.4)
    for i, (x, y) in enumerate(places):
        tile_among(ax, new[i], shape, old, x - 0.06 - width * scale, y, scale, limits=limits)
        tile_among(ax, old[i], shape, old, x + 0.06, y, scale, limits=limits)
        unit = "pixel" if distances[i] == 1 else "pixels"
        caption(ax, x, y + height * scale + 0.1, f"{distances[i]:g} {unit} from {labels[i]}")
    bar_below(figure, limits, channels, new)
    figure.suptitle("New (left) beside the nearest known (right)", fontsize=9)
    return figure


def discovery(found: Discovery, shape: PictureShape | None = None) -> Figure:
    """Draw the new pictures that `npae.discover` found, each beside the known one nearest to it.

    Parameters
    ----------
    found : Discovery
        What to draw.
    shape : tuple of 2 ints, default None
        (H, W) of one picture. None takes that of the Font, or of samples of shape (N, H, W) or (N, H, W, 1).

    Returns
    -------
    Figure
        A new one, since its size follows from the number of pictures; `pictures` draws a grid on Axes of yours.

    Raises
    ------
    ValueError
        If nothing was found, or if the shape does not fit.

    Examples
    --------
    >>> import npae
    >>> letters = npae.datasets.load_font("capitals").select("AB")
    >>> ae = npae.Autoencoder([2], activation="tanh", loss="bce", random_state=0).fit(letters.pixels)
    >>> found = npae.discover(ae, letters, between="AB", least_crispness=0.01, least_distance=1)
    >>> npae.plots.discovery(found).savefig("between.png")  # doctest: +SKIP
    """
    hint = "A smaller least_distance or least_crispness finds more."
    check("found", len(found), "at least one new picture", len(found) > 0, hint)
    known, _ = samples_and_labels(found.known)
    known, distance = np.asarray(shown(known, found.mask)), np.round(found.distance, 1)
    own: Any = found.known if isinstance(found.known, DataSet) else None
    shape = own if shape is None else shape
    samples = np.asarray(found.samples).reshape(-1, *known.shape[1:])
    return new_glyphs(samples, known[found.nearest], found.labels, distance, shape)
