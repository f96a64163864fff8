"""The settings that study S0 compares: each a recipe, and in families what they are compared with."""

from dataclasses import dataclass, replace

import npae
from npae.optimize import Optimizer
from npae.penalties import Penalty

WIDTHS = {  # of the hidden layers, or the filters of convolutions with stride 2, before the code
    "base": (128,),
    "deep": (512, 256, 128),
    "wide": (1024,),
    "narrow": (80,),
    "middle": (256, 64),
    "ten hidden": (128,) * 5,
    "conv base": (16, 32),
    "conv deep": (32, 64, 128, 256),
    "conv wide": (64, 128),
    "conv thin": (8, 16, 32, 64),
    "conv best": (32, 64),
}
SIZES = (1, 2, 4, 8, 16, 32)  # of codes
ACTIVATIONS = ("relu", "leaky_relu", "selu", "elu", "tanh")
HELD_OUT = 1 / 6  # of the training images


@dataclass(frozen=True)
class Recipe:
    """All settings of a run but its seed.

    `network` names its WIDTHS; `images`: train on the first so many (None: on all); `judge`: hold a sixth of the
    training images out for validation; `patience`: of early stopping on them; `tune`: let the held-out images stand for
    the test images, for choices that must not see these.
    """

    network: str = "base"
    code: int = 32
    activation: str = "relu"
    code_activation: str = "identity"
    optimizer: Optimizer = npae.Adam(0.002)
    penalty: Penalty | tuple = ()
    epochs: int = 5
    batch_size: int = 256
    images: int | None = None
    judge: bool = False
    patience: int | None = None
    tune: bool = False

    @property
    def convolutional(self):
        """Whether the network takes images (H, W, 1)."""
        return self.network.startswith("conv")

    def autoencoder(self, seed, callbacks=()):
        """Return the model, not fitted; the decoder is the encoder's mirror and ends with a sigmoid."""
        stopping = []
        if self.patience is not None:
            stopping = [npae.EarlyStopping("val_loss", patience=self.patience, min_delta=5e-5, restore_best=True)]
        return npae.Autoencoder(
            [*self.hidden(), npae.Dense(self.code, self.code_activation)],
            output="sigmoid",
            optimizer=self.optimizer,
            penalty=list(self.penalty) if isinstance(self.penalty, tuple) else self.penalty,
            epochs=self.epochs,
            batch_size=self.batch_size,
            validation_fraction=HELD_OUT if self.judge else None,
            callbacks=[*callbacks, *stopping],
            dtype="float32",
            threads=1,
            random_state=seed,
        )

    def hidden(self):
        """Return the layers before the code."""
        if self.convolutional:
            convolutions = [npae.Conv2D(K, 3, stride=2, activation=self.activation) for K in WIDTHS[self.network]]
            return [*convolutions, npae.Flatten()]
        return [npae.Dense(units, self.activation) for units in WIDTHS[self.network]]


def nesterov(eta):
    """Return Nesterov's momentum."""
    return npae.Momentum(eta, nesterov=True)


def adamw(eta):
    """Return Adam with decoupled weight decay."""
    return npae.Adam(eta, weight_decay=0.01)


OPTIMIZERS = {
    "Adam": npae.Adam,
    "AdamW": adamw,
    "RMSprop": npae.RMSprop,
    "Momentum": npae.Momentum,
    "Nesterov": nesterov,
    "GradientDescent": npae.GradientDescent,
}
GRIDS = {
    "Adam": (0.001, 0.002, 0.004, 0.008, 0.016),
    "RMSprop": (0.0005, 0.001, 0.002, 0.004, 0.008),
    "Momentum": (1.0, 3.0, 10.0),
    "GradientDescent": (10.0, 30.0, 100.0),
}
TUNED = {  # network: the eta of each optimiser with which two epochs went best on held-out images
    "base": {"Adam": 0.008, "RMSprop": 0.004, "Momentum": 3.0, "GradientDescent": 30.0},
    "ten hidden": {"Adam": 0.002, "RMSprop": 0.002, "Momentum": 3.0, "GradientDescent": 10.0},
    "deep": {"Adam": 0.002},
    "wide": {"Adam": 0.004},
    "middle": {"Adam": 0.004},
    "conv base": {"Adam": 0.008},
    "conv deep": {"Adam": 0.002},
    "conv wide": {"Adam": 0.004},
    "conv thin": {"Adam": 0.008, "RMSprop": 0.004, "Momentum": 1.0},
}
SAME = {"AdamW": "Adam", "Nesterov": "Momentum"}


def tuned(name, network):
    """Return an optimiser with its best eta for a network; AdamW has Adam's, Nesterov Momentum's."""
    return OPTIMIZERS[name](TUNED[network][SAME.get(name, name)])


def tuning():
    """Return the families of `--tune`: every optimiser with every eta of its grid, for two epochs.

    They are judged on images held out of the training ones; convolutions learn from 12,000.
    """
    return {
        f"{name}, {network}": {
            f"{eta:g}": replace(few(started(network)), optimizer=OPTIMIZERS[name](eta), epochs=2, tune=True)
            for eta in GRIDS[name]
        }
        for network, etas in TUNED.items()
        for name in etas
    }


def few(recipe):
    """Return a recipe that does not take long."""
    return replace(recipe, images=12_000) if recipe.convolutional else recipe


def started(network, name="Adam"):
    """Return the recipe of a network with an optimiser at its best eta, all else as usual."""
    usual = Recipe(network, optimizer=tuned(name, network))
    return replace(usual, epochs=2, batch_size=128) if usual.convolutional else usual


BASE, DEEP, WIDE, MIDDLE, TEN = map(started, ("base", "deep", "wide", "middle", "ten hidden"))
CONV, CONV_DEEP, CONV_WIDE, THIN = map(started, ("conv base", "conv deep", "conv wide", "conv thin"))
COSINE = npae.CosineDecay()
WARM = npae.WarmUp(1, COSINE)


def decayed(recipe, adapt):
    """Return the recipe with an eta that changes."""
    return replace(recipe, optimizer=replace(recipe.optimizer, adapt=adapt))


IMPROVED = replace(BASE, activation="elu", penalty=npae.L1(1e-7))


def networks():
    """Base, deep and wide; the base network with what helped it elsewhere; and one that is to save time and memory."""
    narrow = replace(BASE, network="narrow", activation="elu", epochs=3)
    return {"base": BASE, "deep": DEEP, "wide": WIDE, "base, improved": IMPROVED, "narrow, elu, 3 epochs": narrow}


def etas_and_stopping():
    """Schedules and early stopping on 15 epochs, all with the same images held out."""
    long = replace(BASE, epochs=15, judge=True)
    plateau = npae.ReduceOnPlateau("val_loss", patience=2, min_delta=5e-5)
    adapts = {
        "constant": None,
        "plateau": plateau,
        "step": npae.StepDecay(every=4),
        "cosine": COSINE,
        "warm-up, cosine": WARM,
    }
    recipes = {name: decayed(long, adapt) for name, adapt in adapts.items()}
    return recipes | {name + ", stopped": replace(recipes[name], patience=3) for name in ("constant", "plateau")}


def penalised(base):
    """Return a recipe without penalty, with L1, with L2, with both: weak and strong ones."""
    weak, strong = (npae.L1(1e-7), npae.L2(1e-6)), (npae.L1(1e-6), npae.L2(1e-5))
    alone = {"L1 1e-7": weak[0], "L1 1e-6": strong[0], "L2 1e-6": weak[1], "L2 1e-5": strong[1]}
    penalties = {"none": (), **alone, "L1 1e-7, L2 1e-6": weak, "L1 1e-6, L2 1e-5": strong}
    return {name: replace(base, penalty=penalty) for name, penalty in penalties.items()}


def few_images():
    """Return what keeps a network from learning 1,000 images by heart."""
    base = replace(BASE, images=1000, epochs=100, batch_size=50, judge=True)
    stronger = {"L1 1e-5": npae.L1(1e-5), "L2 1e-4": npae.L2(1e-4)}
    recipes = penalised(base) | {name: replace(base, penalty=penalty) for name, penalty in stronger.items()}
    return recipes | {"stopped early": replace(base, patience=5)}


def code_sizes(base, sizes):
    """Return a recipe for each code size, the largest first."""
    return {f"code {L}": replace(base, code=L) for L in sorted(sizes, reverse=True)}


def sparse_codes(base):
    """Return codes of 64 numbers, with and without a penalty on them."""
    relu, sigmoid = (replace(base, code=64, code_activation=name) for name in ("relu", "sigmoid"))
    recipes = {"relu code": relu}
    recipes |= {f"CodeL1 {weight:g}": replace(relu, penalty=npae.CodeL1(weight)) for weight in (1e-5, 1e-4, 1e-3)}
    recipes["sigmoid code"] = sigmoid
    return recipes | {
        f"CodeKL {weight:g}": replace(sigmoid, penalty=npae.CodeKL(0.05, weight)) for weight in (1e-4, 1e-3)
    }


DENSE = {  # the first of each family is what the others are compared with
    "networks": networks(),
    "spread": {"base": BASE, "base, elu": replace(BASE, activation="elu"), "base, improved": IMPROVED},
    "activations": {name: replace(BASE, activation=name) for name in ACTIVATIONS},
    "activations-depth": {name: replace(TEN, activation=name) for name in ACTIVATIONS},
    "optimisers": {name: replace(BASE, optimizer=tuned(name, "base")) for name in OPTIMIZERS},
    "optimisers-depth": {name: replace(TEN, optimizer=tuned(name, "ten hidden")) for name in OPTIMIZERS},
    "etas-and-stopping": etas_and_stopping(),
    "penalties": penalised(BASE),
    "few-images": few_images(),
    "code-size": code_sizes(decayed(replace(MIDDLE, activation="elu"), COSINE), SIZES),
    "sparse-codes": sparse_codes(BASE),
}
CONVOLUTIONAL = {
    "conv-networks": {"base": CONV, "deep": CONV_DEEP, "wide": CONV_WIDE},
    "conv-activations-depth": {name: replace(THIN, activation=name) for name in ACTIVATIONS},
    "conv-optimisers-depth": {name: started("conv thin", name) for name in ("Adam", "RMSprop", "Nesterov")},
    "conv-code-size": code_sizes(THIN, SIZES),
    "conv-sparse-codes": {
        name: recipe for name, recipe in sparse_codes(THIN).items() if name.endswith(("code", " 0.0001"))
    },
}
FAMILIES = DENSE | CONVOLUTIONAL
BEST = {  # for a code of 32 numbers
    "32-64": decayed(replace(CONV, network="conv best", activation="elu", optimizer=npae.Adam(0.004), epochs=20), WARM)
}
