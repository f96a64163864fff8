"""Draw docs/images/explorer.png: the page of the 32 capitals in a real browser, as the README shows it.

    python docs/screenshot.py
    python docs/screenshot.py --digits       # explorer_digits.png: MNIST in the plane, by a convolutional network

Needs Chromium and its driver (Debian: apt-get install chromium chromium-driver) and `pip install selenium`; --digits
needs MNIST (see `npae.datasets.load_images`) and trains for some minutes.
"""

import argparse
import base64
import shutil
import sys
import tempfile
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.support.ui import Select

import npae

IMAGES = Path(__file__).parent / "images"
FLAGS = [
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"),
]


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--digits", action="store_true", help="digits instead of letters")
    parser.add_argument("--out", type=Path, metavar="FILE", help="default: in docs/images")
    args = parser.parse_args(argv)
    name, subject = digits() if args.digits else letters()
    out = args.out or IMAGES / name
    driver = browser() or sys.exit("screenshot: needs chromium and chromedriver, got none. Install both.")
    try:
        with tempfile.TemporaryDirectory() as folder:
            photograph(driver, Path(folder) / "explorer.html", out, **subject)
    finally:
        driver.quit()
    print(f"written to {out}")


def letters():
    """Return the picture's name, and the capitals with what is done to them."""
    font = npae.datasets.load_font("capitals")
    steps = {"pinned": [("E", 0, 0), ("O", 28, 10)], "changed": ("R", (5, 18, 31)), "walk": ("T", "W")}
    return "explorer.png", {"model": trained(font), "page": {"data": font}, **steps}


def digits():
    """Return the picture's name, and 2,000 digits that the network was not trained on with what is done to them."""
    mnist = npae.datasets.load_images("mnist")
    labels = [str(label) for label in mnist.test_labels[:2000]]
    page = {"data": mnist.test_images[:2000], "labels": labels, "title": "The code space of 2,000 test digits"}
    ring = mnist.test_images[labels.index("0")].ravel()
    bar = tuple(28 * row + column for row in (13, 14) for column in range(8, 20) if ring[28 * row + column] < 0.5)
    steps = {"pinned": [("6", 0, 0), ("3", 0, 0)], "changed": ("0", bar), "walk": ("1", "0")}
    return "explorer_digits.png", {"model": trained_convolutions(mnist), "page": page, **steps}


def trained(font):
    """Return the README's model."""
    return npae.Autoencoder(
        encoder=[29, 23, 2],
        loss="bce",
        init=npae.Gaussian(std=0.3),
        optimizer=npae.GradientDescent(eta=0.5, adapt=npae.AdaptiveEta()),
        refine=npae.Refine("BFGS", every=4),
        callbacks=[npae.EarlyStopping("max_error", target=0.3)],
        random_state=0,
    ).fit(font.pixels)


def trained_convolutions(mnist, n=20_000):
    """Return a convolutional autoencoder with a code of two numbers."""
    convolutions = [npae.Conv2D(filters, 3, stride=2, activation="relu") for filters in (32, 64)]
    return npae.Autoencoder(
        encoder=[*convolutions, npae.Flatten(), npae.Dense(128, "relu"), npae.Dense(2, "tanh")],
        loss="bce",
        optimizer=npae.Adam(eta=0.002, adapt=npae.CosineDecay()),
        epochs=12,
        batch_size=64,
        dtype="float32",
        callbacks=[npae.Progress()],
        random_state=0,
    ).fit(mnist.train_images[:n])


def browser(width=1280, height=915):
    """Return a headless Chromium of this size, or None where none is installed."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not (chromium and driver):
        return None
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in FLAGS:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(options=options, service=Service(driver))
    resize(browser, width, height)
    return browser


def resize(driver, width, height, **screen):
    """Give the page this many CSS pixels; `screen` has deviceScaleFactor and mobile."""
    metrics = {"deviceScaleFactor": 1, "mobile": False, **screen, "width": width, "height": height}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def photograph(driver, path, out, model, page, pinned, changed, walk):
    """Write the page and open it; pin points, change an input picture, walk between samples; take the picture."""
    npae.explorer.write(model, path, **page)
    driver.get(path.as_uri())
    driver.execute_async_script("setTimeout(arguments[0], 1500)")
    stage, (sample, pixels) = driver.find_element("id", "overlay"), changed
    for name, right, down in pinned:
        click(driver, stage, place(driver, first(driver, name), right, down))
    Select(driver.find_element("id", "sample")).select_by_index(1 + first(driver, sample))
    for pixel in pixels:
        click(driver, driver.find_element("id", "editor"), middle(driver, pixel))
    drag(driver, stage, *(place(driver, first(driver, name)) for name in walk))
    resize(driver, 1280, driver.execute_script("return document.documentElement.scrollHeight"))
    driver.execute_async_script("setTimeout(arguments[0], 1500)")
    shot = driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})
    out.write_bytes(base64.b64decode(shot["data"]))


def first(driver, name):
    """Return the number of the first sample of this name."""
    return driver.execute_script("return npae.labels.indexOf(arguments[0])", name)


def place(driver, sample, right=0, down=0):
    """Return where the code of a sample is on the plane, in pixels from its upper left corner."""
    x, y = driver.execute_script("return npae.place(npae.codes[arguments[0]])", sample)
    return round(x) + right, round(y) + down


def middle(driver, pixel):
    """Return where a pixel of the input picture is on it."""
    x, y = driver.execute_script("return npae.middle(arguments[0])", pixel)
    return round(x), round(y)


def click(driver, element, at):
    ActionChains(driver, duration=10).move_to_element_with_offset(element, *centred(element, at)).click().perform()


def drag(driver, element, start, end):
    hand = ActionChains(driver, duration=10)
    hand.move_to_element_with_offset(element, *centred(element, start)).click_and_hold()
    hand.move_to_element_with_offset(element, *centred(element, end)).release().perform()


def centred(element, at):
    """Selenium counts from the middle of an element."""
    return at[0] - element.size["width"] // 2, at[1] - element.size["height"] // 2


if __name__ == "__main__":
    main()
