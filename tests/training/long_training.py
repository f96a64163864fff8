"""Training with everything that draws or remembers, in a process of its own, to be killed.

python long_training.py SETTING CHECKPOINT MODEL    # writes MODEL when it is done
"""

import sys

import numpy as np

import npae

X = (np.random.default_rng(0).random((60, 12)) > 0.5).astype(float)
NOISY = {"noise": npae.FlipPixels(p=0.1), "batch_size": 16}
DROPOUT = [npae.Dense(8, "tanh"), npae.Dropout(0.2), npae.Dense(3, "tanh")]
STOP = npae.EarlyStopping("val_mse", patience=500, restore_best=True)
WARM = {"encoder": [8, npae.GaussianCode(3, npae.BetaWarmUp(20, 0.1))], "loss": "bce"}
SETTINGS = {
    "descent": {"optimizer": npae.GradientDescent(0.3, npae.AdaptiveEta()), "refine": npae.Refine("CG", 4, 5)},
    "full batch under noise": {"optimizer": npae.Adam(0.01), "encoder": DROPOUT, "noise": npae.MaskPixels(0.1)},
    "momentum": {"optimizer": npae.Momentum(0.05, nesterov=True, adapt=npae.WarmUp(5, npae.CosineDecay())), **NOISY},
    "rmsprop": {"optimizer": npae.RMSprop(0.003, adapt=npae.ReduceOnPlateau("val_loss")), "encoder": DROPOUT, **NOISY},
    "adam": {"optimizer": npae.Adam(0.01, weight_decay=1e-3, clip=1.0), "encoder": DROPOUT, **NOISY},
    "adam refined": {"refine": npae.Refine("BFGS", 3, 3, sample=40), "encoder": DROPOUT, **NOISY},
    "two threads": {"encoder": DROPOUT, "threads": 2, "dtype": "float32", **NOISY},
    "variational": {"refine": npae.Refine("BFGS", 3, 3), "batch_size": 16, **WARM},
    "full batch variational": {"optimizer": npae.GradientDescent(0.01, npae.AdaptiveEta()), **WARM},
}


def trained(setting, checkpoint, epochs=200):
    """Return the autoencoder, trained with a checkpoint at `checkpoint`, or without any if that is None."""
    callbacks = [STOP, npae.UnitReport(every=10)] + ([npae.Checkpoint(checkpoint)] if checkpoint else [])
    params = {"encoder": [8, 3], "penalty": npae.L2(1e-5), **SETTINGS[setting]}
    ae = npae.Autoencoder(**params, callbacks=callbacks, epochs=epochs, validation_fraction=0.2, random_state=1)
    return ae.fit(X)


if __name__ == "__main__":
    trained(sys.argv[1], sys.argv[2]).save(sys.argv[3])
