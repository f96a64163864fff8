"""Samples with gaps, completed by a network: what is not observed becomes what the network makes of the rest.

A gap begins as the mean of its feature. Then it takes the network's own prediction, again and again until that no
longer changes: where the network is linear, this is imputation by principal components.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from ..execution.threads import Threads
from ..layers.workspace import Workspace
from ..samples import Samples
from ..samples.fixed_point import Anderson
from ..samples.rows import RowReader, slices
from ..settings.array_types import BoolArray, FloatArray

if TYPE_CHECKING:
    from .network import Network

ROUNDS = 50  # most predictions that a sample gets
STILL = 1e-4  # share of the first change below which a sample's gaps no longer change


def complete(
    network: Network,
    workspace: Workspace,
    x: FloatArray,
    gaps: BoolArray,
    mask: BoolArray | None = None,
    rounds: int = ROUNDS,
) -> FloatArray:
    """Return samples x with the network's predictions in their gaps, a fresh array; x holds what these begin with.

    The workspace is bound to theta. A sample whose gaps do not settle keeps what changed least.
    """
    x = x.copy()
    rows = np.flatnonzero(gaps.reshape(len(x), -1).any(axis=1))
    first, accelerated = np.full(len(x), np.inf), Anderson()
    point, least = x[rows], np.full(len(x), np.inf)
    for number in range(rounds):
        if not len(rows):
            break
        where = gaps[rows]
        predicted = _predicted(network, workspace, point, None if mask is None else mask[rows])
        change = np.where(where, predicted - point, 0.0).reshape(len(rows), -1).astype(np.float64)
        size = np.sqrt(np.einsum("nd,nd->n", change, change))
        if number == 0:
            first[rows] = size
        better = size < least[rows]
        x[rows[better]] = np.where(where, predicted, point)[better]
        least[rows[better]] = size[better]
        moving = np.isfinite(size) & (size > STILL * first[rows])
        accelerated.keep(moving)
        rows, change, old = rows[moving], change[moving], point[moving].reshape(-1, change.shape[1])
        point = accelerated.next(old.astype(np.float64), change).astype(x.dtype).reshape(-1, *x.shape[1:])
    return x


def _predicted(network: Network, workspace: Workspace, x: FloatArray, mask: BoolArray | None) -> FloatArray:
    """Return the network's reconstruction of samples without gaps."""
    context, depth = workspace.context, len(network.encoder.layers)
    context.begin(0, mask=mask, gradient=False)
    inner = x if network.scaling is None else network.scaling.into(x, context.scratch)
    code, _ = network.encoder.forward(context.without_padding(inner), workspace.params[:depth], context)
    y = np.array(network.decoder.forward(code, workspace.params[depth:], context, last=True)[0])
    network.loss.predict(y, context)
    if network.target_scaling is not None:
        network.target_scaling.back(y)
    return y


def completed(
    network: Network,
    theta: FloatArray,
    samples: Samples,
    start: FloatArray | None = None,
    *,
    rounds: int = ROUNDS,
    threads: int = 1,
) -> Samples:
    """Return samples whose gaps the network has completed. The targets keep their gaps, so that these do not count.

    `start` holds samples whose gaps are filled with what they begin with; None for the means of features.
    """
    from .pieces import samples_at_a_time  # which imports this module

    theta, target, fill = network.as_theta(theta), samples.target, network.fill
    assert fill is not None
    out = np.empty((len(samples), *network.in_shape), network.dtype)

    def part(number: int) -> None:
        with network.borrow() as workspace, RowReader(network.dtype) as reader:
            workspace.bind(theta)
            for rows in slices(team.part(number, len(samples)), samples_at_a_time(network)):
                x = reader.of(samples.X, rows)
                gaps = np.isnan(x)
                begun = np.where(gaps, fill if start is None else start[rows], x)
                out[rows] = complete(network, workspace, begun, gaps, samples.mask_of(rows), rounds)

    with Threads(threads) as team:
        team.do(part)
    return dataclasses.replace(samples, X=out, T=target)
