"""What the page's tests share: models, and steps that a reader of the page takes."""

import functools

import npae

LETTERS = npae.datasets.load_font("capitals")


@functools.cache
def letters():
    return npae.Autoencoder(
        encoder=[29, 23, 2],
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
