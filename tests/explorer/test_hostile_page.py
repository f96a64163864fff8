"""In a real browser: labels, names and numbers that were made to break a page are shown, and nothing of them runs."""

import numpy as np
import pandas as pd
import pytest
from steps import LETTERS, Keys, ask, letters, next_frame, press, text

import npae

pytestmark = pytest.mark.slow  # a browser: .ci/run has it

RUN = "window.hacked=1"
HOSTILE = [
    f"<script>{RUN}</script>",
    f"</script><script>{RUN}</script>",
    f"</title></style><script>{RUN}</script>",
    f"<!--<script>{RUN}//",
    f"--><img src=x onerror={RUN}>",
    f"]]><svg onload={RUN}>",
    f"\"' onmouseover={RUN} x='",
    f"`${{{RUN}}}`\\",
    f"javascript:{RUN}",
    f"\\u003cscript\\u003e{RUN}\\u003c/script\\u003e",
    f"&lt;script&gt;{RUN}&lt;/script&gt;",
    "{{script}} {{policy}}",
    "__proto__",
    "constructor",
    "NaN",
    "-Infinity",
    "\u202eright to left\u202c \u200f\u2066",
    "\u2028\u2029\u0085",
    "\x00\x01\x1b[31m\x7f",
    "line\nbreak\r\n\ttab",
    "e" + "\u0301" * 500,
    "very long " * 2000,
    "\U0001f469\u200d\U0001f52c",
    "%s %d %n",
    "'; DROP TABLE letters;--",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=window.hacked=1>",
    "<base href=//npae.example>",
    "<meta http-equiv=refresh content=0;url=//npae.example>",
    "<iframe srcdoc='&lt;script&gt;parent.hacked=1&lt;/script&gt;'>",
    "<object data=x>",
    "<link rel=stylesheet href=//npae.example/x.css>",
    " ",
]
FOREIGN = "img, svg, iframe, object, embed, form:not(#search-form), base, link, math, meta[http-equiv=refresh]"


def assert_harmless(driver, drawn=True):
    """Nothing ran, nothing was put in, nothing asked for; the page is there, and answers to keys."""
    press(driver, "n", Keys.ENTER, "n", Keys.RIGHT, Keys.ENTER)
    driver.find_element("id", "search").send_keys("<")
    next_frame(driver)
    assert ask(driver, "window.hacked") is None
    assert driver.find_elements("css selector", FOREIGN) == []
    assert len(driver.find_elements("css selector", "script")) == 2
    assert ask(driver, "performance.getEntriesByType('resource').length") == 0
    assert driver.find_element("css selector", "h1").is_displayed()
    assert ask(driver, "npae.state.pins.length") == 2
    ink = "Array.from(document.getElementById('plane').getContext('2d').getImageData(0, 0, 400, 300).data)"
    assert ask(driver, f"new Set({ink}).size") > 1 or not drawn


@pytest.mark.parametrize("title", [HOSTILE[2], HOSTILE[16], HOSTILE[18], "very long " * 2000], ids=range(4))
def test_hostile_labels_and_titles_are_text(opened, title):
    driver = opened(letters(), data=LETTERS.pixels, labels=HOSTILE, title=title)
    assert ask(driver, "npae.labels") == HOSTILE
    assert_harmless(driver)


def test_hostile_classes_are_text_in_the_legend(opened):
    labels = [HOSTILE[i % 8] for i in range(32)]
    driver = opened(letters(), data=LETTERS.pixels, labels=labels)
    assert text(driver, "legend") != ""
    assert len(driver.find_elements("css selector", "#legend li")) == 8
    assert_harmless(driver)


@pytest.mark.parametrize("start", range(0, 32, 8))
def test_hostile_names_of_columns_are_text(opened, start):
    X = np.random.default_rng(0).random((32, 8))
    frame = pd.DataFrame(X, columns=[name[:2000] for name in HOSTILE[start : start + 8]])
    ae = npae.Autoencoder([2], epochs=2, random_state=0).fit(frame)
    driver = opened(ae, data=frame, labels=HOSTILE)
    assert len(driver.find_elements("css selector", "#fields input")) == 8
    assert_harmless(driver)


SIZES = [1e300, -1e300, 1e-300, 5e-324, 1e308, 0.0, -0.0, 1 / 3]


def test_extreme_numbers_are_shown(opened):
    X = np.random.default_rng(0).random((32, 8))
    ae = npae.Autoencoder([2], scale="columns", epochs=2, random_state=0).fit(X)
    driver = opened(ae, data=X * SIZES, labels=[1e300, -1e300, *map(float, range(30))])
    assert_harmless(driver, drawn=False)  # no screen has room for codes from 1e-324 to 1e308


@pytest.mark.parametrize("weight", [1e300, 1e154, 1e-300])
def test_extreme_weights_are_shown(opened, weight):
    """Codes and predictions overflow: Python's are infinite or not a number, and so are the page's."""
    X = np.random.default_rng(0).random((32, 8))
    ae = npae.Autoencoder([2], epochs=2, random_state=0).fit(X)
    ae.theta_[:] = np.where(ae.theta_ > 0, weight, -weight)
    driver = opened(ae, data=X)
    assert_harmless(driver)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_are_refused_before_there_is_a_page(value, tmp_path):
    X = np.where(np.eye(32, 35) > 0, value, LETTERS.pixels)
    with pytest.raises(ValueError, match="data must be finite"):
        npae.explorer.write(letters(), tmp_path / "page.html", data=X)
    assert not (tmp_path / "page.html").exists()
