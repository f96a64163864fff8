"""
How much noise can it remove?
=============================

Two autoencoders learn the same letters, one from clean ones, one from letters with flipped pixels. Both then see
letters with more and more flips. Only the second one has learned what to do about them.
"""

import matplotlib.pyplot as plt
import numpy as np

import npae

letters = npae.datasets.load_font("capitals")
settings = {"encoder": [64, 12], "loss": "bce", "optimizer": "adam", "epochs": 2000, "random_state": 0}
settings["callbacks"] = [npae.EarlyStopping(target=1e-3)]
models = {
    "learned from clean letters": npae.Autoencoder(**settings),
    "learned from letters with 3 flips": npae.Autoencoder(**settings, noise=npae.FlipPixels(3)),
}
flips, many = np.arange(8), np.repeat(letters.pixels, 50, axis=0)

fig, ax = plt.subplots(figsize=(7, 4.2), layout="constrained")
ax.plot(flips, flips, ":", color="0.4", label="no repair")
for (name, model), style in zip(models.items(), ("s--", "o-"), strict=True):
    model.fit(letters)
    noisy = [npae.FlipPixels(k).apply(many, np.random.default_rng(1)) if k else many for k in flips.tolist()]
    wrong = [npae.metrics.pixel_errors(many, model.reconstruct(pixels)).mean() for pixels in noisy]
    ax.plot(flips, wrong, style, color={"s--": "#D55E00", "o-": "#0072B2"}[style], label=name)
ax.set(xlabel="flipped pixels (of 35)", ylabel="wrong pixels after reconstruction", xlim=(0, 7), ylim=(0, None))
ax.set_title("Training with noise teaches the network to repair it")
ax.legend()
plt.show()
