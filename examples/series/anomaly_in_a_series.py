"""
Where a recording goes wrong
============================

Cut into windows, a recording becomes a table. The autoencoder learns the windows of a
normal recording. In another one, it rebuilds normal windows well and strange ones badly;
``overlap_mean`` turns the errors of windows into one error for each moment.
"""

import matplotlib.pyplot as plt
import numpy as np

import npae


def recording(seconds, rng):
    """Return a heartbeat-like signal, 50 values per second."""
    time = np.arange(50 * seconds) / 50
    beat = np.exp(-(((1.1 * time) % 1 - 0.5) ** 2) / 0.004)
    breath, noise = np.sin(0.5 * np.pi * time), rng.standard_normal(time.size)
    return time, beat + 0.15 * breath + 0.04 * noise


rng = np.random.default_rng(0)
_, normal = recording(60, rng)
time, signal = recording(30, rng)
signal[600:640] = 0.1 + 0.04 * rng.standard_normal(40)  # a beat is missed
signal[1100:1150] *= 0.5  # a weak one
adam = npae.Adam(0.005, adapt=npae.CosineDecay())
ae = npae.Autoencoder([32, 4], optimizer=adam, epochs=40, batch_size=50, random_state=0)
ae.fit(npae.series.windows(normal, 60))
errors = ae.score_samples(npae.series.windows(signal, 60), steps=True)
error = npae.series.overlap_mean(errors)

fig, (above, below) = plt.subplots(
    2, 1, figsize=(7, 4.2), sharex=True, layout="constrained"
)
above.plot(time, signal, color="0.2", lw=0.9)
above.set(
    ylabel="signal (mV)",
    title="The error rises where a beat is missed, and where one is weak",
)
below.plot(time, error, color="#D55E00")
below.set(xlabel="time (s)", ylabel="squared error (mV²)", xlim=(0, 30), ylim=(0, None))
for start, stop in ((12, 12.8), (22, 23)):
    for ax in (above, below):
        ax.axvspan(start, stop, color="#0072B2", alpha=0.15, lw=0)
plt.show()
