"""
Which sensor is to blame?
=========================

A pump has five sensors that all follow its load. Now and then one of them fails. The
detector finds such readings, and ``explain`` says how much stranger than usual each
sensor is.
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LogNorm

import npae

sensors = ["pressure", "temperature", "vibration", "current", "flow"]
rng = np.random.default_rng(0)
load = rng.random((600, 1))
table = np.hstack(
    [1013 + 20 * load, 300 + 10 * load, 0.1 * (1 + load), 5 * load, 40 * np.sqrt(load)]
)
table += rng.standard_normal(table.shape) * [0.5, 0.3, 0.002, 0.1, 1]
ae = npae.Autoencoder([8, 1], scale="columns")
detector = npae.AnomalyDetector(ae, random_state=0).fit(table)

broken = table[:10].copy()
failed = [2, 0, 4, 3, 1, 2, 4, 0, 3, 1]
broken[range(10), failed] += np.array([6, 4, 0.03, 1.5, 12])[failed]
blame = detector.explain(broken)

fig, ax = plt.subplots(figsize=(7, 4.4), layout="constrained")
norm = LogNorm(0.1, blame.max(), clip=True)
image = ax.imshow(blame.T, cmap="cividis", norm=norm, aspect="auto")
frames = {"marker": "s", "s": 260, "facecolor": "none", "edgecolor": "#D55E00"}
ax.scatter(range(10), failed, linewidth=2.5, **frames)
ax.set_xticks(range(10), range(1, 11))
ax.set_yticks(range(5), sensors)
ax.set(xlabel="reading with a broken sensor (orange frame)")
fig.colorbar(image, label="squared error, as a multiple of the usual one")
right = np.sum(blame.argmax(axis=1) == failed)
ax.set_title(f"The strangest sensor is the broken one in {right} of 10 readings")
plt.show()
