"""What loss and penalties charge for one pass, with weights of samples and gaps if there are some."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..layers.context import Context
from ..layers.workspace import Workspace
from ..losses import LossPass
from ..penalties import CodePenalty, MaxNorm, Penalty, PenaltyPass, WeightPenalty, checked_penalties
from ..settings.array_types import BoolArray, FloatArray

if TYPE_CHECKING:
    from .network import Network


def take_penalties(network: Network, penalty: Penalty | Sequence[Penalty] | None) -> None:
    """Take over penalties, by what they charge: weights, codes, or nothing, since they bound weights."""
    network.penalties = checked_penalties(penalty)
    network._on_weights = [item for item in network.penalties if isinstance(item, WeightPenalty)]
    network._on_code = [item for item in network.penalties if isinstance(item, CodePenalty)]
    network._bounds = [item for item in network.penalties if isinstance(item, MaxNorm)]
    for item in network._on_code:
        item.check(network.encoder.layers[-1])


def charges(
    network: Network,
    z: FloatArray,
    T: FloatArray,
    code: FloatArray,
    context: Context,
    observed: BoolArray | None,
    seen: float,
) -> tuple[LossPass, list[PenaltyPass]]:
    """Return what the loss and the penalties on codes say, each with its way back.

    Raises ValueError if one takes no notice of weights or gaps where there are some.
    """
    weighs = context.weights is not None
    if weighs and context.charged:
        context.check_weighed("layers that charge", network.layers)
    context.observed, context.seen = observed, seen
    loss = network.loss.forward(z, T, context)
    if weighs or observed is not None:
        context.check_weighed("loss", network.loss)
    context.observed, charged = None, []
    for penalty in network._on_code:
        charged += [penalty.forward(code, context)]
        if weighs:
            context.check_weighed("penalty", penalty)
    return loss, charged


def charged_weights(network: Network, workspace: Workspace, share: float, gradient: bool) -> float:
    """Return this shard's share of the penalties of weights, and add their derivatives to its gradient."""
    return sum(
        penalty.charge(w, dw if gradient else None, share, workspace.context)
        for penalty in network._on_weights
        for w, dw in zip(workspace.weights, workspace.weight_grads, strict=True)
    )
