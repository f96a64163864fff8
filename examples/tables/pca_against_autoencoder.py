"""
PCA against an autoencoder
==========================

Principal components are the best linear code there is. A hidden layer lets the code bend.
On digits that neither has seen, the autoencoder makes do with fewer numbers for the same
error.
"""

import matplotlib.pyplot as plt
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

import npae

X = load_digits().data
train, test = X[:1200], X[1200:]
sizes = (1, 2, 4, 8, 16)
adam = npae.Adam(0.005, adapt=npae.CosineDecay())
errors = {"PCA": [], "autoencoder": []}
for size in sizes:
    pca = PCA(size).fit(train)
    errors["PCA"].append(
        npae.metrics.mse(test, pca.inverse_transform(pca.transform(test)))
    )
    ae = npae.Autoencoder(
        [64, size], optimizer=adam, epochs=60, batch_size=50, random_state=0
    ).fit(train)
    errors["autoencoder"].append(-ae.score(test))

fig, ax = plt.subplots(figsize=(7, 4.2), layout="constrained")
ax.plot(sizes, errors["PCA"], "s--", color="#D55E00", label="PCA")
ax.plot(
    sizes,
    errors["autoencoder"],
    "o-",
    color="#0072B2",
    label="autoencoder with 64 hidden units",
)
ax.set_xscale("log", base=2)
ax.set_xticks(sizes, sizes)
ax.set(
    xlabel="numbers in the code",
    ylabel="mean squared error on unseen digits (grey levels²)",
    ylim=(0, None),
)
ax.set_title("A code that can bend needs fewer numbers than PCA")
ax.legend()
plt.show()
