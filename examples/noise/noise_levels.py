"""
How much noise can it remove?
=============================

Two autoencoders learn the same letters, one from clean ones, one from letters with
flipped pixels. Both then see letters with more and more flips. Only the second one has
learned what to do about them.
"""

import matplotlib.pyplot as plt
import numpy as np

import npae

letters = npae.datasets.load_font("capitals")
model = npae.Autoencoder(
    [64, 12], loss="bce", optimizer="adam", epochs=2000, random_state=0
)
model.set_params(callbacks=[npae.EarlyStopping(target=1e-3)])
curves = (
    ("learned from clean letters", None, {"marker": "s", "ls": "--", "color": "#D55E00"}),
    ("learned from 3 flips", npae.FlipPixels(3), {"marker": "o", "color": "#0072B2"}),
)
flips, many = range(8), np.repeat(letters.pixels, 50, axis=0)

fig, ax = plt.subplots(figsize=(7, 4.2), layout="constrained")
ax.plot(flips, flips, ":", color="0.4", label="no repair")
for name, noise, style in curves:
    ae, wrong = model.set_params(noise=noise).fit(letters), []
    for k in flips:
        rng = np.random.default_rng(1)
        noisy = npae.FlipPixels(k).apply(many, rng) if k else many
        wrong.append(npae.metrics.pixel_errors(many, ae.reconstruct(noisy)).mean())
    ax.plot(flips, wrong, label=name, **style)
ax.set(
    xlabel="flipped pixels (of 35)",
    ylabel="wrong pixels after reconstruction",
    xlim=(0, 7),
    ylim=(0, None),
)
ax.set_title("Training with noise teaches the network to repair it")
ax.legend()
plt.show()
