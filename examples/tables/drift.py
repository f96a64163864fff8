"""
Notice that a stream has changed
================================

Chunks of sensor readings arrive one after another. Half-way, one sensor begins to follow
another law. A model that stays as it was sees its error jump; one that goes on learning
with ``partial_fit`` sees the jump and gets used to it.
"""

import copy

import matplotlib.pyplot as plt
import numpy as np

import npae

rng = np.random.default_rng(0)


def chunk(drifted):
    """Return 200 readings of 6 sensors that follow two hidden quantities."""
    hidden = rng.standard_normal((200, 2))
    laws = np.array(
        [[1, 0.5, -1, 0.3, 0.8, 0], [0, 1, 0.5, -0.8, 0.3, -1.0 if drifted else 1.0]]
    )
    return hidden @ laws + 0.2 * rng.standard_normal((200, 6))


learning = npae.Autoencoder([2], optimizer=npae.Adam(0.01), batch_size=20, random_state=0)
for _ in range(20):
    learning.partial_fit(chunk(drifted=False))
frozen = copy.deepcopy(learning)
errors = []
for step in range(60):
    readings = chunk(drifted=step >= 30)
    errors.append((-frozen.score(readings), -learning.score(readings)))
    learning.partial_fit(readings)
frozen_errors, learning_errors = zip(*errors, strict=True)

fig, ax = plt.subplots(figsize=(7, 4), layout="constrained")
ax.axvline(29.5, color="0.6", linestyle=":")
ax.text(29, 0.3, "the law changes", ha="right", color="0.3")
ax.plot(frozen_errors, "s--", ms=3, color="#D55E00", label="model that no longer learns")
ax.plot(
    learning_errors,
    "o-",
    ms=3,
    color="#0072B2",
    label="model that learns from each chunk after its test",
)
ax.set(
    xlabel="chunk of 200 readings",
    ylabel="mean squared error before learning from it",
    ylim=(0, 0.95),
)
ax.set_title("The error shows the drift, and partial_fit gets over it")
ax.legend(loc="upper left")
plt.show()
