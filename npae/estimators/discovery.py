"""New pictures: points of the code space that decode to something crisp and unlike every known sample."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..samples.masks import mask_option
from ..samples.passed_on import passed_on
from ..samples.rows import slices
from ..settings.array_types import ArrayLike, BoolArray, FloatArray, IntArray
from ..settings.checks import number_in, positive_integer, within, zeros_and_ones
from ..settings.data_set import DataSet, samples_of
from .autoencoder import Autoencoder
from .construction import generator
from .picture_distances import apart, between_neighbours, compared, crispness_of
from .tried_codes import everywhere, in_between, pair_of

DISTANCES = 4_000_000  # held in memory at a time
HELD = 2**25  # pixels of all candidates up to which they are held
PIECE = 2**22  # pixels that are held at a time otherwise


@dataclass(frozen=True, eq=False)
class Discovery:
    """New pictures, the crispest first: what `npae.discover` found. `npae.plots.discovery` draws them.

    Parameters
    ----------
    codes : array of shape (n, L)
        The codes of the new pictures.
    samples : array of shape (n, D)
        The new pictures: what the model decodes from the codes.
    crispness : array of shape (n,)
        How crisp each one is, from 0 to 1. See `npae.discover`.
    nearest : integer array of shape (n,)
        The index of the known sample nearest to each one.
    distance : array of shape (n,)
        How far away that is, in pixels. See `npae.discover`.
    known : Font or array of shape (N, D)
        The known samples.
    mask : bool array of shape (N, T), default None
        The mask of known samples that are padded series.
    hint : str, default "try a smaller least_distance or least_crispness"
        What `repr` advises where nothing was found.

    Examples
    --------
    >>> import npae
    >>> letters = npae.datasets.load_font("capitals").select("AB")
    >>> ae = npae.Autoencoder([2], activation="tanh", loss="bce", random_state=0).fit(letters.pixels)
    >>> found = npae.discover(ae, letters, n=1, least_crispness=0, least_distance=1)
    >>> len(found), found.codes.shape, found.samples.shape, found.labels[0] in ("A", "B")
    (1, (1, 2), (1, 35), True)
    """

    codes: FloatArray
    samples: FloatArray
    crispness: FloatArray
    nearest: IntArray
    distance: IntArray | FloatArray
    known: DataSet | ArrayLike
    mask: BoolArray | None = None
    hint: str = "try a smaller least_distance or least_crispness"

    def __len__(self) -> int:
        return len(self.samples)

    def __repr__(self) -> str:
        if not len(self):
            return f"Discovery(nothing new; {self.hint})"
        nearest, farthest = (f"{value:.3g}" for value in (self.distance.min(), self.distance.max()))
        away = nearest if nearest == farthest else f"{nearest} to {farthest}"
        return f"Discovery({len(self)} new, {away} pixels from the nearest known)"

    @property
    def labels(self) -> list[str]:
        """The label of the known sample nearest to each one: that of the Font, or else its index as text."""
        names = self.known.labels if isinstance(self.known, DataSet) else None
        return [str(i if names is None else names[i]) for i in self.nearest]


def discover(
    model: Autoencoder,
    data: DataSet | ArrayLike,
    between: Sequence[Any] | None = None,
    *,
    n: int = 8,
    least_crispness: float | None = None,
    least_distance: float | None = None,
    candidates: int = 40_000,
    random_state: int | np.random.Generator | None = None,
    mask: ArrayLike | None = None,
) -> Discovery:
    """Search the code space for new pictures: crisp ones that are unlike every known sample.

    The search decodes many codes and keeps the crisp pictures that are far from every sample of `data`. It returns the
    crispest of them that are also far from each other.

    Parameters
    ----------
    model : Autoencoder
        A fitted model.
    data : Font or array of shape (N, ...)
        The known samples: usually those that the model was trained on.
    between : pair, default None
        Two known samples to search between, given by their indices or, for a Font, by their labels: ``(3, 17)``,
        ``("O", "Q")`` or ``"OQ"``. The search then covers the ball that has the two codes at opposite ends. None
        searches the whole code space.
    n : int, default 8
        The largest number of pictures to return.
    least_crispness : float, default None
        The smallest crispness, in [0, 1]. None takes 0.5 for black-and-white samples: each pixel is at least 0.25 from
        1/2. For grey samples it takes what nine in ten of the model's reconstructions of them reach.
    least_distance : float, default None
        The smallest distance to every known sample and to the other new pictures, in pixels. None takes 3 for
        black-and-white samples. For grey samples it takes what lies half way between neighbours: a quarter of the
        median (squared) distance from a known sample to the nearest other one.
    candidates : int, default 40_000
        The number of codes to decode. More find more, and take longer: each crisp picture is compared with all of
        `data`. Take fewer, or a part of the data, if that is tens of thousands of images.
    random_state : int or numpy.random.Generator, default None
        The source of randomness, for codes of three or more numbers. None takes the model's.
    mask : bool array of shape (N, T), default None
        False where a step of the series `data` is padding, as in `fit`. Distances to a known sample are over its other
        steps.

    Returns
    -------
    Discovery
        The new pictures, the crispest first, with their codes and the nearest known samples. It may be empty.

    Raises
    ------
    ValueError
        If the data does not fit the model, or if an option is impossible.
    NotFittedError
        If the model is not fitted (a ValueError).

    Notes
    -----
    Samples are black-and-white if all their values are 0 or 1. If values go beyond [0, 1], the least and the greatest
    stand for 0 and 1 where crispness is measured. A new picture then counts as black-and-white too:

    ============ ==================================== =======================================
    of a picture black-and-white                      grey
    ============ ==================================== =======================================
    crispness    smallest abs(2 p - 1) of any pixel p mean abs(2 p - 1) of all pixels p
    distance     number of pixels that differ         sum of the squared differences of pixels
    ============ ==================================== =======================================

    A model whose output is linear, as it is by default, goes from one sample to another through grey: of
    black-and-white samples it knows hardly any other crisp picture. Fit one with ``loss="bce"``, whose output is a
    sigmoid.

    Codes of one or two numbers are tried on a regular grid over the range of the known codes, or over the ball. Longer
    codes are drawn at random: from straight lines between two known codes, or from the ball, most of them near
    its axis.

    Examples
    --------
    A new letter between two others, saved as a picture:

    >>> import npae
    >>> letters = npae.datasets.load_font("capitals")
    >>> ae = npae.Autoencoder([29, 23, 2], activation="tanh", loss="bce", epochs=1500, random_state=0)
    >>> found = npae.discover(ae.fit(letters.pixels), letters, between=("O", "X"))
    >>> len(found) > 0, bool((found.distance >= 3).all())
    (True, True)
    >>> figure = npae.plots.discovery(found)
    >>> figure.savefig("new_letters.png")  # doctest: +SKIP
    """
    n, candidates = positive_integer("n", n), positive_integer("candidates", candidates)
    known, codes, real = _known(model, data, mask)
    counted = known if real is None else known[real]
    binary, limits = zeros_and_ones(counted), _range(counted)
    library, weights = compared(known, binary), None if real is None else compared(_repeated(real, known), True)
    if least_crispness is None:
        least_crispness = 0.5 if binary else _usual_crispness(model, known, limits, real)
    if least_distance is None:
        least_distance = 3 if binary else between_neighbours(library, weights)
    crisp_enough = number_in("least_crispness", least_crispness, 0, 1)
    far_enough = number_in("least_distance", least_distance, 0, np.inf)
    rng = generator(model.random_state if random_state is None else random_state)
    if between is None:
        tried = everywhere(codes, candidates, rng)
    else:
        start, end = pair_of(between, data, len(codes))
        tried = in_between(codes[start], codes[end], candidates, rng)
    tried = tried.reshape(-1, *model.network_.code_shape)
    decoded = _decoded(model, tried, known[0].size)
    crispness = _crispness(decoded, len(tried), known[0].size, binary, limits)
    order = np.argsort(-crispness, kind="stable")
    order = order[crispness[order] >= crisp_enough]
    chosen = _choose(lambda rows: compared(decoded(order[rows]), binary), len(order), library, weights, far_enough, n)
    best = order[chosen]
    samples = decoded(best)
    nearest, distance = _nearest(compared(samples, binary), library, weights)
    distance = distance.astype(int) if binary else distance
    crisp = not binary or model.network_.loss.link == "sigmoid"
    hint = Discovery.hint if crisp else f"{Discovery.hint}, or a model with loss='bce'"
    return Discovery(tried[best], samples, crispness[best], nearest, distance, data, real, hint)


def _decoded(model: Autoencoder, codes: FloatArray, pixels: int) -> Callable[[Any], FloatArray]:
    """Return a function of some rows of codes that returns their pictures, which are held if all fit into memory."""
    if len(codes) * pixels <= HELD:
        pictures = model.decode(codes)
        return lambda rows: pictures[rows]
    empty = np.empty((0, *model.network_.out_shape), model.network_.dtype)
    return lambda rows: model.decode(codes[rows]) if len(codes[rows]) else empty


def _known(model: Autoencoder, data: Any, mask: ArrayLike | None) -> tuple[FloatArray, FloatArray, BoolArray | None]:
    """Return the known samples as floats, 0 where they are padding, their codes (N, L), and their mask."""
    X: Any = samples_of(data)
    codes, network = model.encode(X, **mask_option(mask)), model.network_
    if network.out_shape != network.in_shape:
        raise ValueError(f"model must end with samples of shape {network.in_shape}, got {network.out_shape}.")
    known = np.asarray(X, dtype=float).reshape(-1, *network.in_shape)
    real = None if mask is None else np.asarray(mask)
    known = known if real is None else np.where(real[:, :, None], known, 0.0)
    if np.isnan(known).any():
        hint = "Fill them first: np.where(np.isnan(X), model.reconstruct(X), X)."
        raise ValueError(f"data must have no gaps, got {np.isnan(known).sum()} number(s) that are missing. {hint}")
    return known, codes.reshape(len(codes), -1), real


def _repeated(mask: BoolArray, X: FloatArray) -> FloatArray:
    """Return a mask (N, T) as numbers of the shape of series X (N, T, C)."""
    return np.broadcast_to(mask[:, :, None], X.shape).astype(float)


def _range(known: FloatArray) -> tuple[float, float]:
    """Return the values of an empty and a full pixel: 0 and 1, or the range of samples that go beyond."""
    low, high = float(known.min()), float(known.max())
    return (0.0, 1.0) if within(low, high, 0, 1) or low == high else (low, high)


def _usual_crispness(
    model: Autoencoder, known: FloatArray, limits: tuple[float, float], real: BoolArray | None
) -> float:
    """Return what nine in ten of the reconstructions of grey samples reach."""
    rebuilt = passed_on(model.reconstruct, known, real)
    crispness = _crispness(lambda rows: rebuilt[rows], len(known), known[0].size, False, limits, real)
    return float(np.quantile(crispness, 0.1))


def _crispness(
    samples: Callable[[slice], FloatArray],
    count: int,
    size: int,
    binary: bool,
    limits: tuple[float, float],
    real: BoolArray | None = None,
) -> FloatArray:
    """Return how crisp each of `count` samples of a size is, in [0, 1], some at a time."""
    masks = ((rows, None if real is None else real[rows]) for rows in slices(slice(0, count), max(1, PIECE // size)))
    return np.concatenate([np.empty(0), *(crispness_of(samples(rows), binary, limits, mask) for rows, mask in masks)])


def _nearest(pictures: FloatArray, known: FloatArray, real: FloatArray | None) -> tuple[IntArray, FloatArray]:
    """Return the index of the known sample nearest to each picture, and how far it is."""
    index, distance = np.empty(len(pictures), int), np.empty(len(pictures))
    for part in slices(slice(0, len(pictures)), max(1, DISTANCES // len(known))):
        distances = apart(pictures[part], known, real)
        index[part], distance[part] = distances.argmin(axis=1), distances.min(axis=1)
    return index, distance


def _choose(
    pictures: Callable[[Any], FloatArray],
    count: int,
    known: FloatArray,
    real: FloatArray | None,
    least_distance: float,
    n: int,
) -> list[int]:
    """Return at most n of `count` positions: the first that are far enough from all that is known and each other."""
    chosen: list[int] = []
    step = max(1, min(DISTANCES // len(known), HELD // known.shape[1]))
    for part in slices(slice(0, count), step):
        rest, own = np.arange(part.start, part.stop), pictures(part)
        for others, counting in ((pictures(chosen), None), (known, real)) if chosen else ((known, real),):  # few first
            far = apart(own, others, counting).min(axis=1) >= least_distance
            rest, own = rest[far], own[far]
        while len(rest) and len(chosen) < n:
            chosen.append(int(rest[0]))
            far = apart(own[1:], own[:1])[:, 0] >= least_distance
            rest, own = rest[1:][far], own[1:][far]
        if len(chosen) == n:
            break
    return chosen
