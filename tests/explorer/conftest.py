"""A real browser, if one is installed; the tests use the page as its reader does."""

import importlib.util
from pathlib import Path

import pytest
from steps import LETTERS, letters, next_frame

import npae


@pytest.fixture(scope="session")
def hand():
    """Functions that click and drag; they need selenium, which takes half a second to import."""
    pytest.importorskip("selenium")
    spec = importlib.util.spec_from_file_location("screenshot", Path(__file__).parents[2] / "docs" / "screenshot.py")
    screenshot = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(screenshot)
    return screenshot


@pytest.fixture(scope="module")
def driver(hand):
    """One headless Chromium for a module."""
    driver = hand.browser()
    if driver is None:
        pytest.skip(
            "no browser: chromium and chromedriver are not installed (apt-get install chromium chromium-driver)"
        )
    yield driver
    driver.quit()


@pytest.fixture
def opened(driver, tmp_path):
    """A function that writes a page and opens it. After the test, the browser's console must be empty."""

    def open_page(model, **options):
        npae.explorer.write(model, tmp_path / "page.html", **options)
        driver.get((tmp_path / "page.html").as_uri())
        next_frame(driver)
        return driver

    yield open_page
    assert driver.get_log("browser") == []


@pytest.fixture
def page(opened):
    """The letters' page."""
    return opened(letters(), data=LETTERS)
