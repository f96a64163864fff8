"""
Weights that can be left out
============================

The penalty ``L1`` pulls every weight towards zero, and weights that hardly help end
there. Such a network can do without most of its weights: here the smallest are set to
zero, more and more of them.
"""

import matplotlib.pyplot as plt
import numpy as np

import npae

letters = npae.datasets.load_font("capitals").pixels
shares = np.linspace(0, 0.95, 39)
curves = (
    ("without a penalty", None, {"linestyle": "--", "color": "#D55E00"}),
    ("trained with L1(1e-4)", npae.L1(1e-4), {"color": "#0072B2"}),
)
adam = npae.Adam(0.01, adapt=npae.CosineDecay())
model = npae.Autoencoder(
    [30, 10], loss="bce", optimizer=adam, epochs=1500, random_state=0
)
model.set_params(callbacks=[npae.EarlyStopping(target=1e-4)])

fig, ax = plt.subplots(figsize=(7, 4.2), layout="constrained")
for name, penalty, style in curves:
    ae = model.set_params(penalty=penalty).fit(letters)
    sizes, wrong = np.abs(ae.theta_), []
    for share in shares:
        kept = np.where(sizes > np.quantile(sizes, share), ae.theta_, 0)
        pixels = ae.network_.reconstruct(kept, letters)
        wrong.append(npae.metrics.pixel_errors(letters, pixels).sum())
    ax.plot(shares, wrong, lw=2, label=name, **style)
ax.xaxis.set_major_formatter("{x:.0%}")
ax.set(
    xlabel="share of the weights set to zero, the smallest first",
    ylabel=f"wrong pixels of {letters.size:,}",
)
ax.set_title("Trained with L1, the network works without most of its weights")
ax.legend()
plt.show()
