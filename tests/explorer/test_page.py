"""In a real browser, the page does what its reader asks with pointer, keys and touch."""

import numpy as np
import pytest
from steps import LETTERS, Keys, ask, letters, next_frame, press, small, text

import npae

pytestmark = pytest.mark.slow  # a browser: .ci/run has it

RNG = np.random.default_rng(0)


def test_hovering_decodes_the_point_under_the_pointer(page, hand):
    stage = page.find_element("id", "overlay")
    at = hand.place(page, 4, right=20)
    hand.ActionChains(page, duration=0).move_to_element_with_offset(stage, *hand.centred(stage, at)).perform()
    next_frame(page)
    np.testing.assert_allclose(ask(page, "npae.place(npae.state.cursor)"), at, atol=1)
    assert "nearest: " in text(page, "nearest-text")
    assert text(page, "coordinates").startswith("code 1: ")


def test_a_click_pins_and_a_pin_can_be_removed(page, hand):
    stage = page.find_element("id", "overlay")
    for sample in (2, 9):
        hand.click(page, stage, hand.place(page, sample))
    pins = ask(page, "npae.state.pins.map((pin) => Array.from(pin.code))")
    np.testing.assert_allclose(pins, letters().encode(LETTERS.pixels[[2, 9]]), atol=0.01)
    page.find_element("css selector", '[aria-label="Remove pin 1"]').click()
    assert [one.text.split()[0] for one in page.find_elements("css selector", "#pins .go")] == ["2"]
    page.find_element("id", "pins-clear").click()
    assert page.find_element("id", "pins-hint").is_displayed()


def test_a_drag_shows_nine_pictures_from_one_code_to_the_other(page, hand):
    stage = page.find_element("id", "overlay")
    hand.drag(page, stage, hand.place(page, 2), hand.place(page, 9))
    ends = ask(page, "[npae.state.walk.from, npae.state.walk.to].map((code) => Array.from(code))")
    np.testing.assert_allclose(ends, letters().encode(LETTERS.pixels[[2, 9]]), atol=0.01)
    assert len(page.find_elements("css selector", "#strip canvas")) == 9
    assert ask(page, "npae.state.pins.length") == 0
    hand.drag(page, stage, hand.place(page, 9), hand.place(page, 20))
    moved = ask(page, "[npae.state.walk.from, npae.state.walk.to].map((code) => Array.from(code))")
    np.testing.assert_array_equal(moved[0], ends[0])
    np.testing.assert_allclose(moved[1], letters().encode(LETTERS.pixels[[20]])[0], atol=0.01)


def test_a_picture_of_the_strip_can_be_pinned(page, hand):
    hand.drag(page, page.find_element("id", "overlay"), hand.place(page, 2), hand.place(page, 9))
    next_frame(page)
    page.find_elements("css selector", "#strip button")[4].click()
    (pin,) = ask(page, "npae.state.pins.map((pin) => Array.from(pin.code))")
    np.testing.assert_allclose(pin, letters().encode(LETTERS.pixels[[2, 9]]).mean(axis=0), atol=0.01)


def test_keys_move_pin_walk_zoom_and_remove(page):
    before = ask(page, "Array.from(npae.state.cursor)")
    press(page, *[Keys.RIGHT] * 3, Keys.ENTER)
    pinned = ask(page, "Array.from(npae.state.pins[0].code)")
    assert pinned[0] > before[0]
    assert pinned[1] == before[1]
    press(page, Keys.SHIFT, Keys.UP, Keys.UP)
    walk = ask(page, "[npae.state.walk.from, npae.state.walk.to].map((code) => Array.from(code))")
    assert walk[0] == pinned
    assert walk[1][1] > pinned[1]
    wide = ask(page, "npae.view.x[1] - npae.view.x[0]")
    press(page, "+")
    assert ask(page, "npae.view.x[1] - npae.view.x[0]") < wide
    press(page, "0n", Keys.ESCAPE, Keys.DELETE)
    assert ask(page, "npae.view.x[1] - npae.view.x[0]") == wide
    np.testing.assert_allclose(ask(page, "Array.from(npae.state.cursor)"), letters().encode(LETTERS.pixels[:1])[0])
    assert ask(page, "[npae.state.walk, npae.state.pins.length]") == [None, 0]


def test_the_cursor_stays_in_view_and_is_announced_to_screen_readers(page):
    press(page, *[Keys.LEFT] * 60)
    x, _ = ask(page, "npae.place(npae.state.cursor)")
    assert x >= 0
    page.execute_async_script("setTimeout(arguments[0], 450)")
    assert text(page, "live").startswith("code (\N{MINUS SIGN}")


def test_every_control_is_reached_by_tab_and_has_a_name(page, hand):
    seen = []
    for _ in range(40):
        hand.ActionChains(page).send_keys(Keys.TAB).perform()
        seen.append(page.switch_to.active_element)
    seen = [one for one in seen if one.tag_name != "body"]  # the last Tab leaves the page
    names = {one.get_attribute("id") for one in seen}
    assert {"copy-link", "box", "search", "plane-png", "code", "copy-code", "upload", "invert"} <= names
    assert {"theme", "map", "move", "zoom-in", "zoom-out", "fit", "overlay", "editor", "sample", "noise"} <= names
    assert all(one.accessible_name for one in seen)


def test_clicking_pixels_moves_the_code_and_shows_the_reconstruction(page, hand):
    editor = page.find_element("id", "editor")
    for pixel in (0, 17):
        hand.click(page, editor, hand.middle(page, pixel))
    expected = LETTERS.pixels[0].copy()
    expected[[0, 17]] = 1 - expected[[0, 17]]
    np.testing.assert_array_equal(ask(page, "Array.from(npae.input.pixels)"), expected)
    code = letters().encode([expected])
    np.testing.assert_allclose(ask(page, "Array.from(npae.input.code)"), code[0], rtol=0, atol=1e-6)
    assert ask(page, "npae.input.trail.length") == 2
    wrong = npae.metrics.pixel_errors(LETTERS.pixels[:1], letters().decode(code))[0]
    assert "2 pixels changed" in text(page, "input-text")
    assert f"against @: {wrong or 'no'} pixel" in text(page, "input-text")


def test_the_input_can_be_dragged_over_typed_on_flipped_and_reset(page, hand):
    editor, changes = page.find_element("id", "editor"), "npae.input.pixels.filter((v, i) => v !== npae.samples[0][i])"
    hand.drag(page, editor, hand.middle(page, 0), hand.middle(page, 30))
    assert ask(page, "npae.input.pixels[0] === npae.input.pixels[30]")
    page.find_element("id", "reset").click()
    press(page, Keys.RIGHT, Keys.DOWN, " ", where="editor")
    assert ask(page, f"{changes}.length") == 1
    page.find_element("id", "reset").click()
    page.find_element("id", "noise").click()
    assert ask(page, f"{changes}.length") == 3
    page.find_element("id", "clear").click()
    assert ask(page, "Math.max(...npae.input.pixels)") == 0


def touch(driver, kind, *places):
    points = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(places)]
    driver.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def test_fingers_tap_to_pin_drag_to_walk_and_pinch_to_zoom(page):
    left, top = ask(
        page, "(({ left, top }) => [left, top])(document.getElementById('overlay').getBoundingClientRect())"
    )
    a, b, c = ((left + x, top + y) for x, y in ((100, 100), (200, 150), (300, 250)))
    touch(page, "touchStart", a)
    touch(page, "touchEnd")
    next_frame(page)
    assert ask(page, "npae.state.pins.length") == 1
    touch(page, "touchStart", a)
    touch(page, "touchMove", b)
    touch(page, "touchEnd")
    next_frame(page)
    assert ask(page, "npae.state.walk !== null")
    wide = ask(page, "npae.view.x[1] - npae.view.x[0]")
    touch(page, "touchStart", a)
    touch(page, "touchStart", a, b)
    touch(page, "touchMove", a, c)
    touch(page, "touchEnd")
    next_frame(page)
    assert ask(page, "npae.view.x[1] - npae.view.x[0]") < wide
    assert ask(page, "npae.state.pins.length") == 1


def test_any_two_of_three_dimensions_can_be_shown_and_a_slider_moves_the_third(opened, hand):
    ae = small(code=3)
    driver = opened(ae, data=LETTERS)
    for axis, choice in (("x", "code 3"), ("y", "code 1")):
        hand.Select(driver.find_element("id", f"dimension-{axis}")).select_by_visible_text(choice)
    next_frame(driver)
    assert ask(driver, "npae.state.dimensions") == [2, 0]
    slide = "const s = document.querySelector('#sliders input'); s.value = s.max; s.dispatchEvent(new Event('input'));"
    driver.execute_script(slide)
    next_frame(driver)
    high = ask(driver, "Number(document.querySelector('#sliders input').max)")
    np.testing.assert_allclose(ask(driver, "npae.state.cursor[1]"), high, rtol=1e-6)
    driver.find_element("id", "slice").click()
    np.testing.assert_allclose(
        ask(driver, "Array.from(npae.state.cursor)"), ae.encode(LETTERS.pixels[:1])[0], atol=1e-9
    )


def test_a_code_of_one_number_is_drawn_on_a_line(opened, hand):
    driver = opened(small(code=1), data=LETTERS)
    stage = driver.find_element("id", "overlay")
    assert text(driver, "plane-heading") == "Code line"
    assert len(set(ask(driver, "npae.codes.map((code) => npae.place(code)[1])"))) == 1
    hand.drag(driver, stage, (60, 30), (300, 90))
    assert ask(driver, "npae.state.walk.from[0] < npae.state.walk.to[0]")
    press(driver, Keys.UP, Keys.LEFT, Keys.ENTER)
    assert ask(driver, "npae.state.pins[0].code[0] < npae.state.walk.to[0]")


def test_a_page_without_data_still_decodes_and_encodes(opened, hand):
    driver = opened(small())
    hand.click(driver, driver.find_element("id", "overlay"), (100, 100))
    driver.find_element("id", "noise").click()
    next_frame(driver)
    assert ask(driver, "npae.state.pins.length") == 1
    assert not driver.find_element("id", "near").is_displayed()


LABELLED = {
    "classes": (40, lambda i: f"class {i % 4}"),
    "letters": (200, lambda i: "abcdefghijkl"[i % 12]),
    "dots": (200, lambda i: f"a label of its own {i}"),
}


@pytest.mark.parametrize("kind", LABELLED)
def test_labels_of_every_kind_are_drawn(opened, kind):
    n, label = LABELLED[kind]
    X = RNG.random((n, 12))
    ae = npae.Autoencoder(encoder=[2], epochs=2, random_state=0).fit(X)
    driver = opened(ae, data=X, labels=[label(i) for i in range(n)], shape=(3, 4))
    legend = driver.find_elements("css selector", "#legend li")
    assert [one.text for one in legend] == ([f"class {i}" for i in range(4)] if kind == "classes" else [])
    driver.find_element("id", "noise").click()
    assert ask(driver, "npae.samples.length") == n


def test_labels_with_html_in_them_are_text(opened):
    labels = [f"<img src=x onerror='window.hacked={i}'></script><script>window.hacked=1</script>" for i in range(32)]
    driver = opened(letters(), data=LETTERS.pixels, labels=labels, title="<b onclick=alert(1)>bold</b>")
    press(driver, "n", Keys.ENTER)
    assert ask(driver, "window.hacked") is None
    assert driver.find_elements("css selector", "img, b:not(.number)") == []
    assert text(driver, "nearest-text").startswith("nearest: <img src=x")
    assert driver.title == driver.find_element("css selector", "h1").text == "<b onclick=alert(1)>bold</b>"


def test_nothing_is_requested_and_nothing_can_be(page):
    assert ask(page, "performance.getEntriesByType('resource').length") == 0
    script = "const e = document.createElement('script'); e.textContent = 'window.hacked = 1'; document.body.append(e);"
    page.execute_script(script)
    assert ask(page, "window.hacked") is None
    assert "Content Security Policy" in page.get_log("browser")[0]["message"]


@pytest.mark.parametrize("size", [(390, 844), (1920, 1080)], ids=["phone", "projector"])
def test_the_page_fits_and_its_text_grows_with_the_screen(page, hand, size):
    hand.resize(page, *size)
    next_frame(page)
    wide, font = ask(
        page, "[document.documentElement.scrollWidth, parseFloat(getComputedStyle(document.body).fontSize)]"
    )
    hand.resize(page, 1280, 915)
    assert wide <= size[0]
    assert font == 15 if size[0] < 400 else font >= 20


def test_dark_follows_the_system_and_the_button_overrules_it(page):
    features = [
        {"name": "prefers-color-scheme", "value": "dark"},
        {"name": "prefers-reduced-motion", "value": "reduce"},
    ]
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    next_frame(page)
    background = "getComputedStyle(document.body).backgroundColor"
    assert ask(page, background) == "rgb(13, 18, 24)"
    page.find_element("id", "noise").click()
    assert ask(page, "npae.input.shown.every((value, d) => value === npae.input.code[d])")  # no motion
    page.find_element("id", "theme").click()
    assert ask(page, background) == "rgb(244, 246, 248)"
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
