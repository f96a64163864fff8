"""
A photograph in fewer numbers
=============================

A photograph is cut into tiles of 8 x 8 pixels in three colours, 192 numbers each. An
autoencoder learns the tiles of this one photograph, and rebuilds it from a short code per
tile.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_sample_image

import npae

photo = load_sample_image("flower.jpg")[:400, 120:520] / 255
tiles = photo.reshape(50, 8, 50, 8, 3).swapaxes(1, 2).reshape(2500, 192)


def joined(tiles):
    """Return the picture that 2,500 tiles make."""
    return tiles.reshape(50, 50, 8, 8, 3).swapaxes(1, 2).reshape(400, 400, 3)


fig, axes = plt.subplots(1, 3, figsize=(7, 2.6), layout="constrained")
axes[0].imshow(photo)
axes[0].set_title("192 numbers per tile")
for ax, size in zip(axes[1:], (4, 16), strict=True):
    adam = npae.Adam(0.003, adapt=npae.CosineDecay())
    ae = npae.Autoencoder(
        [64, size], optimizer=adam, epochs=30, batch_size=50, random_state=0
    ).fit(tiles)
    rebuilt = ae.reconstruct(tiles)
    ax.imshow(np.clip(joined(rebuilt), 0, 1))
    ax.set_title(f"{size} numbers: {npae.metrics.psnr(tiles, rebuilt):.1f} dB")
for ax in axes:
    ax.set_axis_off()
plt.show()
