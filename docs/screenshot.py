"""Draw docs/images/explorer.png: the page of the 32 capitals in a real browser, as the README shows it.

    python docs/screenshot.py

Needs Chromium and its driver (Debian: apt-get install chromium chromium-driver) and `pip install selenium`.
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

IMAGE = Path(__file__).parent / "images" / "explorer.png"
FLAGS = [
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"),
]


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=IMAGE, metavar="FILE")
    args = parser.parse_args(argv)
    letters = npae.datasets.load_font("capitals")
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "explorer.html"
        npae.explorer.write(trained(letters), page, data=letters)
        driver = browser() or sys.exit("screenshot: needs chromium and chromedriver, got none. Install both.")
        try:
            photograph(driver, page, letters, args.out)
        finally:
            driver.quit()
    print(f"written to {args.out}")


def trained(letters):
    """Return the README's model."""
    return npae.Autoencoder(
        encoder=[29, 23, 2],
        loss="bce",
        init=npae.Gaussian(std=0.3),
        optimizer=npae.GradientDescent(eta=0.5, adapt=npae.AdaptiveEta()),
        refine=npae.Refine("BFGS", every=4),
        callbacks=[npae.EarlyStopping("max_error", target=0.3)],
        random_state=0,
    ).fit(letters.pixels)


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


def photograph(driver, page, letters, path):
    """Pin two points, walk from one letter to another, change an input picture, and take the picture."""
    driver.get(page.as_uri())
    stage = driver.find_element("id", "overlay")
    click(driver, stage, place(driver, letters.labels.index("E")))
    click(driver, stage, place(driver, letters.labels.index("O"), right=28, down=10))
    Select(driver.find_element("id", "sample")).select_by_visible_text("R")
    for pixel in (5, 18, 31):
        click(driver, driver.find_element("id", "editor"), middle(driver, pixel))
    drag(driver, stage, place(driver, letters.labels.index("T")), place(driver, letters.labels.index("W")))
    driver.execute_async_script("setTimeout(arguments[0], 600)")
    shot = driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})
    path.write_bytes(base64.b64decode(shot["data"]))


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
