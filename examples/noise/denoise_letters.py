"""
Remove noise from letters
=========================

A denoising autoencoder learns clean letters from letters with three flipped pixels. It
then repairs flips that it has never seen, since it knows which shapes are letters.
"""

import matplotlib.pyplot as plt
import numpy as np

import npae

letters = npae.datasets.load_font("capitals")
noise = npae.FlipPixels(3)
ae = npae.Autoencoder(
    [64, 12], loss="bce", noise=noise, optimizer="adam", epochs=2000, random_state=0
).fit(letters)
noisy = noise.apply(letters.pixels, np.random.default_rng(1))
repaired = ae.reconstruct(noisy)

fig, ax = plt.subplots(figsize=(7, 2.5), layout="constrained")
for i in range(13):
    for row, picture in enumerate((letters.pixels[i + 1], noisy[i + 1], repaired[i + 1])):
        npae.plots.tile(
            ax, picture, (7, 5), left=6 * i, top=8.5 * row, original=letters.pixels[i + 1]
        )
for row, text in enumerate(("original", "3 pixels flipped", "repaired")):
    ax.text(-1, 8.5 * row + 3.5, text, ha="right", va="center")
ax.set(aspect=1, xlim=(-17, 78), ylim=(25, -1))
ax.set_axis_off()
before, after = (
    npae.metrics.pixel_errors(letters.pixels, pixels).sum()
    for pixels in (noisy, repaired)
)
ax.set_title(
    f"Of {before} flipped pixels in 32 letters, {after} remain wrong (crossed out)"
)
plt.show()
