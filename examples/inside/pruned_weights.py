"""
Weights that can be left out
============================

The penalty ``L1`` pulls every weight towards zero, and weights that hardly help end there. Such a network can do
without most of its weights: here the smallest are set to zero, more and more of them.
"""

import matplotlib.pyplot as plt
import numpy as np

import npae

letters = npae.datasets.load_font("capitals").pixels
shares = np.linspace(0, 0.95, 39)

fig, ax = plt.subplots(figsize=(7, 4.2), layout="constrained")
for penalty, style, name in ((None, "--", "without a penalty"), (npae.L1(1e-4), "-", "trained with L1(1e-4)")):
    adam = npae.Adam(0.01, adapt=npae.CosineDecay())
    stop = npae.EarlyStopping(target=1e-4)
    ae = npae.Autoencoder(
        [30, 10], loss="bce", penalty=penalty, optimizer=adam, epochs=1500, callbacks=[stop], random_state=0
    ).fit(letters)
    wrong = []
    for share in shares:
        kept = np.where(np.abs(ae.theta_) > np.quantile(np.abs(ae.theta_), share), ae.theta_, 0)
        wrong.append(npae.metrics.pixel_errors(letters, ae.network_.reconstruct(kept, letters)).sum())
    ax.plot(shares, wrong, style, color={"--": "#D55E00", "-": "#0072B2"}[style], label=name, lw=2)
ax.xaxis.set_major_formatter("{x:.0%}")
ax.set(xlabel="share of the weights set to zero, the smallest first", ylabel=f"wrong pixels of {letters.size:,}")
ax.set_title("Trained with L1, the network works without most of its weights")
ax.legend()
plt.show()
