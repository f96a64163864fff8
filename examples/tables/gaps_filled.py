"""
Fill the gaps of a table
========================

With ``missing="ignore"`` the autoencoder learns from a table with holes, and its
reconstruction fills them. It knows how columns depend on each other, which the usual
stopgap, the mean of the column, does not.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler

import npae

full = StandardScaler().fit_transform(load_breast_cancer().data)
hidden = np.random.default_rng(0).random(full.shape) < 0.2
table = np.where(hidden, np.nan, full)
ae = npae.Autoencoder([6], missing="ignore", random_state=0).fit(table)
filled, truth = ae.reconstruct(table)[hidden], full[hidden]
means = np.broadcast_to(np.nanmean(table, axis=0), full.shape)[hidden]

fig, ax = plt.subplots(figsize=(7, 4.6), layout="constrained")
ax.plot([-3, 6], [-3, 6], color="0.4", lw=1, label="right")
ax.scatter(
    truth,
    means,
    s=6,
    color="#D55E00",
    alpha=0.4,
    label=f"column mean: RMS error {np.std(means - truth):.2f}",
)
rms = np.sqrt(np.mean((filled - truth) ** 2))
ax.scatter(
    truth,
    filled,
    s=6,
    color="#0072B2",
    alpha=0.4,
    label=f"autoencoder: RMS error {rms:.2f}",
)
ax.set(
    xlabel="true value (standard deviations)",
    ylabel="filled-in value (standard deviations)",
)
ax.set(xlim=(-3, 6), ylim=(-3, 6))
ax.set_title(
    f"{hidden.sum():,} of {hidden.size:,} numbers of a table were hidden, then filled in"
)
ax.legend(markerscale=3)
plt.show()
