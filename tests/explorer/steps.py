"""What the page's tests share: models, and steps that a reader of the page takes."""

import functools

import numpy as np

import npae


class Keys:
    """What WebDriver sends for keys that are no characters (https://www.w3.org/TR/webdriver2/#keyboard-actions)."""

    NULL, TAB, ENTER, SHIFT, CONTROL, ESCAPE = "\ue000", "\ue004", "\ue007", "\ue008", "\ue009", "\ue00c"
    LEFT, UP, RIGHT, DOWN, DELETE = "\ue012", "\ue013", "\ue014", "\ue015", "\ue017"


LETTERS = npae.datasets.load_font("capitals")


@functools.cache
def letters():
    return npae.Autoencoder(
        encoder=[29, 23, 2],
        activation="tanh",
        loss="bce",
        init=npae.Gaussian(std=0.3),
        optimizer=npae.Adam(eta=0.01),
        epochs=400,
        random_state=0,
    ).fit(LETTERS.pixels)


def small(code=2, **params):
    return npae.Autoencoder(encoder=[6, code], epochs=5, random_state=0, **params).fit(LETTERS.pixels)


def next_frame(driver):
    driver.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")


def ask(driver, expression, *args):
    return driver.execute_script(f"return {expression}", *args)


def text(driver, name):
    return driver.find_element("id", name).text


def press(driver, *keys, where="overlay"):
    driver.find_element("id", where).send_keys(*keys)
    next_frame(driver)


def decoded(driver, codes):
    return np.array(ask(driver, "arguments[0].map((code) => Array.from(npae.decode(code)))", codes.tolist()))


def encoded(driver, pixels):
    return np.array(ask(driver, "arguments[0].map((x) => Array.from(npae.encode(x)))", pixels.tolist()))


ROUND_THE_PLANE = """
const done = arguments[0], stage = document.getElementById("overlay");
const { left, top, width, height } = stage.getBoundingClientRect();
const times = [], costs = [], began = npae.frames.count;
const move = (now) => {
  times.push(now);
  costs.push(npae.frames.milliseconds);
  const turn = times.length / 5;
  const where = [left + width * (0.5 + 0.4 * Math.cos(turn)), top + height * (0.5 + 0.4 * Math.sin(turn))];
  const before = performance.now();
  stage.dispatchEvent(new PointerEvent("pointermove", { clientX: where[0], clientY: where[1] }));
  costs[costs.length - 1] += performance.now() - before;
  if (times.length < 61) requestAnimationFrame(move);
  else done({ times, costs: costs.slice(1), drawn: npae.frames.count - began });
};
requestAnimationFrame(move);
"""
