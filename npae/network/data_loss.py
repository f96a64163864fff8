"""The loss on data alone: what is left of a network's loss without everything that a user may add to it."""

from __future__ import annotations

from collections import deque

from ..layers.context import Context
from ..layers.workspace import Workspace
from ..losses import Loss
from ..samples import Samples
from ..settings.array_types import ArrayLike, FloatArray
from .completion import completed
from .network import Network


def data_loss(
    network: Network, theta: ArrayLike, samples: Samples, *, loss: Loss | None = None, threads: int = 1
) -> float:
    """Return the loss of the reconstructions, without penalties, the KL term, noise and drawn codes.

    `loss` takes the place of the network's if it is of the same kind: it may reduce features differently.
    """
    if samples.gaps and samples.T is None and network.completes:
        samples = completed(network, network.as_theta(theta), samples, threads=threads)
    return _Uncharged(network, loss).value(theta, samples, threads=threads)


class _Uncharged(Network):
    """A network whose penalties and layers charge nothing."""

    def __init__(self, network: Network, loss: Loss | None) -> None:
        self.__dict__.update(network.__dict__, penalties=[], _on_weights=[], _on_code=[], _idle=deque())
        if type(loss) is type(self.loss):
            self.loss = loss

    def new_workspace(self, gradient: FloatArray | None = None) -> Workspace:
        workspace = super().new_workspace(gradient)
        workspace.context = _FreeContext(self.dtype)
        return workspace


class _FreeContext(Context):
    """A context in which layers charge nothing."""

    def charge(self, value: float) -> None:
        """Leave the loss as it is."""
