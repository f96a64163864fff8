"""An argument that is given is used, or refused: no combination of arguments makes one of them idle without a word."""

import numpy as np
import pytest
from looped import in_one_test

import npae
from npae import Autoencoder, Classifier, Dense, GaussianCode

X = np.random.default_rng(0).random((12, 6))
LABELS = np.arange(12) % 2
LAYERS = {"encoder": [Dense(4, "tanh"), Dense(2, "identity")], "decoder": [Dense(6, "identity")]}
SHORT = {"optimizer": "adam", "epochs": 2, "random_state": 0}
L_BFGS = npae.Refine("L-BFGS-B", max_iterations=2)


def fitted(**params):
    return Autoencoder(**{"encoder": [4, 2], **SHORT, **params}).fit(X)


IDLE = {
    "batches without an optimizer": (
        lambda: fitted(optimizer=None, refine=L_BFGS, batch_size=4),
        r"batch_size must be None where every epoch is a refinement, got 4\. Use Refine\(sample=",
    ),
    "an activation that no layer takes": (
        lambda: fitted(activation="relu", **LAYERS),
        "activation must be 'auto' where no layer given as an int takes it, got 'relu'",
    ),
    "one for a code that has its own": (
        lambda: fitted(code_activation="tanh", **LAYERS),
        "code_activation must be 'auto' where no layer given as an int takes it, got 'tanh'",
    ),
    "one for a Gaussian code": (
        lambda: fitted(code_activation="tanh", encoder=[4, GaussianCode(2)]),
        "code_activation must be 'auto' where no layer given as an int takes it, got 'tanh'",
    ),
    "an output that the decoder has already": (
        lambda: fitted(output="sigmoid", **LAYERS),
        "output must be None where no layer given as an int takes it, got 'sigmoid'",
    ),
    "an activation beside a start": (
        lambda: Classifier(start=fitted(), activation="relu", epochs=1).fit(X, LABELS),
        "activation must be left out where no layer given as an int takes it, got 'relu'",
    ),
    "an activation of a classifier's layers": (
        lambda: Classifier([Dense(3, "tanh")], activation="relu", epochs=1).fit(X, LABELS),
        "activation must be left out where no layer given as an int takes it, got 'relu'",
    ),
    "two ways to validate": (
        lambda: Autoencoder([2], validation_fraction=0.5, epochs=1).fit(X, validation_data=X),
        "validation_data must be None where validation_fraction is set, got both",
    ),
    "a mask without steps": (
        lambda: Autoencoder([2], epochs=1).fit(X, mask=X > 0),
        "mask must be None where X is not series",
    ),
    "a least improvement that nothing counts": (
        lambda: npae.EarlyStopping(target=0.1, min_delta=0.1),
        "min_delta must come with patience or restore_best",
    ),
    "a variance that the loss has not": (
        lambda: fitted(encoder=[GaussianCode(2)], loss="bce").elbo(X, variance=0.1),
        "variance must be left out for the loss 'bce', which has none, got 0.1",
    ),
    "a shape beside a network": (
        lambda: npae.check_gradients(fitted().network_, in_shape=(6,)),
        r"in_shape must be None where a network says what samples look like, got \(6,\)",
    ),
    "a shape beside samples": (
        lambda: npae.check_gradients(Dense(2), X, in_shape=(6,)),
        r"in_shape must be None where X says what samples look like, got \(6,\)",
    ),
    "targets of a layer": (
        lambda: npae.check_gradients(Dense(2), X, X[:, :2]),
        "T must be None for a layer, which has no targets",
    ),
    "dimensions of a single number": (
        lambda: npae.plots.latent_space(fitted(encoder=[1]), X, dimensions=(0, 3)),
        "dimensions must be left out for codes of one number",
    ),
    "labels without samples": (
        lambda: npae.explorer.write(fitted(), "page.html", labels=["a"]),
        "labels must come with data, got labels alone",
    ),
    "a schedule without an optimizer": (
        lambda: fitted(optimizer=None, refine=L_BFGS, callbacks=[npae.StepDecay()]),
        "callbacks must hold one eta schedule for an optimizer without adapt",
    ),
    "layers beside those of a start": (
        lambda: Classifier([3], start=fitted(), epochs=1).fit(X, LABELS),
        "encoder must be None where start brings the layers",
    ),
}


@in_one_test("call, message", IDLE.values(), ids=IDLE)
def test_an_argument_without_effect_is_refused(call, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=message):
        call()


USED = {
    "an activation of one int": lambda: fitted(encoder=[Dense(4, "tanh"), 2], activation="relu"),
    "an activation of a decoder's int": lambda: fitted(encoder=LAYERS["encoder"], decoder=[4, 6], activation="relu"),
    "an output of a mirror": lambda: fitted(encoder=LAYERS["encoder"], output="sigmoid"),
    "a code of its own": lambda: fitted(encoder=[Dense(4, "tanh"), 2], code_activation="tanh"),
    "a part of the samples": lambda: fitted(optimizer=None, refine=npae.Refine("CG", max_iterations=2, sample=5)),
    "an improvement of what is restored": lambda: npae.EarlyStopping(target=0.1, min_delta=0.1, restore_best=True),
    "a default that is written out": lambda: Classifier([Dense(3, "tanh")], activation="tanh", epochs=1).fit(X, LABELS),
}


@in_one_test("call", USED.values(), ids=USED)
def test_an_argument_with_an_effect_is_taken(call):
    assert call() is not None


def test_pictures_of_a_model_of_pairs_have_the_shape_of_its_predictions():
    images = np.random.default_rng(0).random((12, 3, 4))
    ae = Autoencoder([4, 2], **SHORT).fit(X, target=images)
    npae.plots.manifold(ae, n=3)
    npae.plots.traversal(ae, n=3)
    npae.plots.interpolation(ae, X)
    with pytest.raises(ValueError, match=r"model must be one that ends with samples of shape \(6,\), got \(3, 4\)"):
        npae.plots.reconstructions(ae, X)
