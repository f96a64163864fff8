"""All settings of a training except its data and its seed, as a value that studies can compare, vary and hash."""

from dataclasses import dataclass, fields

import npae


@dataclass(frozen=True)
class Recipe:
    """The settings of an `npae.Autoencoder`; `dataclasses.replace` varies them.

    Each field is the parameter of the same name of `npae.Autoencoder`, with a tuple wherever that takes a list. Nothing
    is "auto": a study names what it trains. Data are not scaled, unless `autoencoder` is told to, and there is one
    thread: a study uses the other cores for other runs.
    """

    encoder: tuple
    decoder: tuple | None = None
    activation: str = "tanh"
    output: str | None = None
    loss: npae.Loss | str = "mse"
    noise: npae.Noise | None = None
    penalty: npae.Penalty | tuple | None = None
    init: npae.Initializer | None = None
    optimizer: npae.Optimizer | str | None = "adam"
    refine: npae.Refine | None = None
    epochs: int = 200
    batch_size: int | None = None
    validation_fraction: float | None = None
    callbacks: tuple = ()
    dtype: str = "float64"
    threads: int | None = 1

    @classmethod
    def from_sizes(cls, sizes, **settings):
        """Return the recipe of all layer sizes, input and output included; the smallest one inside is the code."""
        model = npae.Autoencoder.from_sizes(sizes)
        return cls(tuple(model.encoder), tuple(model.decoder), **settings)

    @property
    def code_size(self):
        """The number of units of the innermost dense layer."""
        sizes = [layer if isinstance(layer, int) else getattr(layer, "units", None) for layer in self.encoder]
        return [size for size in sizes if size is not None][-1]

    def autoencoder(self, seed, callbacks=(), **changes):
        """Return the model, not fitted, with further callbacks and with changes to single settings."""
        settings = {field.name: getattr(self, field.name) for field in fields(self)} | {"scale": None} | changes
        settings["callbacks"] = [*callbacks, *self.callbacks]
        lists = {name: list(value) for name, value in settings.items() if isinstance(value, tuple)}
        return npae.Autoencoder(**settings | lists, random_state=seed)
