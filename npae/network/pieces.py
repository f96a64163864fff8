"""Passes over any number of samples in bounded scratch memory: some at a time, in each of several threads."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from ..execution.threads import Threads
from ..layers import GaussianCode
from ..layers.workspace import LentWorkspace, Workspace
from ..samples import Samples
from ..samples.rows import RowReader, slices
from ..settings.array_types import AnyArray, ArrayLike, BoolArray, FloatArray, Shape
from .completion import complete
from .sides import filled

if TYPE_CHECKING:
    from .network import Network

ROWS = 1024  # most samples that are held at a time: a layer's output for them fits into a cache
NUMBERS = 2**21  # most numbers in a layer's output for them: fewer images are held at a time, but at least 32
MOST = 2**24  # of numbers too large for 32 of them: then only as many as these are
KEPT = 2**23  # numbers in the outputs of all layers up to which their memory is kept from call to call


def codes(network: Network, workspace: Workspace, x: FloatArray) -> FloatArray:
    """Return the encoder's output, in scratch memory."""
    params = workspace.params[: len(network.encoder.layers)]
    return network.encoder.forward(x, params, workspace.context)[0]


def posterior_parameters(network: Network, workspace: Workspace, x: FloatArray) -> FloatArray:
    """Return mean and log-variance of the codes, (N, 2, L)."""
    *before, last = network.encoder.layers
    assert isinstance(last, GaussianCode)
    for layer, params in zip(before, workspace.params, strict=False):
        x, _ = layer.forward(x, params, workspace.context)
    return np.stack(last.posterior(x, workspace.params[len(before)], workspace.context), axis=1)


def decoder_output(network: Network, workspace: Workspace, z: FloatArray) -> FloatArray:
    """Return the decoder's output in scratch memory: logits, if the loss has a link."""
    params = workspace.params[len(network.encoder.layers) :]
    return network.decoder.forward(z, params, workspace.context, last=True)[0]


def reconstructed(network: Network, workspace: Workspace, x: FloatArray) -> FloatArray:
    """Return the decoder's output for samples."""
    return decoder_output(network, workspace, codes(network, workspace, x))


def samples_at_a_time(network: Network) -> int:
    """Return how many samples a thread holds at a time."""
    largest = max(math.prod(shape) for shape in network.encoder.shapes + network.decoder.shapes)
    return max(1, min(32, ROWS, MOST // largest), min(ROWS, NUMBERS // largest))


def scratch_for(network: Network) -> LentWorkspace:
    """Lend a workspace for some samples at a time. A large one is not kept: it would outlive the call for nothing."""
    numbers = network.outputs_per_sample
    if numbers * ROWS <= KEPT or numbers * samples_at_a_time(network) <= KEPT:
        return network.borrow()
    return LentWorkspace(deque(), network.new_workspace)


def without_gaps(network: Network, workspace: Workspace, x: FloatArray, mask: BoolArray | None) -> FloatArray:
    """Return samples whose gaps are completed, or filled with means if the network does not predict samples.

    The workspace's context then says what was observed.
    """
    x, gaps = filled(x, network.fill)  # type: ignore[arg-type]  # there is a fill where this is called
    if gaps is not None:
        if network.completes:
            x = complete(network, workspace, x, gaps, mask)
            workspace.context.begin(0, mask=mask, gradient=False)
        workspace.context.observed = ~gaps
    return x


def in_pieces(
    network: Network,
    theta: ArrayLike,
    samples: Samples,
    shape: Shape,
    function: Callable[..., AnyArray],
    *,
    encodes: bool = True,
    linked: bool = False,
    compares: bool = False,
    threads: int,
) -> FloatArray:
    """Return function(network, workspace, x) for all samples x, some at a time.

    `encodes` says that they are samples and not codes, and are scaled. `linked` makes predictions of what the function
    returns: through the loss's link, and brought back from the network's scale. With `compares` the function gets the
    targets too, as they come, or the samples if there are none.
    """
    theta, out = network.as_theta(theta), np.empty((len(samples), *shape), network.dtype)

    def part(number: int) -> None:
        with scratch_for(network) as workspace, RowReader(network.dtype) as reader, RowReader(network.dtype) as targets:
            workspace.bind(theta)
            for rows in slices(team.part(number, len(samples)), samples_at_a_time(network)):
                workspace.context.begin(0, mask=samples.mask_of(rows), gradient=False)
                given = x = reader.of(samples.X, rows)
                if encodes and network.fill is not None:
                    x = without_gaps(network, workspace, x, samples.mask_of(rows))
                if encodes and network.scaling is not None:
                    x = network.scaling.into(x, workspace.context.scratch)
                x = workspace.context.without_padding(x)
                if compares:
                    t = given if samples.T is None else targets.of(samples.T, rows)
                    out[rows] = function(network, workspace, x, t)
                else:
                    out[rows] = function(network, workspace, x)
                if linked:
                    network.loss.predict(out[rows], workspace.context)
                if linked and network.target_scaling is not None:
                    network.target_scaling.back(out[rows])

    with Threads(threads) as team:
        team.do(part)
    return out
