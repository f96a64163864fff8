"""The site: it is built without a warning, no link in it is dead, and its search answers ten newcomers' questions."""

import functools
import http.server
import os
import re
import shutil
import subprocess
import sys
import threading
import urllib.parse
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMAND = ["-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", "docs", "docs/_build/html"]
QUESTIONS = {  # what newcomers type -> the pages that answer
    "latent space": {"glossary", "tutorials/letters"},  # student
    "interpolate between two letters": {"tutorials/letters", "how_to/interpolate"},
    "explorer html page": {
        "how_to/explorer",
        "reference/explorer",
        "reference/generated/npae.explorer.write",
    },  # teacher
    "check gradient own layer": {"how_to/own_layer"},
    "missing values": {"how_to/data", "glossary"},  # analyst
    "anomaly score csv": {"how_to/anomalies", "how_to/command_line"},
    "scipy bfgs refine": {"tutorials/scipy_optimum", "reference/refinement", "reference/generated/npae.Refine"},
    "reproduce claim": {"how_to/command_line", "studies/index"},  # researcher, as is the one before
    "export onnx": {"how_to/save_and_deploy", "reference/generated/npae.export.onnx"},  # maintainer
    "deprecation policy": {"policy"},
    "how to cite npae": {"policy"},  # sentences, as a newcomer typed them
    "exercise for students letters": {"how_to/explorer", "tutorials/letters"},
    "how do I show a picture in class without internet": {"how_to/explorer"},
    "compare two optimizers statistically over seeds": {"how_to/sweep_and_search"},
    "how do I handle missing values": {"how_to/data"},
    "train with missing values": {"how_to/data"},
    "fill missing values": {"how_to/data", "gallery/tables/gaps_filled"},
    "find outliers in excel file": {"how_to/anomalies", "how_to/command_line"},
    "custom layer": {"how_to/own_layer"},
    "na_values": {"how_to/anomalies", "messages/data"},
}


class Page(HTMLParser):
    """The links and the anchors of a page."""

    def __init__(self, text):
        super().__init__()
        self.links, self.anchors = set(), set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.anchors |= {attrs[name] for name in ("id", "name") if attrs.get(name)}
        self.links |= {attrs[name] for name in ("href", "src") if attrs.get(name)} - {"#"}


def dead_links(folder):
    """Return (page, link) of all links within a folder of HTML that lead nowhere, and of those to missing files."""
    pages = {path.resolve(): Page(path.read_text(encoding="utf-8")) for path in _pages(folder)}
    lost = []
    for path, page in pages.items():
        for link in sorted(page.links):
            where = urllib.parse.urlsplit(link)
            if where.scheme or where.netloc:
                found = _is_in_the_repository(link)
            else:
                target = (path.parent / urllib.parse.unquote(where.path)).resolve() if where.path else path
                target = target / "index.html" if target.is_dir() else target
                anchor = urllib.parse.unquote(where.fragment)
                found = target.exists() and (not anchor or target not in pages or anchor in pages[target].anchors)
            if not found:
                lost.append((path.relative_to(folder.resolve()).as_posix(), link))
    return lost


def _pages(folder):
    """Return the files of all pages; what the theme keeps in _static are templates."""
    return sorted(path for path in folder.rglob("*.html") if "_static" not in path.relative_to(folder).parts)


def _is_in_the_repository(link):
    """Return whether a link to a file of the repository on the web leads to one that is here; True for other links."""
    inside = re.search(r"/npae/(?:blob|tree)/main/([^#?]+)", link)
    return not inside or (ROOT / urllib.parse.unquote(inside[1])).exists()


def test_a_dead_link_is_noticed(tmp_path):
    links = ["#here", "#gone", "b.html", "b.html#top", "b.html#gone", "c.html", "https://npae.example/", "d%20e.txt"]
    links += ["https://github.com/x/npae/blob/main/README.md", "https://github.com/x/npae/blob/main/GONE.md"]
    anchors = "".join(f'<a href="{link}">x</a>' for link in links)
    (tmp_path / "a.html").write_text(f'<p id="here">{anchors}</p>')
    (tmp_path / "b.html").write_text('<p id="top"><img src="none.png"></p>')
    (tmp_path / "d e.txt").write_text("")
    gone = {"#gone", "b.html#gone", "c.html", "https://github.com/x/npae/blob/main/GONE.md"}
    assert set(dead_links(tmp_path)) == {*(("a.html", link) for link in gone), ("b.html", "none.png")}


@pytest.fixture(scope="module")
def site():
    """The built site. What has not changed since the last build is not built again."""
    for name in ("sphinx", "numpydoc", "myst_parser", "pydata_sphinx_theme", "sphinx_design", "sphinx_gallery"):
        pytest.importorskip(name)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, *COMMAND], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return ROOT / "docs" / "_build" / "html"


@pytest.fixture(scope="module")
def address(site):
    """Where the site is served on this machine."""

    class Silent(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("localhost", 0), functools.partial(Silent, directory=site)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def browser():
    """A headless Chromium."""
    webdriver = pytest.importorskip("selenium.webdriver")
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1280,1000"):
        options.add_argument(argument)
    try:
        driver = webdriver.Chrome(options=options)
    except Exception:
        pytest.skip("no browser: chromium and chromedriver are not installed")
    yield driver
    driver.quit()


@pytest.mark.slow
def test_a_link_that_leads_nowhere_fails_the_build(tmp_path):
    pytest.importorskip("myst_parser")
    for name in ("_ext", "_static", "_templates"):
        shutil.copytree(ROOT / "docs" / name, tmp_path / "docs" / name)
    shutil.copy(ROOT / "docs" / "conf.py", tmp_path / "docs")
    shutil.copy(ROOT / "setup.cfg", tmp_path)
    lost = ["other.md#none", "#none", "gone.md", "gone.png"]
    links = " ".join(f"[x]({link})" for link in [*lost, "other.md#there", "#here"])
    (tmp_path / "docs" / "index.md").write_text(f"# Index\n\n```{{toctree}}\nother\n```\n\n## Here\n\n{links}\n")
    (tmp_path / "docs" / "other.md").write_text("# Other\n\n## There\n\nText.\n")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NPAE_DOCS_OFFLINE": "1"}
    done = subprocess.run([sys.executable, *COMMAND], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.count("[myst.xref_missing]") == len(lost)


@pytest.mark.slow
def test_no_link_of_the_site_is_dead(site):
    assert dead_links(site) == []


@pytest.mark.slow
@pytest.mark.parametrize("question", QUESTIONS)
def test_the_first_hit_answers(question, address, browser):
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.wait import WebDriverWait

    browser.get(f"{address}/search.html?q={urllib.parse.quote(question)}")
    hits = WebDriverWait(browser, 20).until(lambda driver: driver.find_elements(By.CSS_SELECTOR, "ul.search li a"))
    page = urllib.parse.urlsplit(hits[0].get_attribute("href")).path.strip("/").removesuffix(".html")
    assert page in QUESTIONS[question]


@pytest.mark.slow
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("page", ["index", "quick_start", "reference/generated/npae.Autoencoder", "studies/letters"])
def test_a_page_is_as_wide_as_the_window(page, width, address, browser):
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    browser.get(f"{address}/{page}.html")
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    assert [entry for entry in browser.get_log("browser") if "favicon" not in entry["message"]] == []
