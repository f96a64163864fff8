"""
A learning rate that finds its own size
=======================================

Too small a learning rate (eta) takes for ever, too large a one never arrives.
``AdaptiveEta`` raises it while the loss falls, and takes back the step and halves it when
the loss rises. So it hardly matters which eta training begins with. The best constant eta
is better still, but somebody has to find it.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np

import npae

warnings.simplefilter(
    "ignore", npae.TrainingWarning
)  # most of these trainings are meant to end badly
letters = npae.datasets.load_font("capitals")
etas = np.geomspace(0.01, 100, 13)

curves = (
    ("constant eta", None, {"marker": "s", "linestyle": "--", "color": "#D55E00"}),
    ("AdaptiveEta", npae.AdaptiveEta(), {"marker": "o", "color": "#0072B2"}),
)
model = npae.Autoencoder([20, 6], loss="bce", epochs=300, random_state=0)

fig, ax = plt.subplots(figsize=(7, 4.2), layout="constrained")
for name, adapt, style in curves:
    losses = []
    for eta in etas.tolist():
        model.set_params(optimizer=npae.GradientDescent(eta, adapt=adapt)).fit(letters)
        losses.append(model.network_.value(model.theta_, letters.pixels))
    ax.loglog(etas, losses, label=name, **style)
ax.set(xlabel="eta at the beginning", ylabel="loss after 300 epochs (nats per pixel)")
ax.set_title("With AdaptiveEta, the first learning rate hardly matters")
ax.legend()
plt.show()
