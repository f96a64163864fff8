"""What a notebook shows of estimators and reports: safe HTML, with scikit-learn and without it."""

import subprocess
import sys

import numpy as np
import pytest
from looped import in_one_test

import npae
from npae import AnomalyDetector, Autoencoder, Classifier

X = np.random.default_rng(0).random((24, 6))
SOME = {"epochs": 3, "optimizer": "adam", "random_state": 0}
FITTED = {
    "Autoencoder": lambda: Autoencoder([3], **SOME).fit(X),
    "Classifier": lambda: Classifier([3], **SOME).fit(X, np.arange(24) % 2),
    "AnomalyDetector": lambda: AnomalyDetector(Autoencoder([3], **SOME)).fit(X),
}


@pytest.fixture
def without_sklearn(monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "sklearn"]:
        monkeypatch.delitem(sys.modules, name)


@pytest.mark.parametrize("name", FITTED)
def test_a_fitted_estimator_shows_its_network_and_its_training(name, without_sklearn):
    html = FITTED[name]()._repr_html_()
    assert html.startswith(f"<pre>{name}(")
    assert "encoder.0" in html
    assert "<polyline" in html
    assert "sklearn" not in sys.modules


@pytest.mark.parametrize("estimator", [Autoencoder([2]), Classifier(), AnomalyDetector()], ids=repr)
def test_an_estimator_that_is_not_fitted_shows_its_parameters(estimator, without_sklearn):
    assert estimator._repr_html_() == f"<pre>{estimator!r}</pre>"


def test_parameters_do_not_become_html(without_sklearn):
    html = Autoencoder([3], init="<script>alert(1)</script>")._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


@in_one_test("name", FITTED)
def test_scikit_learn_s_diagram_comes_first_where_it_is_loaded(name):
    sklearn = pytest.importorskip("sklearn")
    with sklearn.config_context(display="diagram"):
        html = FITTED[name]()._repr_html_()
        assert "sk-top-container" in html
        assert html.index("sk-top-container") < html.index("Network and training")
    with sklearn.config_context(display="text"):
        assert FITTED[name]()._repr_html_() is None


@pytest.mark.slow
def test_showing_imports_nothing_large():
    code = """
import sys, numpy as np, npae
ae = npae.Autoencoder([2], epochs=2, optimizer="adam").fit(np.eye(4))
assert "<svg" in ae._repr_html_() and "encoder.0" in str(ae.summary())
print(*{"matplotlib", "sklearn", "pandas", "onnx", "tensorboardX"} & {*sys.modules})
"""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout == "\n", done.stderr


def test_a_gradient_report_is_a_table():
    report = npae.check_gradients(npae.Dense(3, "tanh"), in_shape=(5,))
    html = report._repr_html_()
    assert report.name in html
    assert "38 entries" in html
    odd = npae.GradientReport(0.5, "<script>.W[0]", 1.0, 2.0, 7)
    assert "<script>" not in odd._repr_html_()
