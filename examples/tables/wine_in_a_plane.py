"""
A table in a plane
==================

Each of 178 wines is a row of 13 measurements, in units of their own. ``scale="columns"``
makes all columns count alike. Two numbers per wine then show what the table hides: there
are three kinds.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_wine

import npae

wine = load_wine()
ae = npae.Autoencoder([2], scale="columns", random_state=0).fit(wine.data)
explained = 1 - npae.metrics.mse(
    wine.data / wine.data.std(axis=0), ae.reconstruct(wine.data) / wine.data.std(axis=0)
)

fig, ax = plt.subplots(figsize=(7, 4.8), layout="constrained")
npae.plots.latent_space(
    ae, wine.data, np.array(["grower A", "grower B", "grower C"])[wine.target], ax=ax
)
ax.set_title(
    f"Two numbers keep {explained:.0%} of what varies in 13, and tell the growers apart"
)
plt.show()
