"""In a real browser, what the reader has found can be taken away: files, codes, links; and comes back from them."""

import xml.etree.ElementTree as ElementTree

import matplotlib.pyplot as plt
import numpy as np
import pytest
from steps import LETTERS, Keys, ask, letters, next_frame, press, small, text

import npae

pytestmark = pytest.mark.slow  # a browser: .ci/run has it

SVG = "{http://www.w3.org/2000/svg}"
WITHOUT_CLIPBOARD = "Object.defineProperty(navigator, 'clipboard', {value: {writeText: () => Promise.reject(1)}});"


def saved(driver, folder, button):
    """Click a button and return the file that it saves."""
    driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(folder)})
    before = set(folder.glob("*.*"))
    driver.find_element("id", button).click()
    for _ in range(100):
        driver.execute_async_script("setTimeout(arguments[0], 50)")
        new = {path for path in folder.glob("*.*") if path.suffix in (".png", ".svg")} - before
        if new:
            return new.pop()
    raise AssertionError(f"{button} saved nothing")


def address(driver):
    """Return the page's address once it has caught up with what the reader did."""
    for _ in range(200):
        driver.execute_async_script("setTimeout(arguments[0], 50)")
        if ask(driver, "location.hash === '#' + npae.linkText()"):
            return ask(driver, "location.href")
    raise AssertionError("the address does not follow")


def walked(page, hand):
    hand.drag(page, page.find_element("id", "overlay"), hand.place(page, 2), hand.place(page, 9))
    next_frame(page)


def test_the_picture_under_the_pointer_is_saved_with_its_pixels(page, tmp_path):
    press(page, "n")
    path = saved(page, tmp_path, "picture-png")
    assert path.name == "the_code_space_of_capitals_picture.png"
    image = plt.imread(path)[..., :3].mean(axis=2)
    middles = image[(np.arange(7) * 2 + 1) * len(image) // 14][:, (np.arange(5) * 2 + 1) * image.shape[1] // 10]
    np.testing.assert_array_equal(middles < 0.5, LETTERS.images[0] > 0.5)
    root = ElementTree.parse(saved(page, tmp_path, "picture-svg")).getroot()
    colours = [rect.get("fill") for rect in root.iter(f"{SVG}rect")][:35]
    dark = [int(colour[4:].split(",")[0]) < 128 for colour in colours]
    np.testing.assert_array_equal(dark, LETTERS.pixels[0] > 0.5)


def test_a_strip_is_saved_with_its_nine_pictures(page, hand, tmp_path):
    assert not page.find_element("id", "strip-save").is_displayed()
    walked(page, hand)
    height, width, _ = plt.imread(saved(page, tmp_path, "strip-png")).shape
    assert width > 5 * height
    root = ElementTree.parse(saved(page, tmp_path, "strip-svg")).getroot()
    assert [one.text for one in root.iter(f"{SVG}text")][::8] == ["A", "B"]


def test_the_plane_is_saved_with_title_axes_labels_and_pins(page, hand, tmp_path):
    walked(page, hand)
    press(page, Keys.ENTER)
    image = plt.imread(saved(page, tmp_path, "plane-png"))
    assert np.unique((255 * image[..., :3]).astype(int).reshape(-1, 3), axis=0).shape[0] > 20
    root = ElementTree.parse(saved(page, tmp_path, "plane-svg")).getroot()
    words = {one.text for one in root.iter(f"{SVG}text")}
    assert {"The code space of capitals", "code 1 \u2192", "\u2191 code 2", "A", "B", "1", "input", "Z", "@"} <= words
    assert len(list(root.iter(f"{SVG}image"))) > 50


def test_the_legend_and_hostile_labels_are_in_a_saved_plane(opened, tmp_path):
    X, hostile = np.random.default_rng(0).random((40, 12)), '<script>"&\u0001\ud800'
    ae = npae.Autoencoder([2], epochs=2, random_state=0).fit(X)
    driver = opened(ae, data=X, labels=[hostile, "b"] * 20, title="<b>&amp;")
    root = ElementTree.parse(saved(driver, tmp_path, "plane-svg")).getroot()
    words = {one.text for one in root.iter(f"{SVG}text")}
    assert {"<b>&amp;", '<script>"&\ufffd\ufffd', "b"} <= words
    assert list(root.iter(f"{SVG}script")) == []


def test_a_typed_code_is_decoded_and_another_is_refused(page):
    field = page.find_element("id", "code")
    field.send_keys(Keys.CONTROL, "a", Keys.NULL, "[0.47, -0.22]", Keys.ENTER)
    np.testing.assert_array_equal(ask(page, "Array.from(npae.state.cursor)"), [0.47, -0.22])
    field.send_keys(Keys.CONTROL, "a", Keys.NULL, "np.array([1.0])", Keys.ENTER)
    assert text(page, "copied").startswith("A code has 2 numbers, such as [")
    assert field.get_attribute("aria-invalid") == "true"
    np.testing.assert_array_equal(ask(page, "Array.from(npae.state.cursor)"), [0.47, -0.22])


def test_the_copied_code_decodes_to_what_was_seen(page):
    page.execute_cdp_cmd("Browser.grantPermissions", {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]})
    press(page, "nnn")
    page.find_element("id", "copy-code").click()
    read = "const done = arguments[0]; setTimeout(() => navigator.clipboard.readText().then(done), 100)"
    copied = page.execute_async_script(read)
    code = np.array([float(number) for number in copied.strip("[]").split(", ")])
    seen = ask(page, "Array.from(npae.decode(npae.state.cursor))")
    np.testing.assert_allclose(letters().decode([code])[0], seen, atol=1e-3)
    assert text(page, "copied") == "Copied the code"


def test_without_a_clipboard_the_code_is_copied_the_old_way_or_selected(page):
    page.execute_script(WITHOUT_CLIPBOARD)
    page.find_element("id", "copy-code").click()
    page.execute_async_script("setTimeout(arguments[0], 100)")
    assert text(page, "copied") == "Copied the code"
    page.execute_script("document.execCommand = () => false")
    page.find_element("id", "copy-code").click()
    page.execute_async_script("setTimeout(arguments[0], 100)")
    assert text(page, "copied") == "Press Ctrl+C to copy it."
    assert ask(page, "getSelection().toString()") == ask(page, "document.getElementById('code').value")


STATE = """[npae.state.pins.map((pin) => Array.from(pin.code)), Array.from(npae.state.cursor), npae.view.x, npae.view.y,
  [npae.state.walk.from, npae.state.walk.to].map((code) => Array.from(code)), npae.state.tint,
  Array.from(npae.state.hidden), npae.input.sample, document.getElementById("map").checked]"""


def test_a_link_restores_pins_walk_view_and_choices(opened, hand):
    X = np.random.default_rng(0).random((40, 12))
    ae = npae.Autoencoder([2], epochs=2, random_state=0).fit(X)
    driver = opened(ae, data=X, labels=["a", "b", "c", "d"] * 10)
    walked(driver, hand)
    press(driver, "nn", Keys.ENTER, "n", Keys.ENTER, "+")
    driver.find_element("css selector", "#legend button:nth-of-type(1)").click()
    hand.Select(driver.find_element("id", "tint")).select_by_value("error")
    hand.Select(driver.find_element("id", "sample")).select_by_value("7")
    driver.find_element("id", "map").click()
    link, before = address(driver), ask(driver, STATE)
    driver.get("about:blank")
    driver.get(link)
    next_frame(driver)
    after = ask(driver, STATE)
    for one, other in zip(before, after, strict=True):
        if isinstance(one, list):
            np.testing.assert_allclose(np.ravel(other), np.ravel(one), rtol=1e-5, atol=1e-5)
        else:
            assert one == other
    assert len(before[0]) == 2
    assert before[5:] == ["error", [0], 7, False]


@pytest.mark.parametrize(
    "address",
    [
        "code=a,b&pins=1;2,3,4;;&walk=1,2&view=3,2,1,0",
        "hide=0,1,2,99&tint=<b>&sample=-4&axes=7,8",
        "&&=&%00&code=1e999,1",
    ],
)
def test_a_broken_link_is_ignored(page, address):
    before = ask(page, "[npae.view.x, Array.from(npae.state.cursor)]")
    page.execute_script("location.hash = arguments[0]", address)
    page.execute_async_script("setTimeout(arguments[0], 200)")
    assert ask(page, "[npae.view.x, Array.from(npae.state.cursor)]") == before
    assert ask(page, "[npae.state.pins.length, npae.state.walk, npae.state.tint, npae.input.sample]") == [
        0,
        None,
        "class",
        0,
    ]


def test_a_link_restores_the_axes_of_a_longer_code(opened, hand):
    driver = opened(small(code=3), data=LETTERS)
    hand.Select(driver.find_element("id", "dimension-x")).select_by_visible_text("code 3")
    link, dimensions = address(driver), ask(driver, "npae.state.dimensions")
    driver.get("about:blank")
    driver.get(link)
    assert ask(driver, "npae.state.dimensions") == dimensions


def test_a_notebooks_frame_runs_the_page(driver, tmp_path):
    page = npae.explorer.write(letters(), tmp_path / "page.html", data=LETTERS)
    (tmp_path / "notebook.html").write_text(
        f"<!DOCTYPE html><meta charset=utf-8>{page._repr_html_()}", encoding="utf-8"
    )
    driver.get((tmp_path / "notebook.html").as_uri())
    driver.switch_to.frame(driver.find_element("css selector", "iframe"))
    press(driver, "n", Keys.ENTER)
    driver.execute_async_script("setTimeout(arguments[0], 600)")
    assert ask(driver, "npae.state.pins.length") == 1
    driver.find_element("id", "copy-code").click()
    driver.execute_async_script("setTimeout(arguments[0], 200)")
    assert text(driver, "copied") in ("Copied the code", "Press Ctrl+C to copy it.")
    driver.switch_to.default_content()
    assert [entry for entry in driver.get_log("browser") if entry["level"] == "SEVERE"] == []
