"""
Stop before it learns by heart
==============================

A large network learns 100 digits by heart: its error on them keeps falling, while the
error on other digits rises again. ``EarlyStopping`` watches the validation loss and goes
back to the best weights.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

import npae

X = load_digits().data / 16
model = npae.Autoencoder(
    [200, 32], optimizer=npae.Adam(0.003), epochs=100, batch_size=10, random_state=0
)
long = model.fit(X[:100], validation_data=X[100:600]).history_
best = int(np.argmin(long["val_loss"])) + 1
stop = npae.EarlyStopping(monitor="val_loss", patience=10, restore_best=True)
stopped = model.set_params(callbacks=[stop]).fit(X[:100], validation_data=X[100:600])

fig, ax = plt.subplots(figsize=(7, 4.2), layout="constrained")
epochs = np.arange(1, 101)
ax.semilogy(epochs, long["loss"], "--", color="0.4", label="training loss (100 digits)")
ax.semilogy(
    epochs, long["val_loss"], color="#0072B2", label="validation loss (500 others)"
)
ax.axvline(
    stopped.n_epochs_,
    color="#D55E00",
    linestyle=":",
    label=f"stopped after epoch {stopped.n_epochs_}",
)
ax.plot(
    best,
    long["val_loss"][best - 1],
    "o",
    ms=9,
    color="#D55E00",
    label=f"weights kept: epoch {best}",
)
ax.set(xlabel="epoch", ylabel="loss (mean squared error)", xlim=(0, 100))
ax.set_title("The best weights are found long before the training loss is lowest")
ax.legend()
plt.show()
