"""Do layers, loss, noise and penalties of one's own return what they promise? One pass over two samples tells."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..layers.chain import Chain
from ..layers.context import Context
from ..noise import Noise
from ..samples import Samples
from ..settings.array_types import FloatArray
from ..settings.returned import BrokenPromise, has_shape, is_number, is_pair, promise
from .curvature_contracts import check_curved_parts
from .filled_gradients import named_gradients, refuse_replaced

if TYPE_CHECKING:
    from .network import Network

Back = Callable[..., Any]


def check_contracts(
    network: Network, theta: FloatArray, samples: Samples, epoch: float = 0, *, curved: bool = False
) -> None:
    """Raise TypeError for the first part of one's own that returns something else than its base class says.

    If `curved`, `linearize` of layers and `curvature` of the loss are looked at too. Nothing is evaluated if all parts
    are npae's. What a part raises itself is left to the pass that counts, which says where it happened.
    """
    if all(type(part).__module__.startswith("npae.") for part in _parts(network)):
        return
    try:
        with np.errstate(all="ignore"):
            _try_out(network, theta, samples[:2], epoch)
            if curved:
                check_curved_parts(network, theta, samples[:2], epoch)
    except BrokenPromise:
        raise
    except Exception:
        return


def _parts(network: Network) -> list[Any]:
    parts = [*network.layers, network.loss, *network.penalties, *([network.noise] if network.noise else [])]
    nested = (getattr(part, "noise", None) for part in parts)
    return [*parts, *(noise for noise in nested if isinstance(noise, Noise))]


def _try_out(network: Network, theta: FloatArray, samples: Samples, epoch: float) -> None:
    """Go forward and back once, and look at everything that is returned."""
    x = np.array(samples.X, network.dtype)
    t = np.array(samples.target, network.dtype)
    workspace, rng = network.new_workspace(), np.random.default_rng(0) if network.stochastic else None
    context, depth = workspace.context, len(network.encoder.layers)
    workspace.bind(theta)
    context.epoch = epoch
    context.begin(len(x), rng, samples.mask, samples.real_share or 1.0)
    if rng is not None and network.noise is not None:
        x = checked_noise_of(network.noise, x, rng)
    x = x if network.scaling is None else network.scaling.scaled(x)
    t = t if network.target_scaling is None else network.target_scaling.scaled(t)
    code, encoder_backs = _forward(network.encoder, context.without_padding(x), workspace.params[:depth], context)
    z, decoder_backs = _forward(network.decoder, code, workspace.params[depth:], context)
    dz = _loss(network, z, t, context)
    penalty_backs = [_code_penalty(item, code, context) for item in network._on_code]
    _weight_penalties(network, workspace)
    dcode = _backward(network.decoder, decoder_backs, dz, workspace.grads[depth:], len(x), context)
    for back in penalty_backs:
        back(dcode)
    _backward(network.encoder, encoder_backs, dcode, workspace.grads[:depth], len(x), context, first=True)


def checked_noise_of(noise: Noise, x: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Return noisy samples, or raise BrokenPromise."""
    name = type(noise).__name__
    if type(noise).apply is Noise.apply:
        promise(is_pair(drawn := noise.draw(x, rng)), f"draw of {name}", "two, (a, b), for samples a x + b", drawn)
    noisy = noise.apply(x, rng)
    promise(has_shape(noisy, x.shape), f"apply of {name}", f"an array of the shape of x, {x.shape}", noisy)
    return noisy


def checked_pass(made: Any, what: str, shape: tuple[int, ...]) -> tuple[FloatArray, Back]:
    """Return what a layer's `forward` made, y of a given shape and the way back, or raise BrokenPromise."""
    promise(is_pair(made), what, "two, (y, backward)", made)
    y, back = made
    promise(has_shape(y, shape), what, f"y of shape {shape}, as its out_shape says", y)
    promise(callable(back), what, "(y, backward) with a function backward(dy, grads)", back)
    return y, back


def _forward(chain: Chain, x: FloatArray, params: Any, context: Context) -> tuple[FloatArray, list[Back]]:
    backs = []
    for index, (layer, own) in enumerate(zip(chain.layers, params, strict=True)):
        what = f"{chain.name}.{index} ({type(layer).__name__}): forward"
        context.feeds_loss = chain.name == "decoder" and index == len(chain.layers) - 1
        x, back = checked_pass(layer.forward(x, own, context), what, (len(x), *chain.shapes[index + 1]))
        backs.append(back)
    return x, backs


def _backward(
    chain: Chain, backs: list[Back], dy: Any, grads: Any, count: int, context: Context, first: bool = False
) -> Any:
    for index in range(len(backs) - 1, -1, -1):
        context.wants_dx = index > 0 or not first
        layer, shape = chain.layers[index], (count, *chain.shapes[index])
        what = f"{chain.name}.{index} ({type(layer).__name__})"
        named = named_gradients(layer, what, grads[index])
        dy = backs[index](dy, named)
        refuse_replaced(what, named, grads[index])
        promise(has_shape(dy, shape) or not context.wants_dx, f"{what}: backward", f"dx of the shape of x, {shape}", dy)
    return dy


def _loss(network: Network, z: FloatArray, t: FloatArray, context: Context) -> Any:
    what = f"forward of {type(network.loss).__name__}"
    made = network.loss.forward(z, t, context)
    promise(is_pair(made), what, "two, (value, backward)", made)
    value, back = made
    promise(is_number(value), what, "a number as value, in (value, backward)", value)
    promise(callable(back), what, "(value, backward) with a function backward()", back)
    dz = back()
    promise(has_shape(dz, z.shape), f"backward of {type(network.loss).__name__}", f"dz of shape {z.shape}", dz)
    return dz


def _code_penalty(penalty: Any, code: FloatArray, context: Context) -> Back:
    what = f"forward of {type(penalty).__name__}"
    made = penalty.forward(code, context)
    promise(is_pair(made) and is_number(made[0]), what, "two, (value, backward), with a number as value", made)
    promise(callable(made[1]), what, "(value, backward) with a function backward(dcode)", made[1])
    back: Back = made[1]
    return back


def _weight_penalties(network: Network, workspace: Any) -> None:
    for penalty in network._on_weights:
        for w, dw in zip(workspace.weights, workspace.weight_grads, strict=True):
            value = penalty.charge(w, dw, 1.0, workspace.context)
            promise(is_number(value), f"charge of {type(penalty).__name__}", "a number, the penalty", value)
