"""
The nearest neighbours of a digit
=================================

Which digits look like this one? A code of 16 numbers answers with a search through short
vectors. The digits found for a query come from 1,700 others, which the autoencoder
learned without labels.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.neighbors import NearestNeighbors

import npae

X, labels = load_digits(return_X_y=True)
known, queries = X[:-97], np.arange(len(X) - 97, len(X))
ae = npae.Autoencoder([64, 16], random_state=0).fit(known)
search = NearestNeighbors(n_neighbors=9).fit(ae.encode(known))
queries = [np.flatnonzero(labels[-97:] == digit)[0] for digit in (0, 3, 4, 7, 8)]
queries = X[-97:][queries]
distances, found = search.kneighbors(ae.encode(queries))

fig, ax = plt.subplots(figsize=(7, 4), layout="constrained")
for row, (query, neighbours) in enumerate(zip(queries, found, strict=True)):
    npae.plots.tile(ax, query, (8, 8), top=10 * row, limits=(0, 16))
    for column, i in enumerate(neighbours):
        left = 13 + 9 * column
        npae.plots.tile(ax, known[i], (8, 8), left, top=10 * row, limits=(0, 16))
ax.set(aspect=1, xlim=(-1, 95), ylim=(49, -4))
ax.set_axis_off()
ax.text(4, -2, "query", ha="center")
ax.text(53, -2, "nearest by their codes, nearest first", ha="center")
same = np.mean(labels[found] == np.array([[0], [3], [4], [7], [8]]))
ax.set_title(f"{same:.0%} of the neighbours are digits of the same kind")
plt.show()
