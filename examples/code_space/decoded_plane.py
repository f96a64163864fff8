"""
What every point of the plane decodes to
========================================

A decoder draws a picture from any code, not only from the codes of the letters that it
has learned. Decoded on a grid, the code plane becomes a map on which letters turn into
each other.
"""

import matplotlib.pyplot as plt

import npae

letters = npae.datasets.load_font("capitals")
ae = npae.Autoencoder([29, 23, 2], loss="bce", random_state=0).fit(letters)

fig, ax = plt.subplots(figsize=(6, 7.4), layout="constrained")
npae.plots.manifold(ae, letters, bounds=[(-14, 14), (-14, 14)], n=14, ax=ax)
ax.set_title("Between the letters, the plane holds shapes that nobody drew")
plt.show()
