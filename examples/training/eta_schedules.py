"""
Schedules of the learning rate
==============================

A learning rate that is right at the beginning is too large at the end. Schedules lower it
while training goes on, and some raise it first. All four trainings below begin with the
same weights and take as many steps.
"""

import warnings

import matplotlib.pyplot as plt
from sklearn.datasets import load_digits

import npae

warnings.simplefilter("ignore", npae.NotConverged)  # compared after equally many epochs
X = load_digits().data[:600] / 16
schedules = {
    "constant": None,
    "StepDecay": npae.StepDecay(every=12, factor=0.4),
    "CosineDecay": npae.CosineDecay(),
    "WarmUp, then CosineDecay": npae.WarmUp(8, then=npae.CosineDecay()),
}
fig, (left, right) = plt.subplots(1, 2, figsize=(7, 3.8), layout="constrained")
colours, styles = ("#D55E00", "#AA4499", "#0072B2", "#009E73"), ("-", "--", "-", "-.")
for (name, adapt), colour, style in zip(schedules.items(), colours, styles, strict=True):
    adam = npae.Adam(0.02, adapt=adapt)
    ae = npae.Autoencoder(
        [32, 8], optimizer=adam, epochs=60, batch_size=20, random_state=0
    ).fit(X)
    left.plot(range(1, 61), ae.history_["eta"], style, color=colour, label=name)
    right.plot(range(1, 61), ae.history_["loss"], style, color=colour)
left.set(xlabel="epoch", ylabel="eta", title="Learning rate", ylim=(0, None))
right.set(
    xlabel="epoch", ylabel="loss (mean squared error)", title="Loss", ylim=(0.01, 0.04)
)
fig.legend(loc="outside lower center", ncols=4, fontsize=9, frameon=False)
plt.show()
