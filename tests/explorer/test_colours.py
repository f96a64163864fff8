"""Colours: in a real browser, the page shows, paints and encodes pictures of 3 or 4 numbers per pixel."""

import numpy as np
import pytest
from steps import Keys, ask, decoded, encoded, press, text

import npae

pytestmark = pytest.mark.slow  # a browser: .ci/run has it

RNG = np.random.default_rng(0)
ORANGE = np.array([0xD5, 0x5E, 0]) / 255
PIXEL = 5  # row 1, column 1 of 4 x 4
SEEN = """(([name, x, y]) => {
  const canvas = document.getElementById(name);
  const where = [(canvas.width * x) / 4, (canvas.height * y) / 4].map(Math.round);
  const copy = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, ...where, 1, 1, 0, 0, 1, 1);
  return Array.from(copy.getImageData(0, 0, 1, 1).data);
})(arguments[0])"""


def colours(channels, low=0.0, high=1.0):
    X = low + (high - low) * RNG.random((8, 4, 4, channels))
    X[0].flat[:2] = low, high
    layers = [npae.Conv2D(4, 3, activation="relu"), npae.Flatten(), 2]
    return npae.Autoencoder(layers, epochs=2, random_state=0).fit(X), X


def seen(driver, name, row=1, column=1):
    """Return red, green and blue in the middle of a pixel on a canvas."""
    *colour, alpha = ask(driver, SEEN, [name, column + 0.5, row + 0.5])
    assert alpha == 255
    return np.array(colour)


@pytest.mark.parametrize("channels", [3, 4])
def test_colour_models_compute_what_python_computes(opened, channels):
    ae, X = colours(channels)
    driver, codes = opened(ae, data=X), RNG.normal(0, 2, (50, 2))
    np.testing.assert_allclose(decoded(driver, codes), ae.decode(codes).reshape(50, -1), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(encoded(driver, X.reshape(8, -1)), ae.encode(X), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("low, high", [(0, 1), (-1, 1), (0, 16)])
def test_colours_are_shown_as_they_are(opened, low, high):
    ae, X = colours(3, low, high)
    driver = opened(ae, data=X)
    expected = 255 * (X[0] - low) / (high - low)
    for row, column in ((0, 0), (1, 1), (3, 2)):
        np.testing.assert_allclose(seen(driver, "editor", row, column), expected[row, column], atol=1)
    rebuilt = np.clip(255 * (ae.reconstruct(X[:1])[0] - low) / (high - low), 0, 255)
    np.testing.assert_allclose(seen(driver, "rebuilt"), rebuilt[1, 1], atol=1)
    assert ("Colours go from" in text(driver, "lead")) == ((low, high) != (0, 1))


def test_transparent_pixels_show_the_page(opened):
    ae, X = colours(4)
    X = X.copy()
    X[0, 1, 1, 3], X[0, 1, 2] = 0, (0, 0, 0, 0.5)
    driver = opened(ae, data=X)
    paper = seen(driver, "editor")
    assert (paper > 200).all()
    np.testing.assert_allclose(seen(driver, "editor", 1, 2), paper / 2, atol=1)


@pytest.mark.parametrize("channels", [3, 4])
def test_a_click_paints_a_colour_and_another_takes_it_away(opened, hand, channels):
    ae, X = colours(channels)
    driver = opened(ae, data=X)
    editor = driver.find_element("id", "editor")
    assert driver.find_element("id", "colour").is_displayed()
    assert not driver.find_element("id", "brush").is_displayed()
    expected, brush = X[0].copy(), np.append(ORANGE, 1)[:channels]
    for painted in (brush, np.zeros(channels)):
        hand.click(driver, editor, hand.middle(driver, PIXEL))
        expected[1, 1] = painted
        np.testing.assert_allclose(ask(driver, "Array.from(npae.input.pixels)"), expected.ravel(), atol=1e-12)
    np.testing.assert_allclose(ask(driver, "Array.from(npae.input.code)"), ae.encode(expected[None])[0], atol=1e-9)
    assert "input: 1 pixel changed (green corners)" in text(driver, "input-text")


def test_keys_noise_and_reset_work_on_colours(opened):
    ae, X = colours(4)
    driver = opened(ae, data=X)
    press(driver, Keys.RIGHT, Keys.DOWN, " ", where="editor")
    assert ask(driver, "npae.input.pixels.filter((v, i) => v !== npae.samples[0][i]).length") <= 4
    driver.execute_async_script("setTimeout(arguments[0], 200)")
    driver.find_element("id", "reset").click()
    driver.find_element("id", "noise").click()
    noisy = np.array(ask(driver, "Array.from(npae.input.pixels)")).reshape(4, 4, 4)
    assert (noisy[..., :3] != X[0, ..., :3]).all()
    np.testing.assert_array_equal(noisy[..., 3], X[0, ..., 3])
    driver.find_element("id", "clear").click()
    assert ask(driver, "Math.max(...npae.input.pixels)") == 0
