"""
Letters that never were
=======================

Some codes that belong to no letter decode to a crisp shape that no letter has.
``npae.discover`` searches the code space for them and returns those that differ most from
all letters and from each other.
"""

import matplotlib.pyplot as plt

import npae

letters = npae.datasets.load_font("capitals")
ae = npae.Autoencoder([29, 23, 2], loss="bce", random_state=0).fit(letters)
found = npae.discover(ae, letters, n=16, random_state=0)

fig, ax = plt.subplots(figsize=(7, 2.9), layout="constrained")
for i, pixels in enumerate(found.samples):
    left, top = 8 * (i % 8), 12 * (i // 8)
    npae.plots.tile(ax, pixels, (7, 5), left=left, top=top)
    npae.plots.caption(
        ax, left + 2.5, top + 8.2, f"{found.distance[i]} from {found.labels[i]}"
    )
ax.set(aspect=1, xlim=(-1, 62), ylim=(21.5, -1))
ax.set_axis_off()
ax.set_title(f"{len(found)} new letters, and how many pixels from the nearest known one")
plt.show()
