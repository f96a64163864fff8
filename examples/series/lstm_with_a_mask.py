"""
Series of different lengths
===========================

An LSTM reads series step by step. Short ones are padded to the length of the longest, and
a mask says which steps are real. The three numbers of the code keep what the curves look
like; padding counts nowhere.
"""

import matplotlib.pyplot as plt
import numpy as np

import npae

rng = np.random.default_rng(0)
lengths = rng.integers(15, 41, 100)
speeds, heights = rng.uniform(0.1, 0.4, 100), rng.uniform(0.5, 1, 100)
curves = [
    h * np.sin(s * np.arange(n)) for n, s, h in zip(lengths, speeds, heights, strict=True)
]
X, mask = npae.series.pad(curves)
adam = npae.Adam(0.02, adapt=npae.CosineDecay(), clip=1.0)
ae = npae.Autoencoder(
    [npae.LSTM(20), 3], optimizer=adam, epochs=120, batch_size=25, random_state=0
)
ae.fit(X, mask=mask)
rebuilt = ae.reconstruct(X, mask=mask)

fig, axes = plt.subplots(
    2, 3, figsize=(7, 3.8), sharex=True, sharey=True, layout="constrained"
)
for i, ax in enumerate(axes.flat):
    ax.axvspan(lengths[i] - 0.5, 41, color="0.9", lw=0, label="padding")
    ax.plot(X[i, : lengths[i]], "o", ms=3.5, color="0.5", label="series")
    ax.plot(rebuilt[i, : lengths[i]], color="#0072B2", label="from 3 numbers")
for ax in axes[1]:
    ax.set_xlabel("step")
for ax in axes[:, 0]:
    ax.set_ylabel("value")
fig.legend(
    *axes[0, 0].get_legend_handles_labels(),
    loc="outside lower center",
    ncols=3,
    frameon=False,
)
fig.suptitle("Series of 15 to 40 steps, rebuilt from codes of one size")
plt.show()
