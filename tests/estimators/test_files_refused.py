"""What `load` says about files of classes that are not here, and about files that are no models."""

import subprocess
import sys

import numpy as np
import pytest
from looped import in_one_test

import npae
from npae import FileError

SCRIPT = """
from dataclasses import dataclass
import numpy as np, npae

@dataclass(frozen=True)
class Plain(npae.Layer):
    def parameters(self, in_shape): return {}
    def forward(self, x, params, context): return x, lambda dy, grads: dy
    def mirror(self, in_shape, activation): return []

npae.Autoencoder([Plain(), 2], epochs=1, random_state=0).fit(np.eye(3)).save("plain.npz")
"""


@pytest.mark.slow
def test_a_class_of_a_script_is_named_with_what_to_do(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT, encoding="utf-8")
    subprocess.run([sys.executable, "script.py"], cwd=tmp_path, check=True)
    with pytest.raises(FileError, match="got '__main__.Plain'. A script or notebook defined it") as caught:
        npae.load(tmp_path / "plain.npz")
    assert "complete" not in str(caught.value)


@pytest.mark.parametrize(
    "module, hint",
    [
        ("__main__", "A script or notebook defined it: define it in a module of its own, import that, and save again."),
        ("elsewhere", "Import the module that defines it, then load again."),
    ],
)
def test_a_class_that_is_not_here_is_named_and_the_file_not_called_incomplete(module, hint, tmp_path, monkeypatch):
    from npae.settings import archive

    path = tmp_path / "model.npz"
    npae.Autoencoder([2], epochs=1, random_state=0).fit(np.eye(3)).save(path)
    document, arrays = archive.read(path, "autoencoder")
    document["network"]["encoder"][0]["type"] = f"{module}.Plain"
    header = ("format", "version", "npae", "kind", "arrays")
    kept = {name: value for name, value in document.items() if name not in header}
    archive.write(path, "autoencoder", kept, arrays)
    with pytest.raises(FileError) as caught:
        npae.load(path)
    assert str(caught.value) == f"{path}: type must be a known description, got '{module}.Plain'. {hint}"


TABLES = [
    "a,b\n1,2\n",
    "1;2\n3;4",
    "x\ty\n1.5\t2\n",
    "température,débit\r\n1,2\r\n",
    "\ufeffa,b\n1,2\n",
    "é,b\n" * 3000,
]


@in_one_test("text", TABLES, ids=range(len(TABLES)))
def test_a_table_is_called_a_table(text, tmp_path):
    path = tmp_path / "plant.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FileError) as caught:
        npae.load(path)
    hint = "That is a table, not a model: read it with pandas.read_csv, and fit a model to it."
    assert str(caught.value) == f"{path} must be a file that npae saved, got rows of text. {hint}"


OTHER = [b"", b"not a model", b"PK\x03\x04", b"\x00\x01\x02,\n" * 9, b"\x89PNG\r\n\x1a\n,", b"\xff,\n\xff,\n"]


@in_one_test("content", OTHER, ids=range(len(OTHER)))
def test_what_is_no_table_is_called_damaged_or_of_another_program(content, tmp_path):
    path = tmp_path / "model.npz"
    path.write_bytes(content)
    with pytest.raises(FileError, match="got one that cannot be read. It is damaged or was written by another program"):
        npae.load(path)
