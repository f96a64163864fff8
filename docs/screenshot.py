"""Draw docs/images/explorer.png: the page of the 32 capitals in a real browser, as in the README.

    python docs/screenshot.py
    python docs/screenshot.py --digits       # explorer_digits.png: MNIST in the plane, by a convolutional network

Needs Chromium and its driver (Debian: apt-get install chromium chromium-driver) and `pip install selenium`; --digits
needs MNIST (see `npae.datasets.load_images`) and trains for some minutes.
"""

from __future__ import annotations

import argparse
import base64
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select

import npae

Place: TypeAlias = tuple[int, int]  # in CSS pixels, from the upper left corner of an element

IMAGES = Path(__file__).parent / "images"
FLAGS = [
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"),
]


def main(argv: Sequence[str] | None = None) -> None:
    """Train a model, write its page, and save a picture of it."""
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


def letters() -> tuple[str, dict[str, Any]]:
    """Return the picture's name, and the arguments of `photograph` for the capitals."""
    font = npae.datasets.load_font("capitals")
    steps = {"pinned": [("E", 0, 0), ("O", 28, 10)], "changed": ("R", (5, 18, 31)), "walk": ("T", "W")}
    return "explorer.png", {"model": trained(font), "page": {"data": font}, **steps}


def digits() -> tuple[str, dict[str, Any]]:
    """Return the picture's name, and the arguments of `photograph` for 2,000 test digits."""
    mnist = npae.datasets.load_images("mnist")
    labels = [str(label) for label in mnist.test_labels[:2000]]
    page = {"data": mnist.test_images[:2000], "labels": labels, "title": "The code space of 2,000 test digits"}
    ring = mnist.test_images[labels.index("0")].ravel()
    bar = tuple(28 * row + column for row in (13, 14) for column in range(8, 20) if ring[28 * row + column] < 0.5)
    steps = {"pinned": [("6", 0, 0), ("3", 0, 0)], "changed": ("0", bar), "walk": ("1", "0")}
    return "explorer_digits.png", {"model": trained_convolutions(mnist), "page": page, **steps}


def trained(font: npae.datasets.Font) -> npae.Autoencoder:
    """Return the model of the main job, fitted."""
    return npae.Autoencoder(
        encoder=[29, 23, 2],
        activation="tanh",
        loss="bce",
        init=npae.Gaussian(std=0.3),
        optimizer=npae.GradientDescent(eta=0.5, adapt=npae.AdaptiveEta()),
        refine=npae.Refine("BFGS", every=4),
        callbacks=[npae.EarlyStopping("max_error", target=0.3)],
        random_state=0,
    ).fit(font.pixels)


def trained_convolutions(mnist: npae.datasets.Images, n: int = 20_000) -> npae.Autoencoder:
    """Return a fitted convolutional autoencoder whose code has two numbers."""
    convolutions = [npae.Conv2D(filters, 3, stride=2, activation="relu") for filters in (32, 64)]
    return npae.Autoencoder(
        encoder=[*convolutions, npae.Flatten(), npae.Dense(128, "relu"), npae.Dense(2)],
        loss="bce",
        optimizer=npae.Adam(eta=0.002, adapt=npae.CosineDecay()),
        epochs=12,
        batch_size=64,
        dtype="float32",
        callbacks=[npae.Progress()],
        random_state=0,
    ).fit(mnist.train_images[:n])


def browser(width: int = 1280, height: int = 915) -> webdriver.Chrome | None:
    """Return a headless Chromium of this size, or None if Chromium or its driver is not installed."""
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


def resize(driver: webdriver.Chrome, width: int, height: int, **screen: Any) -> None:
    """Give the page this many CSS pixels; `screen` may set deviceScaleFactor and mobile."""
    metrics = {"deviceScaleFactor": 1, "mobile": False, **screen, "width": width, "height": height}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def photograph(
    driver: webdriver.Chrome,
    path: Path,
    out: Path,
    model: npae.Autoencoder,
    page: dict[str, Any],
    pinned: list[tuple[str, int, int]],
    changed: tuple[str, tuple[int, ...]],
    walk: tuple[str, str],
) -> None:
    """Write the page and open it, pin points, change an input picture, walk between samples, and save a picture.

    Samples are given by their names: `pinned` with an offset in pixels to the right and down, `changed` with the
    pixels to click, `walk` from one to the other.
    """
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


def first(driver: webdriver.Chrome, name: str) -> int:
    """Return the index of the first sample with this name."""
    index: int = driver.execute_script("return npae.labels.indexOf(arguments[0])", name)
    return index


def place(driver: webdriver.Chrome, sample: int, right: int = 0, down: int = 0) -> Place:
    """Return where the code of a sample is on the plane, moved by some pixels."""
    x, y = driver.execute_script("return npae.place(npae.codes[arguments[0]])", sample)
    return round(x) + right, round(y) + down


def middle(driver: webdriver.Chrome, pixel: int) -> Place:
    """Return where the middle of a pixel is on the input picture."""
    x, y = driver.execute_script("return npae.middle(arguments[0])", pixel)
    return round(x), round(y)


def click(driver: webdriver.Chrome, element: WebElement, at: Place) -> None:
    """Click on an element at this place."""
    ActionChains(driver, duration=10).move_to_element_with_offset(element, *centred(element, at)).click().perform()


def drag(driver: webdriver.Chrome, element: WebElement, start: Place, end: Place) -> None:
    """Drag on an element from one place to another."""
    hand = ActionChains(driver, duration=10)
    hand.move_to_element_with_offset(element, *centred(element, start)).click_and_hold()
    hand.move_to_element_with_offset(element, *centred(element, end)).release().perform()


def centred(element: WebElement, at: Place) -> Place:
    """Return a place as Selenium counts it, from the middle of the element."""
    return at[0] - element.size["width"] // 2, at[1] - element.size["height"] // 2


if __name__ == "__main__":
    main()
