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
stop = npae.EarlyStopping("max_error", target=0.2)  # of any pixel
ae = npae.Autoencoder(
    [29, 23, 2], activation="tanh", loss="bce", optimizer=npae.Adam(0.005)
)
ae.set_params(epochs=5000, callbacks=[stop], random_state=0).fit(letters)

fig, ax = plt.subplots(figsize=(6, 7.4), layout="constrained")
npae.plots.manifold(ae, letters, n=14, ax=ax)
ax.set_title("Between the letters, the plane holds shapes that nobody drew")
plt.show()
