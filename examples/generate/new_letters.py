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
texts = [
    f"{distance} from {label}"
    for distance, label in zip(found.distance, found.labels, strict=True)
]
npae.plots.pictures(found.samples, (7, 5), columns=8, titles=texts, ax=ax)
ax.set_title(f"{len(found)} new letters, and how many pixels from the nearest known one")
plt.show()
