"""
How often does it succeed?
==========================

One lucky seed proves nothing. ``npae.study`` repeats each training with 10 seeds and
gives success rates with their 95 % intervals. A run succeeds if all 32 letters come back
without a wrong pixel after 200 epochs.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np

import npae

warnings.simplefilter("ignore", npae.NotConverged)  # compared after equally many epochs
letters = npae.datasets.load_font("capitals")
sizes = [2, 3, 4, 5, 6]
model = npae.Autoencoder(
    activation="tanh", loss="bce", optimizer=npae.Adam(0.03), epochs=200
)
settings = {"encoder": [[29, size] for size in sizes]}
results = npae.study.sweep(
    model, letters, settings, seeds=10, executor="serial", show_progress=False
)
rates, low, high = np.array(
    [
        [row[f"success_{end}"] for row in results.summary()]
        for end in ("rate", "low", "high")
    ]
)

fig, ax = plt.subplots(figsize=(7, 4.2), layout="constrained")
ax.errorbar(
    sizes,
    rates,
    yerr=np.abs([low - rates, high - rates]),
    fmt="o",
    ms=8,
    color="#0072B2",
    capsize=5,
)
ax.yaxis.set_major_formatter("{x:.0%}")
ax.set(
    xlabel="numbers in the code",
    ylabel="runs without a wrong pixel",
    ylim=(-0.05, 1.05),
    xticks=sizes,
)
ax.set_title("Success rates of 10 seeds each, with 95 % intervals")
plt.show()
