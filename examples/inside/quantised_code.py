"""
How many bits does a letter need?
=================================

A code of two floating-point numbers has 128 bits, far more than 32 letters need. Rounded
to fewer and fewer bits, the codes show how much of that is used. Five bits are the least
that can name one of 32 letters.
"""

import matplotlib.pyplot as plt
import numpy as np

import npae

letters = npae.datasets.load_font("capitals").pixels
ae = npae.Autoencoder([29, 23, 2], loss="bce", random_state=0).fit(letters)
codes = ae.encode(letters)
low, span = codes.min(axis=0), np.ptp(codes, axis=0)
bits, exact = np.arange(1, 13), []
for count in bits:
    levels = 2**count - 1
    rounded = low + span * np.round((codes - low) / span * levels) / levels
    exact.append(np.sum(npae.metrics.pixel_errors(letters, ae.decode(rounded)) == 0))

fig, ax = plt.subplots(figsize=(7, 4.2), layout="constrained")
ax.bar(2 * bits, exact, width=1.4, color="#0072B2")
ax.axhline(32, color="0.4", lw=1, linestyle=":")
ax.axvline(
    5, color="#D55E00", lw=2, linestyle="--", label="5 bits: the least for 32 letters"
)
ax.set_ylim(0, 40)
ax.set(
    xlabel="bits per letter (two rounded numbers)",
    ylabel="letters without a wrong pixel (of 32)",
    xticks=2 * bits,
)
needed = 2 * bits[np.argmax(np.array(exact) == 32)]
ax.set_title(f"{needed} bits per letter are enough to keep all 32 apart")
ax.legend(loc="upper left")
plt.show()
