"""In a real browser: series as curves, tables as bars, recurrent layers, and inputs from outside."""

import base64
import io
import re

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from steps import LETTERS, Keys, ask, decoded, encoded, next_frame, press, small, text

import npae

pytestmark = pytest.mark.slow  # a browser: .ci/run has it

RNG = np.random.default_rng(0)
GIVE = """const [bytes, type, how, done] = arguments;
const data = new DataTransfer();
const content = Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0));
if (type === "text") data.setData("text", atob(bytes));
else data.items.add(new File([content], "mine", { type }));
const target = how === "drop" ? document.querySelector(".input") : document.body;
const options = { bubbles: true, cancelable: true };
target.dispatchEvent(how === "drop" ? new DragEvent("drop", { ...options, dataTransfer: data })
  : new ClipboardEvent("paste", { ...options, clipboardData: data }));
setTimeout(done, 400);"""


def table(n=30):
    frame = pd.DataFrame(RNG.random((n, 4)) * [1, 10, 100, 1000], columns=["a (m)", "b (kg)", "c", "<i>d</i>"])
    return npae.Autoencoder([2], scale="columns", epochs=5, random_state=0).fit(frame), frame


RECURRENT = {
    "mirrored": [npae.LSTM(5), 2],
    "stacked": [npae.LSTM(4, sequences=True), npae.LSTM(3), npae.Dense(2)],
    "variational": [npae.LSTM(4), npae.GaussianCode(2)],
    "steps alone": [npae.Dense(3, "tanh"), npae.LSTM(2)],
}


@pytest.mark.parametrize("case", RECURRENT)
def test_recurrent_layers_equal_python(opened, case):
    X = RNG.standard_normal((12, 9, 3)) * [1, 5, 20]
    ae = npae.Autoencoder(RECURRENT[case], scale="columns", epochs=2, random_state=0).fit(X)
    ae.theta_[:] = RNG.normal(0, 0.5, len(ae.theta_))
    driver, codes = opened(ae, data=X), RNG.normal(0, 2, (50, 2))
    np.testing.assert_allclose(decoded(driver, codes), ae.decode(codes).reshape(50, -1), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(encoded(driver, X.reshape(12, -1)), ae.encode(X), rtol=1e-9, atol=1e-9)


def test_padding_passes_a_recurrent_state_on(opened):
    X, mask = RNG.standard_normal((12, 9, 2)), np.arange(9) < RNG.integers(3, 10, (12, 1))
    X = np.where(mask[:, :, None], X, 0)
    ae = npae.Autoencoder([npae.LSTM(4), 2], epochs=2, random_state=0).fit(X, mask=mask)
    driver, expected = opened(ae, data=X, mask=mask), ae.encode(X, mask=mask)
    for sample in (3, 8):
        driver.execute_script(
            "const s = document.getElementById('sample'); s.value = arguments[0];s.dispatchEvent(new Event('change'));",
            str(sample),
        )
        np.testing.assert_allclose(ask(driver, "Array.from(npae.input.code)"), expected[sample], atol=1e-9)


def test_a_curve_is_drawn_on_and_encoded(opened, hand):
    X = np.sin(np.linspace(0, 6, 30))[None, :, None] * RNG.random((12, 1, 1))
    ae = npae.Autoencoder([npae.Flatten(), 2], epochs=5, random_state=0).fit(X)
    driver = opened(ae, data=X)
    editor = driver.find_element("id", "editor")
    width, height = editor.size["width"], editor.size["height"]
    hand.drag(driver, editor, (3, height // 2), (width - 3, height // 2))
    next_frame(driver)
    pixels = np.array(ask(driver, "Array.from(npae.input.pixels)"))
    low, high = X.min(), X.max()
    np.testing.assert_allclose(pixels, (low + high) / 2, atol=0.05 * (high - low))
    np.testing.assert_allclose(
        ask(driver, "Array.from(npae.input.code)"), ae.encode(pixels[None, :, None])[0], atol=1e-9
    )
    press(driver, Keys.RIGHT, Keys.UP, where="editor")
    assert (np.array(ask(driver, "Array.from(npae.input.pixels)")) != pixels).sum() == 1


def test_channels_are_named(opened):
    X = RNG.random((12, 30, 2))
    ae = npae.Autoencoder([npae.Flatten(), 2], epochs=2, random_state=0).fit(X)
    driver = opened(ae, data=X, features=["speed (m/s)", "<b>angle</b>"])
    assert text(driver, "tracks").split("\n") == ["speed (m/s)", "<b>angle</b>"]


def test_a_table_is_typed_in_dragged_and_read_aloud(opened, hand):
    ae, frame = table()
    driver = opened(ae, data=frame)
    fields = driver.find_elements("css selector", "#fields input")
    assert [one.accessible_name for one in fields] == ["a (m)", "b (kg)", "c", "<i>d</i>"]
    fields[2].clear()
    fields[2].send_keys("55.5")
    expected = frame.to_numpy()[:1].copy()
    expected[0, 2] = 55.5
    np.testing.assert_array_equal(ask(driver, "Array.from(npae.input.pixels)"), expected[0])
    np.testing.assert_allclose(
        ask(driver, "Array.from(npae.input.code)"), ae.network_.encode(ae.theta_, expected)[0], atol=1e-9
    )
    next_frame(driver)
    rebuilt = driver.find_elements("css selector", "#field-rows td:last-child")[2].text
    np.testing.assert_allclose(
        float(rebuilt.replace("\u2212", "-")), ae.reconstruct(frame.iloc[:1].assign(c=55.5))[0, 2], atol=0.1
    )
    editor = driver.find_element("id", "editor")
    hand.click(driver, editor, (editor.size["width"] // 2, round(0.4 * editor.size["height"])))
    assert ask(driver, "npae.input.pixels[1]") == pytest.approx(frame["b (kg)"].agg(["min", "max"]).mean(), rel=0.05)
    press(driver, Keys.DOWN, Keys.RIGHT, where="editor")
    assert ask(driver, "npae.input.pixel") == 2
    assert "b (kg) " in driver.find_element("id", "picture").get_attribute("aria-label")
    assert driver.find_elements("css selector", "i, b:not(.number)") == []


def test_predictions_of_other_columns_have_their_own_names_and_ranges(opened):
    X = pd.DataFrame(RNG.random((30, 3)), columns=["a", "b", "c"])
    Y = pd.DataFrame({"p (kPa)": 1000 + 50 * X.a, "q": 10 * X.b, "r": -X.c})
    ae = npae.Autoencoder([2], scale="columns", epochs=5, random_state=0).fit(X, target=Y)
    driver = opened(ae, data=X)
    spoken = driver.find_element("id", "picture").get_attribute("aria-label")
    value = float(re.search(r"p \(kPa\) ([\d.]+), q ", spoken)[1])
    assert value == pytest.approx(ae.decode(ae.code_mean_[None])[0, 0], abs=1)
    cells = [cell.text for cell in driver.find_elements("css selector", "#field-rows th, #field-rows td:last-child")]
    assert (cells[::2], [cell.split(": ")[0] for cell in cells[1::2]]) == (list("abc"), ["p (kPa)", "q", "r"])
    assert "prediction" in driver.find_element("css selector", "#rebuilt + figcaption").text
    assert not driver.find_element("id", "near").is_displayed()
    assert "nearest" not in text(driver, "input-text") and "differs" not in text(driver, "input-text")
    press(driver, Keys.ENTER)
    assert "sample" not in text(driver, "pins")
    low, high = ae.reconstruct(X)[:, 0].min(), ae.reconstruct(X)[:, 0].max()
    assert low - 1 <= value <= high + 1


def test_distances_of_a_table_are_shares_of_the_ranges(opened):
    ae, frame = table()
    driver = opened(ae, data=frame)
    spans = np.ptp(frame.to_numpy(), axis=0)
    apart = (ae.reconstruct(frame) - frame.to_numpy()) / spans
    worst = int(np.argmax(np.sqrt(np.mean(apart**2, axis=1))))
    assert driver.find_elements("css selector", "#worst .go")[0].text == f"sample {worst + 1}"
    assert "% of the range on average" in text(driver, "input-text")


def png(image):
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def give(driver, content, kind="image/png", how="drop"):
    driver.execute_async_script(GIVE, content, kind, how)


@pytest.mark.parametrize("how", ["drop", "paste"])
@pytest.mark.parametrize("ink, paper", [(0, 255), (255, 0)], ids=["dark on light", "light on dark"])
def test_a_picture_becomes_the_input_whatever_its_ink(page, how, ink, paper):
    large = np.kron(np.where(LETTERS.images[10] > 0.5, ink, paper), np.ones((40, 40))).astype(np.uint8)
    give(page, png(large), how=how)
    np.testing.assert_array_equal(ask(page, "Array.from(npae.input.pixels)"), LETTERS.pixels[10])
    assert text(page, "upload-text") == "mine, scaled from 200 \u00d7 280 to 5 \u00d7 7"


def test_a_file_is_opened_with_the_button(page, tmp_path):
    path = tmp_path / "k.png"
    path.write_bytes(base64.b64decode(png((255 * (1 - LETTERS.images[11])).astype(np.uint8))))
    page.find_element("id", "file").send_keys(str(path))
    page.execute_async_script("setTimeout(arguments[0], 300)")
    np.testing.assert_array_equal(ask(page, "Array.from(npae.input.pixels)"), LETTERS.pixels[11])
    page.find_element("id", "invert").click()
    np.testing.assert_array_equal(ask(page, "Array.from(npae.input.pixels)"), 1 - LETTERS.pixels[11])


def test_a_colour_picture_keeps_its_colours_and_proportions(opened):
    X = RNG.random((8, 4, 4, 3))
    ae = npae.Autoencoder([npae.Flatten(), 2], epochs=2, random_state=0).fit(X)
    driver = opened(ae, data=X)
    image = np.zeros((20, 40, 3), np.uint8)
    image[:] = [200, 100, 0]
    give(driver, png(image))
    pixels = np.array(ask(driver, "Array.from(npae.input.pixels)")).reshape(4, 4, 3)
    np.testing.assert_allclose(pixels[1:3], np.broadcast_to(np.array([200, 100, 0]) / 255, (2, 4, 3)), atol=0.02)
    np.testing.assert_allclose(pixels[[0, 3]], 1, atol=0.02)  # paper above and below


def test_what_is_no_picture_is_said_to_be_none(page):
    give(page, base64.b64encode(b"no picture").decode())
    assert text(page, "upload-text") == "mine is no picture that this browser can read."


def test_numbers_can_be_pasted(opened):
    ae, frame = table()
    driver = opened(ae, data=frame)
    give(driver, base64.b64encode(b"0.5; 5\t50, -5e2").decode(), "text", "paste")
    assert ask(driver, "Array.from(npae.input.pixels)") == [0.5, 5, 50, -500]
    give(driver, base64.b64encode(b"1, 2").decode(), "text", "paste")
    assert text(driver, "upload-text") == "The input has 4 numbers, the text 2."
    give(driver, png(np.zeros((4, 4), np.uint8)))
    assert text(driver, "upload-text").startswith("These samples are no pictures.")


def test_a_wide_brush_paints_its_neighbours(opened, hand):
    X = RNG.random((8, 12, 12, 1))
    ae = npae.Autoencoder([npae.Flatten(), 2], epochs=2, random_state=0).fit(X)
    driver = opened(ae, data=X)
    hand.Select(driver.find_element("id", "thick")).select_by_value("3")
    hand.click(driver, driver.find_element("id", "editor"), hand.middle(driver, 5 * 12 + 5))
    changed = np.array(ask(driver, "Array.from(npae.input.pixels)")).reshape(12, 12) != X[0, ..., 0]
    assert changed.sum() in (5, 9)
    assert changed[4:7, 5].all()
    assert not small().network_.variational


@pytest.mark.parametrize("kind", ["table", "series"])
def test_what_is_no_picture_fits_a_phone(opened, hand, kind):
    if kind == "table":
        ae, X = table()
    else:
        X = RNG.random((12, 30, 2))
        ae = npae.Autoencoder([npae.LSTM(3), 2], epochs=2, random_state=0).fit(X)
    driver = opened(ae, data=X, labels=["a", "b"] * (len(X) // 2))
    hand.resize(driver, 390, 844)
    next_frame(driver)
    wide = ask(driver, "document.documentElement.scrollWidth")
    hand.resize(driver, 1280, 915)
    assert wide <= 390
