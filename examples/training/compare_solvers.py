"""
Compare solvers by their curves
===============================

A refinement records each of its iterations: the loss, the gradient, and what it took so
far. ``npae.plots.compare`` draws any number of trainings over evaluations of the loss, as
here, or over seconds. All begin with the same weights and may evaluate the loss 400
times, on all samples at once.
"""

import warnings

import matplotlib.pyplot as plt
from sklearn.datasets import load_iris

import npae

warnings.simplefilter(
    "ignore", npae.NotConverged
)  # compared after equally many evaluations
X = load_iris().data
model = npae.Autoencoder(
    [16, 1], activation="tanh", scale="columns", penalty=npae.L2(1e-4), random_state=3
)
trained = {
    "Adam": model.set_params(optimizer=npae.Adam(0.01), epochs=400).fit(X).history_
}
model.set_params(optimizer=None, epochs=1)
for method in ("CG", "L-BFGS-B", "BFGS", "trust-krylov"):
    refine = npae.Refine(method, max_iterations=None, max_evaluations=400)
    trained[method] = model.set_params(refine=refine).fit(X).history_

fig, ax = plt.subplots(figsize=(7, 4.4), layout="constrained")
npae.plots.compare(trained, x="evaluations", ax=ax)
losses = {name: history["loss"][-1] for name, history in trained.items()}
ax.set_title(f"{min(losses, key=losses.get)} has the lowest loss after 400 evaluations")
plt.show()
