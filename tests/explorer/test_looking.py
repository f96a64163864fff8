"""In a real browser, the reader filters, searches, zooms, and sees errors, facts, priors and warnings."""

import functools

import numpy as np
import pytest
from steps import LETTERS, Keys, ask, letters, next_frame, press, small, text

import npae

pytestmark = pytest.mark.slow  # a browser: .ci/run has it

RNG = np.random.default_rng(0)
NAMES = ["a", "b", "c", "d"] * 10


@functools.cache
def classes():
    X = RNG.random((40, 12))
    return npae.Autoencoder([2], epochs=2, random_state=0).fit(X), X


@functools.cache
def variational():
    layers = [16, npae.GaussianCode(2, beta=0.1)]
    return npae.Autoencoder(layers, loss="bce", optimizer="adam", epochs=200, random_state=0).fit(LETTERS.pixels)


READ = """((name, x, y, width, height) => {
  const canvas = document.getElementById(name);
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  const [left, top] = [x, y].map(Math.round);
  return Array.from(copy.getImageData(left, top, width || canvas.width, height || canvas.height).data);
})(...arguments)"""


def colours_on(driver, name="plane"):
    return {",".join(map(str, colour)) for colour in np.unique(read(driver, name)[:, :3], axis=0)}


def read(driver, name, *place):
    """Return the bytes of the pixels of a canvas, or of a part of it (x, y, width, height)."""
    return np.array(ask(driver, READ, name, *(place or (0, 0, 0, 0)))).reshape(-1, 4)


def without_map(driver):
    driver.find_element("id", "map").click()
    next_frame(driver)


def test_a_click_on_the_legend_hides_a_class_and_a_double_click_shows_it_alone(opened, hand):
    ae, X = classes()
    driver = opened(ae, data=X, labels=NAMES)
    without_map(driver)
    orange = "184,116,0"
    assert orange in colours_on(driver)
    legend = driver.find_elements("css selector", "#legend button")
    legend[1].click()
    next_frame(driver)
    assert ask(driver, "Array.from(npae.state.hidden)") == [1]
    assert orange not in colours_on(driver)
    assert driver.find_elements("css selector", "#legend button")[1].get_attribute("aria-pressed") == "false"
    press(driver, "nn")
    np.testing.assert_allclose(ask(driver, "Array.from(npae.state.cursor)"), ae.encode(X)[2], atol=1e-12)
    third = driver.find_elements("css selector", "#legend button")[2]
    hand.ActionChains(driver).double_click(third).perform()
    assert ask(driver, "Array.from(npae.state.hidden)") == [0, 1, 3]
    driver.find_element("id", "show-all").click()
    assert ask(driver, "npae.state.hidden.size") == 0


def test_keys_filter_too_and_the_last_class_cannot_be_hidden(opened, hand):
    ae, X = classes()
    driver = opened(ae, data=X, labels=NAMES)
    driver.find_elements("css selector", "#legend button")[3].send_keys("o")
    assert ask(driver, "Array.from(npae.state.hidden)") == [0, 1, 2]
    hand.ActionChains(driver).send_keys(Keys.ENTER).perform()  # the entry has kept the focus
    assert ask(driver, "npae.state.hidden.size") == 0


@pytest.mark.parametrize(
    "typed, sample, found", [("G", 7, "1 of 1"), ("g", 7, "1 of 1"), ("#5", 4, "1 of 1"), ("12", 11, "1 of 1")]
)
def test_a_search_goes_to_a_sample(page, typed, sample, found):
    page.find_element("id", "search").send_keys(typed, Keys.ENTER)
    assert ask(page, "Array.from(npae.state.cursor)") == ask(page, f"Array.from(npae.codes[{sample}])")
    assert text(page, "search-text") == found


def test_a_search_walks_through_its_matches_and_says_if_there_is_none(opened):
    ae, X = classes()
    driver = opened(ae, data=X, labels=NAMES)
    field = driver.find_element("id", "search")
    field.send_keys("c", Keys.ENTER, Keys.ENTER)
    assert text(driver, "search-text") == "2 of 10"
    assert ask(driver, "Array.from(npae.state.cursor)") == ask(driver, "Array.from(npae.codes[6])")
    field.send_keys("zz", Keys.ENTER)
    assert text(driver, "search-text") == "no such sample"


def test_errors_colour_the_samples_and_list_the_worst(page, hand):
    errors = np.sqrt(np.mean((letters().reconstruct(LETTERS.pixels) - LETTERS.pixels) ** 2, axis=1))
    order = np.argsort(-errors)
    names = [one.text for one in page.find_elements("css selector", "#worst .go")]
    assert names == [LETTERS.labels[i] for i in order[:12]]
    page.find_elements("css selector", "#worst .go")[1].click()
    assert ask(page, "npae.input.sample") == order[1]
    assert ask(page, "Array.from(npae.state.cursor)") == ask(page, f"Array.from(npae.codes[{order[1]}])")
    without_map(page)
    before = colours_on(page)
    hand.Select(page.find_element("id", "tint")).select_by_value("error")
    next_frame(page)
    assert "194,59,0" in colours_on(page) - before
    assert text(page, "least-error").startswith("error 0.")


def test_the_worst_of_a_class_are_those_shown(opened):
    ae, X = classes()
    driver = opened(ae, data=X, labels=NAMES)
    driver.find_elements("css selector", "#legend button")[0].send_keys("o")
    assert {one.text.split()[0] for one in driver.find_elements("css selector", "#worst .go")} == {"a"}


def test_the_model_says_how_it_was_made(page):
    assert "seed" not in text(page, "facts")
    facts = text(page, "facts").split("\n")
    assert facts[facts.index("random_state") + 1] == "0"
    assert facts[facts.index("epochs") + 1] == "400"
    assert text(page, "history-text").startswith("Loss by epoch: ")
    page.find_element("css selector", ".model summary").click()
    rows = page.find_elements("css selector", "#layer-rows tr")
    assert [row.text for row in rows][:2] == ["encoder.0 Dense tanh 29 1,044", "encoder.1 Dense tanh 23 690"]
    assert len(colours_on(page, "history")) > 5


def test_a_collapsed_code_is_said_to_be_one_and_its_samples_are_one_point(opened):
    ae = npae.Autoencoder([4, 2], activation="tanh", epochs=2, random_state=0).fit(LETTERS.pixels)
    ae.theta_[:] *= 1e-6
    driver = opened(ae, data=LETTERS)
    assert text(driver, "warning").startswith("The code hardly varies:")
    places = np.array(ask(driver, "npae.codes.map((code) => npae.place(code))"))
    assert np.ptp(places, axis=0).max() < 1


def test_a_live_code_gets_no_warning(page):
    assert not page.find_element("id", "warning").is_displayed()


def test_a_gaussian_code_shows_its_prior_and_its_posteriors(opened):
    driver = opened(variational(), data=LETTERS)
    without_map(driver)
    with_them = colours_on(driver)
    driver.find_element("id", "prior").click()
    next_frame(driver)
    assert "139,58,117" in with_them - colours_on(driver)  # the colour of the prior
    assert not driver.find_element("id", "warning").is_displayed()


def test_a_plain_code_has_no_prior(page):
    assert not page.find_element("id", "prior").is_displayed()


def test_regions_without_samples_are_shaded(page):
    without_map(page)
    for _ in range(6):
        press(page, "-")
    before = read(page, "plane", 5, 5, 1, 1)[0, :3].sum()
    page.find_element("id", "far").click()
    next_frame(page)
    after = read(page, "plane", 5, 5, 1, 1)[0, :3].sum()
    x, y = ask(page, "npae.place(npae.codes[5])")
    assert after < before - 60
    assert read(page, "plane", x + 8, y, 1, 1)[0, :3].sum() > after


def test_a_box_can_be_zoomed_to(page, hand):
    stage = page.find_element("id", "overlay")
    corners = ask(page, "[[npae.codes[2], npae.codes[9]].map((code) => Array.from(code)), 0]")[0]
    press(page, "z")
    assert page.find_element("id", "box").get_attribute("aria-pressed") == "true"
    hand.drag(page, stage, hand.place(page, 2), hand.place(page, 9))
    next_frame(page)
    x, y = np.sort(corners, axis=0).T
    np.testing.assert_allclose(ask(page, "npae.view.x"), x, atol=0.02)
    np.testing.assert_allclose(ask(page, "npae.view.y"), y, atol=0.02)
    assert ask(page, "npae.state.walk") is None
    assert page.find_element("id", "box").get_attribute("aria-pressed") == "false"
    assert "samples lie outside of this view" in text(page, "plane-note")
    press(page, "0")
    assert text(page, "plane-note") == ""


def test_outliers_do_not_rule_the_view_and_a_second_fit_shows_them(opened):
    X = RNG.standard_normal((200, 3))
    X[0] = 60
    ae = npae.Autoencoder([2], activation="identity", epochs=20, random_state=0).fit(X)
    driver = opened(ae, data=X)
    assert "of 200 samples lie outside of this view" in text(driver, "plane-note")
    narrow = ask(driver, "npae.view.x[1] - npae.view.x[0]")
    driver.find_element("id", "fit").click()
    next_frame(driver)
    assert ask(driver, "npae.view.x[1] - npae.view.x[0]") > 1.5 * narrow
    assert text(driver, "plane-note") == ""
    driver.find_element("id", "fit").click()
    np.testing.assert_allclose(ask(driver, "npae.view.x[1] - npae.view.x[0]"), narrow)


def test_badges_hide_no_label(page, hand):
    stage = page.find_element("id", "overlay")
    for sample in (0, 5, 20):
        hand.click(page, stage, hand.place(page, sample))
    hand.drag(page, stage, hand.place(page, 2), hand.place(page, 9))
    next_frame(page)
    boxes, badges = np.array(ask(page, "npae.occupied.boxes")), np.array(ask(page, "npae.occupied.badges"))
    assert len(badges) == 6
    for x, y, width, height in badges:
        meets = (2 * abs(boxes[:, 0] - x) < boxes[:, 2] + width) & (2 * abs(boxes[:, 1] - y) < boxes[:, 3] + height)
        assert not meets.any()


def test_axis_numbers_stand_beside_the_map(page):
    left, width, height = ask(
        page,
        "(({ offsetLeft, clientWidth, clientHeight }) => [offsetLeft, clientWidth, clientHeight])"
        "(document.getElementById('plane'))",
    )
    assert not read(page, "axes", left + 1, 1, width - 2, height - 2).any()
    assert read(page, "axes").any()


def test_a_second_page_without_labels_has_no_legend_and_no_classes(opened):
    driver = opened(small(), data=LETTERS.pixels)
    assert not driver.find_element("id", "legend").is_displayed()
    assert [one.text for one in driver.find_elements("css selector", "#tint option")] == ["one colour", "error"]
