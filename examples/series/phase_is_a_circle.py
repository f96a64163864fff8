"""
A phase becomes a circle
========================

Each of 300 series is the same wave, begun at another moment. The autoencoder sees 60
numbers per series and knows nothing of waves. It finds that one thing varies, and that
this thing comes back to where it began: its plane of codes holds a ring.
"""

import matplotlib.pyplot as plt
import numpy as np

import npae

phases = np.linspace(0, 2 * np.pi, 300, endpoint=False)
time = np.linspace(0, 1, 60)
wave = 2 * np.pi * time + phases[:, None]
X = (
    np.sin(wave)
    + 0.4 * np.sin(2 * wave)
    + 0.1 * np.random.default_rng(0).standard_normal((300, 60))
)
codes = npae.Autoencoder([16, 2], random_state=0).fit_transform(X)

fig, (left, right) = plt.subplots(1, 2, figsize=(7, 3.3), layout="constrained")
for i in range(0, 300, 50):
    left.plot(time, X[i], color=plt.colormaps["twilight"](i / 300))
left.set(xlabel="time (periods)", ylabel="value", title="6 of 300 series")
points = right.scatter(*codes.T, c=np.degrees(phases), cmap="twilight", s=12)
right.set(xlabel="code 1", ylabel="code 2", title="Their codes", aspect="equal")
fig.colorbar(points, ax=right, label="phase (degrees)", ticks=range(0, 361, 90))
plt.show()
