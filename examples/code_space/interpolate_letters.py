"""
Interpolate between two letters
===============================

Walk from the code of one letter to the code of another in equal steps, and decode every
step. The pixels do not fade: the decoder bends one shape into the other.
"""

import matplotlib.pyplot as plt

import npae

letters = npae.datasets.load_font("capitals")
stop = npae.EarlyStopping("max_error", target=0.2)  # of any pixel
ae = npae.Autoencoder(
    [29, 23, 2], activation="tanh", loss="bce", optimizer=npae.Adam(0.005)
)
ae.set_params(epochs=5000, callbacks=[stop], random_state=0).fit(letters)

fig, axes = plt.subplots(4, 1, figsize=(7, 4.8), layout="constrained")
for ax, pair in zip(axes, ("AH", "CG", "EF", "MW"), strict=True):
    npae.plots.interpolation(ae, letters.select(pair), n=11, ax=ax)
    if ax is not axes[-1]:
        ax.set_xticks([])
axes[-1].set_xlabel("share of the way between the two codes")
fig.suptitle("From A to H, from C to G, from E to F, from M to W")
plt.show()
