"""The recipe of the letter studies, which depends on named knobs.

`GOOD` are the values of font_latent2.py, which stands alone; a test holds that both train the same network.
"""

import npae
from experiments.shared.recipe import Recipe
from npae.datasets import load_font

GOOD = {
    "font": "capitals",
    "letters": None,  # all of the font, or only these
    "sizes": [35, 29, 23, 2, 23, 29, 35],
    "activation": "tanh",
    "output": "sigmoid",
    "loss": "bce",
    "std": 0.3,
    "eta": 0.5,
    "adaptive": True,
    "epochs": 400,
    "solver": "BFGS",
    "every": 4,
    "inner": 50,  # iterations of one refinement, at most
    "margin": 0.3,  # stop when no pixel is off by more
}
PUBLISHED = GOOD | {
    "output": "tanh",
    "loss": "mse",
    "std": 0.6,
    "eta": 0.01,
    "adaptive": False,
    "epochs": 300,
    "every": 2,
    "inner": 10,
    "margin": None,
}


def letters_of(knobs):
    """Return the font to train on."""
    font = load_font(knobs["font"])
    return font.select(knobs["letters"]) if knobs["letters"] else font


def letter_recipe(knobs, eta_scale=1.0):
    """Return the recipe that the knobs stand for."""
    adapt = npae.AdaptiveEta() if knobs["adaptive"] else None
    margin = knobs["margin"]
    return Recipe.from_sizes(
        knobs["sizes"],
        activation=knobs["activation"],
        output=knobs["output"],
        loss=knobs["loss"],
        init=npae.Gaussian(std=knobs["std"]),
        optimizer=npae.GradientDescent(knobs["eta"] * eta_scale, adapt),
        refine=refinement(**{name: knobs[name] for name in ("solver", "every", "inner", "epochs")}),
        epochs=knobs["epochs"],
        callbacks=(npae.EarlyStopping("max_error", target=margin),) if margin else (),
    )


def refinement(solver, every, inner, epochs):
    """Return when and how SciPy refines the weights, or None. Budgets are not in seconds: seeds repeat anywhere."""
    if every is None or solver == "none":
        return None
    if solver == "Powell":  # an iteration takes some 36,000 evaluations
        evaluations = 9_000 if epochs > 20 else 100
        return npae.Refine("Powell", every=-(-epochs // 5), max_iterations=None, max_evaluations=evaluations)
    options = {"maxcor": inner} if solver == "L-BFGS-B" else None  # remember every step: no restarts
    return npae.Refine(solver, every=every, max_iterations=inner, options=options)
