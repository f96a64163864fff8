"""
A sweep as a heat map
=====================

Which learning rate goes with which code size? ``npae.study.sweep`` fits every combination
with several seeds and returns one row per fit. Medians over the seeds make the map.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np

import npae

warnings.simplefilter("ignore", npae.NotConverged)  # compared after equally many epochs
letters = npae.datasets.load_font("capitals")
etas, sizes = [0.001, 0.003, 0.01, 0.03, 0.1], [1, 2, 3, 4, 6]
settings = {
    "optimizer": [npae.Adam(eta) for eta in etas],
    "encoder": [[29, size] for size in sizes],
}
model = npae.Autoencoder(activation="tanh", loss="bce", epochs=200)
results = npae.study.sweep(
    model, letters, settings, seeds=3, executor="serial", show_progress=False
)
wrong = np.reshape(
    [row["wrong_pixels_median"] for row in results.summary()], (len(etas), len(sizes))
)

fig, ax = plt.subplots(figsize=(7, 4.6), layout="constrained")
image = ax.imshow(wrong, cmap="cividis_r", norm="symlog", aspect="auto")
for (row, column), value in np.ndenumerate(wrong):
    ax.text(
        column,
        row,
        f"{value:.0f}",
        ha="center",
        va="center",
        color="white" if value > 60 else "black",
    )
ax.set_xticks(range(len(sizes)), sizes)
ax.set_yticks(range(len(etas)), etas)
ax.set(xlabel="numbers in the code", ylabel="learning rate eta of Adam")
ax.set_title(
    f"Wrong pixels of {letters.pixels.size:,} after 200 epochs, median of 3 seeds"
)
plt.show()
