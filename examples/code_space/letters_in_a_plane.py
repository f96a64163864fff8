"""
32 letters in a plane
=====================

The encoder turns the 35 pixels of a letter into two numbers, its code. Each code is a point of a plane. The decoder
draws the letter from its point alone, so no two letters may share a place.
"""

import matplotlib.pyplot as plt

import npae

letters = npae.datasets.load_font("capitals")
ae = npae.Autoencoder([29, 23, 2], loss="bce", random_state=0).fit(letters)
wrong = npae.metrics.pixel_errors(letters.pixels, ae.reconstruct(letters)).sum()

fig, ax = plt.subplots(figsize=(7, 5), layout="constrained")
npae.plots.latent_space(ae, letters, ax=ax)
ax.set_title(f"Two numbers are enough for 32 letters: {wrong} of {letters.pixels.size} pixels are wrong")
plt.show()
