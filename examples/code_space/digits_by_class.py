"""
Codes of digits, by class
=========================

An autoencoder of 1,797 handwritten digits never sees a label. In a code of two numbers,
most digits of a kind still end up side by side.
"""

import matplotlib.pyplot as plt
from sklearn.datasets import load_digits
from sklearn.model_selection import cross_val_score
from sklearn.neighbors import KNeighborsClassifier

import npae

X, labels = load_digits(return_X_y=True)
adam = npae.Adam(0.01, adapt=npae.CosineDecay())
ae = npae.Autoencoder(
    [64, 32, 2], optimizer=adam, epochs=40, batch_size=50, random_state=0
).fit(X)
codes = ae.encode(X)
accuracy = cross_val_score(KNeighborsClassifier(15), codes, labels).mean()

fig, ax = plt.subplots(figsize=(7, 5.5), layout="constrained")
colours = ("#0072B2", "#D55E00", "#009E73", "#AA4499", "#000000")
for digit in range(10):
    x, y = codes[labels == digit].T
    ax.scatter(x, y, s=32, marker=f"${digit}$", color=colours[digit % 5], linewidth=0.2)
ax.set(xlabel="code 1", ylabel="code 2")
ax.set_title(f"Learned without labels: neighbours agree on {accuracy:.0%} of the digits")
plt.show()
