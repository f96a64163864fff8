"""Progress is shown where somebody can see it, and never ends a program because nobody can."""

import io
import re
import sys
import threading
import types

import numpy as np
import pytest
import tqdm

import npae
from npae.execution import screen
from npae.study.study_progress import progress

X = np.random.default_rng(0).random((20, 4))


class Sink:
    """Takes what is written, and is nothing else."""

    def __init__(self):
        self.text = ""

    def write(self, text):
        self.text += text

    def flush(self):
        pass


class Broken(Sink):
    """A pipe that nobody reads any more."""

    def write(self, text):
        raise BrokenPipeError

    def isatty(self):
        return False


def closed():
    stream = io.StringIO()
    stream.close()
    return stream


STREAMS = {"none": lambda: None, "without isatty": Sink, "closed": closed, "broken": Broken, "nothing at all": object}


def shown_in_fit():
    npae.Autoencoder([2], optimizer="adam", epochs=3, callbacks=[npae.Progress(every=0)]).fit(X)


def shown_in_study():
    with progress(2, every=0.0) as tell:
        tell({"status": "finished"})
        tell({"status": "failed"})


@pytest.mark.parametrize("shown", [shown_in_fit, shown_in_study], ids=["fit", "study"])
@pytest.mark.parametrize("name", STREAMS)
def test_nothing_to_show_on_is_no_error(name, shown, monkeypatch, capsys):
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", STREAMS[name]())
        shown()
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("name", ["none", "without isatty", "closed"])
def test_studies_and_searches_run_where_there_is_no_standard_error(name, monkeypatch):
    monkeypatch.setattr(sys, "stderr", STREAMS[name]())
    model = npae.Autoencoder([2], optimizer="adam", epochs=1)
    assert len(npae.study.repeat(model, X, seeds=2, executor="serial").rows) == 2


def test_a_stream_without_isatty_gets_the_lines_of_a_log(monkeypatch):
    sink = Sink()
    monkeypatch.setattr(sys, "stderr", sink)
    shown_in_fit()
    assert sink.text.startswith("epoch 1 of 3, loss ")


@pytest.fixture
def notebook(monkeypatch):
    """IPython with a kernel, whose standard error is no terminal; tqdm.auto has not been imported yet."""
    shell = types.SimpleNamespace(config={"IPKernelApp": {}})
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell))
    for name in [name for name in sys.modules if name in ("tqdm.auto", "tqdm.autonotebook", "tqdm.notebook")]:
        monkeypatch.delitem(sys.modules, name)
    for name in ("auto", "autonotebook", "notebook"):
        monkeypatch.delattr(tqdm, name, raising=False)
    monkeypatch.setitem(sys.modules, "ipywidgets", None)


@pytest.mark.parametrize("shown", [shown_in_fit, shown_in_study], ids=["fit", "study"])
def test_a_notebook_without_widgets_shows_a_bar_of_text_and_no_warning(shown, notebook, capsys):
    shown()  # warnings are errors here
    assert re.search(r"\r.*\?(epoch|run)/s", capsys.readouterr().err)


def test_a_notebook_shows_the_bars_of_tqdm_auto(notebook, monkeypatch):
    drawn = []

    class Bar(tqdm.tqdm):
        def __init__(self, *args, **options):
            drawn.append(self)
            super().__init__(*args, **options)

    monkeypatch.setitem(sys.modules, "tqdm.auto", types.SimpleNamespace(tqdm=Bar))
    shown_in_fit()
    shown_in_study()
    assert len(drawn) == 2


@pytest.mark.parametrize(
    "module",
    [
        types.SimpleNamespace(),
        types.SimpleNamespace(get_ipython=lambda: None),
        types.SimpleNamespace(get_ipython=lambda: types.SimpleNamespace(config={"TerminalIPythonApp": {}})),
        types.SimpleNamespace(get_ipython=lambda: types.SimpleNamespace()),
    ],
    ids=["half imported", "no shell", "a terminal", "without config"],
)
def test_ipython_without_a_kernel_is_no_notebook(module, monkeypatch):
    monkeypatch.setitem(sys.modules, "IPython", module)
    assert not screen._is_notebook()


def test_progress_is_shown_from_another_thread_too(capsys):
    thread = threading.Thread(target=shown_in_fit)
    thread.start()
    thread.join()
    assert "epoch 3 of 3" in capsys.readouterr().err
