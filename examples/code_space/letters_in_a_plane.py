"""
32 letters in a plane
=====================

The encoder turns the 35 pixels of a letter into two numbers, its code. Each code is a
point of a plane. The decoder draws the letter from its point alone, so no two letters may
share a place.
"""

import matplotlib.pyplot as plt
from matplotlib.offsetbox import AnnotationBbox, OffsetImage

import npae

letters = npae.datasets.load_font("capitals")
stop = npae.EarlyStopping("max_error", target=0.4)  # of any pixel
ae = npae.Autoencoder(
    [29, 23, 2], activation="tanh", loss="bce", optimizer=npae.Adam(0.005)
)
ae.set_params(epochs=5000, callbacks=[stop], random_state=0).fit(letters)
wrong = npae.metrics.pixel_errors(letters.pixels, ae.reconstruct(letters)).sum()

fig, ax = plt.subplots(figsize=(7, 5.6), layout="constrained")
for code, picture in zip(ae.encode(letters), letters.images, strict=True):
    glyph = OffsetImage(1 - picture, zoom=3.2, cmap="gray", interpolation="nearest")
    ax.add_artist(AnnotationBbox(glyph, code, frameon=False))
ax.update_datalim(ae.encode(letters))
ax.margins(0.06)
ax.set(xlabel="code 1", ylabel="code 2")
ax.set_title(
    f"Two numbers per letter are enough: {wrong} of {letters.pixels.size:,} pixels wrong"
)
plt.show()
