"""The settings that mnist_improvements.py compares: recipes in families, the first of each the one to compare with."""

from dataclasses import dataclass, replace
from functools import partial

import npae
from experiments.shared.recipe import Recipe

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
class Family:
    """Recipes by name that are compared with the first one.

    Attributes
    ----------
    recipes : dict
    images : int, default None
        Train on the first so many; None for all.
    seeds : int, default 3
    """

    recipes: dict
    images: int | None = None
    seeds: int = 3


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
TUNED = {  # network: the eta of each optimiser that was best on held-out images after two epochs
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
    """Return an optimiser with its best eta for a network; AdamW has that of Adam, Nesterov that of Momentum."""
    return OPTIMIZERS[name](TUNED[network][SAME.get(name, name)])


def recipe(network, optimizer="Adam", *, code=32, activation="relu", code_activation="identity", **settings):
    """Return the recipe of one of the WIDTHS; an optimiser given by name has its best eta.

    The decoder is the encoder's mirror and ends with a sigmoid. A convolutional network takes images (H, W, 1).
    """
    optimizer = tuned(optimizer, network) if isinstance(optimizer, str) else optimizer
    usual = {"output": "sigmoid", "dtype": "float32", "optimizer": optimizer}
    if network.startswith("conv"):
        hidden = [npae.Conv2D(K, 3, stride=2, activation=activation) for K in WIDTHS[network]] + [npae.Flatten()]
        usual |= {"epochs": 2, "batch_size": 128}
    else:
        hidden = [npae.Dense(units, activation) for units in WIDTHS[network]]
        usual |= {"epochs": 5, "batch_size": 256}
    return Recipe((*hidden, npae.Dense(code, code_activation)), **usual | settings)


def tuning():
    """Return the families of `--tune`: every optimiser with every eta of its grid, for two epochs.

    They are judged on images held out of the training ones; convolutions learn from 12,000.
    """
    return {
        f"{name}, {network}": Family(
            {f"{eta:g}": recipe(network, OPTIMIZERS[name](eta), epochs=2) for eta in GRIDS[name]},
            images=12_000 if network.startswith("conv") else None,
            seeds=1,
        )
        for network, etas in TUNED.items()
        for name in etas
    }


COSINE = npae.CosineDecay()
WARM = npae.WarmUp(1, COSINE)
BASE, THIN = partial(recipe, "base"), partial(recipe, "conv thin")
IMPROVED = BASE(activation="elu", penalty=npae.L1(1e-7))


def decayed(settings, adapt):
    """Return the recipe with a schedule of eta."""
    return replace(settings, optimizer=replace(settings.optimizer, adapt=adapt))


def networks():
    """Return base, deep and wide; base with what helped it elsewhere; and one that is to save time and memory."""
    narrow = recipe("narrow", tuned("Adam", "base"), activation="elu", epochs=3)
    plain = {name: recipe(name) for name in ("base", "deep", "wide")}
    return plain | {"base, improved": IMPROVED, "narrow, elu, 3 epochs": narrow}


def etas_and_stopping():
    """Return schedules and early stopping on 15 epochs, all with the same images held out."""
    long = BASE(epochs=15, validation_fraction=HELD_OUT)
    adapts = {
        "constant": None,
        "plateau": npae.ReduceOnPlateau("val_loss", patience=2, min_delta=5e-5),
        "step": npae.StepDecay(every=4),
        "cosine": COSINE,
        "warm-up, cosine": WARM,
    }
    recipes = {name: decayed(long, adapt) for name, adapt in adapts.items()}
    stop = stopped(patience=3)
    return recipes | {name + ", stopped": replace(recipes[name], callbacks=stop) for name in ("constant", "plateau")}


def stopped(patience):
    """Return the callbacks that stop early by the held-out images."""
    return (npae.EarlyStopping("val_loss", patience=patience, min_delta=5e-5, restore_best=True),)


def penalised(base):
    """Return a recipe without penalty, with L1, with L2, with both: weak and strong ones."""
    weak, strong = (npae.L1(1e-7), npae.L2(1e-6)), (npae.L1(1e-6), npae.L2(1e-5))
    alone = {"L1 1e-7": weak[0], "L1 1e-6": strong[0], "L2 1e-6": weak[1], "L2 1e-5": strong[1]}
    penalties = {"none": (), **alone, "L1 1e-7, L2 1e-6": weak, "L1 1e-6, L2 1e-5": strong}
    return {name: replace(base, penalty=penalty) for name, penalty in penalties.items()}


def few_images():
    """Return what keeps a network from learning 1,000 images by heart."""
    base = BASE(epochs=100, batch_size=50, validation_fraction=HELD_OUT)
    stronger = {"L1 1e-5": npae.L1(1e-5), "L2 1e-4": npae.L2(1e-4)}
    recipes = penalised(base) | {name: replace(base, penalty=penalty) for name, penalty in stronger.items()}
    return recipes | {"stopped early": replace(base, callbacks=stopped(patience=5))}


def code_sizes(make):
    """Return a recipe for each code size, the largest first; make(code=L) returns one."""
    return {f"code {L}": make(code=L) for L in sorted(SIZES, reverse=True)}


def sparse_codes(make):
    """Return codes of 64 numbers, with and without a penalty on them."""
    relu, sigmoid = (make(code=64, code_activation=name) for name in ("relu", "sigmoid"))
    recipes = {"relu code": relu}
    recipes |= {f"CodeL1 {weight:g}": replace(relu, penalty=npae.CodeL1(weight)) for weight in (1e-5, 1e-4, 1e-3)}
    recipes["sigmoid code"] = sigmoid
    return recipes | {
        f"CodeKL {weight:g}": replace(sigmoid, penalty=npae.CodeKL(0.05, weight)) for weight in (1e-4, 1e-3)
    }


DENSE = {
    "networks": Family(networks()),
    "spread": Family({"base": BASE(), "base, elu": BASE(activation="elu"), "base, improved": IMPROVED}, seeds=10),
    "activations": Family({name: BASE(activation=name) for name in ACTIVATIONS}),
    "activations-depth": Family({name: recipe("ten hidden", activation=name) for name in ACTIVATIONS}),
    "optimisers": Family({name: BASE(name) for name in OPTIMIZERS}),
    "optimisers-depth": Family({name: recipe("ten hidden", name) for name in OPTIMIZERS}),
    "etas-and-stopping": Family(etas_and_stopping()),
    "penalties": Family(penalised(BASE())),
    "few-images": Family(few_images(), images=1000),
    "code-size": Family(code_sizes(lambda code: decayed(recipe("middle", activation="elu", code=code), COSINE))),
    "sparse-codes": Family(sparse_codes(BASE)),
}
CONVOLUTIONAL = {
    "conv-networks": Family({name: recipe(f"conv {name}") for name in ("base", "deep", "wide")}),
    "conv-activations-depth": Family({name: THIN(activation=name) for name in ACTIVATIONS}),
    "conv-optimisers-depth": Family({name: THIN(name) for name in ("Adam", "RMSprop", "Nesterov")}),
    "conv-code-size": Family(code_sizes(THIN)),
    "conv-sparse-codes": Family(
        {name: made for name, made in sparse_codes(THIN).items() if name.endswith(("code", " 0.0001"))}
    ),
}
FAMILIES = DENSE | CONVOLUTIONAL
BEST = Family(  # for a code of 32 numbers
    {"32-64": decayed(recipe("conv best", npae.Adam(0.004), activation="elu", epochs=20), WARM)}, seeds=1
)
