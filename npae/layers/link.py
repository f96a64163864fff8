"""Where the activation at a decoder's end stands, if the loss applies it itself."""

import dataclasses

from .chain import Chain


def without_link(layers, loss, in_shape):
    """Return the decoder's layers without the loss's own link function: the loss applies it, in its stable form.

    It is taken out of the last layer that learns or has an activation, behind which there may be others that only
    rearrange numbers. Raises ValueError where the loss would not be given logits.
    """
    layers = list(layers)
    if not layers:
        raise ValueError("decoder must have at least one layer, got none.")
    learned = [group for _, group in Chain("decoder", layers, in_shape).groups]
    last = max([i for i, layer in enumerate(layers) if learned[i] or hasattr(layer, "activation")], default=0)
    activation, behind = getattr(layers[last], "activation", "identity"), layers[last + 1 :]
    changing = [layer for layer in behind if not layer.rearranges]
    if loss.link == "identity" or activation == "identity" or (changing and activation != loss.link):
        return layers
    name, known = type(loss).__name__, f"'{loss.link}' or 'identity'"
    if activation != loss.link:
        raise ValueError(f"output must be {known} for the loss {name}, got {activation!r}.")
    if changing:
        rule = f"layers that rearrange numbers, since the loss {name} applies '{activation}' itself"
        raise ValueError(f"behind '{activation}' decoder must have only {rule}, got {changing[0]!r}. Use 'identity'.")
    return [*layers[:last], dataclasses.replace(layers[last], activation="identity"), *behind]
