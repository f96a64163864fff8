"""Files made to do harm: to call, to take memory or time, or to be believed where they lie."""

import functools
import io
import json
import struct
import subprocess
import sys
import zipfile
import zlib

import numpy as np
import pytest
from damaged_files import limited_memory
from looped import in_one_test
from repaired_files import PNG, members_of, zipped
from saves_to_damage import SAVED, checkpoints, models, use_checkpoint

import npae
from npae import FileError
from npae.command_line.csv_tables import _distinct
from npae.command_line.data_sources import load_data
from npae.settings.npy_content import array_of
from npae.study import Results
from npae.study.journal import read
from npae.study.lock import _holder
from npae.study.optuna_storage import opened_study

MODEL, DETECTOR = 0, 8  # among `models()`: a classifier, and the first that is fitted there
HUGE = 10**12


def changed(content, place, value):
    """Return a file of npae with another value at a place in its document, such as ["network", "in_shape"]."""
    (name, document), *members = members_of(content)
    document = json.loads(document)
    *way, last = place
    functools.reduce(lambda part, key: part[key], way, document)[last] = value
    return zipped([(name, json.dumps(document).encode()), *members])


def npy(shape, numbers=b"", descr="<f8"):
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}".encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + numbers


MODEL_DAMAGES = {
    "no shape": (["network", "in_shape"], []),
    "an infinite shape": (["network", "in_shape"], [float("inf")]),
    "no dict of parameters": (["params"], []),
    "a history of another kind": (["history"], 5),
    "a history without losses": (["history", "loss"], "aaa"),
    "an epoch of text": (["n_epochs"], "x"),
    "a reason that is none": (["stop_reason"], {}),
    "names of no column": (["feature_names"], ["a"]),
    "a nested type": (["network", "loss"], {"type": ["list"]}),
    "a dict of no items": (["params", "loss"], {"type": "dict", "items": 3}),
}


@in_one_test("damage", MODEL_DAMAGES.values(), ids=MODEL_DAMAGES)
def test_a_document_with_another_value_is_refused(damage, tmp_path):
    (tmp_path / "model.npz").write_bytes(changed(models()[MODEL], *damage))
    with pytest.raises(
        FileError, match=r"model\.npz(: type must| must hold a complete npae model, got one without it)"
    ):
        npae.load(tmp_path / "model.npz")


def test_the_offset_of_a_detector_must_be_a_number(tmp_path):
    (tmp_path / "model.npz").write_bytes(changed(models()[DETECTOR], ["detector", "offset"], None))
    with pytest.raises(FileError, match="got one without it: offset must be a number"):
        npae.load(tmp_path / "model.npz")


CHECKPOINT_DAMAGES = {
    "an identity of another kind": (["identity"], []),
    "callbacks of another kind": (["callbacks"], [1]),
    "an epoch of text": (["state", "epoch"], "x"),
    "no eta": (["state", "eta"], None),
    "no generator": (["state", "rng"], {}),
    "another memory": (["state", "optimizer"], {"t": 1}),
    "a count below 0": (["state", "optimizer", "t"], -1),
    "a memory of another kind": (["state", "best"], 0),
    "infinitely many evaluations": (["state", "history", "evaluations"], [1, 2, float("inf")]),
    "a schedule without its eta": (["state", "schedule"], {"x": 1.0}),
    "a schedule that remembers no number": (["state", "schedule", "best"], {}),
    "more threads than any machine has": (["state", "threads"], 10**9),
}


@in_one_test("damage", CHECKPOINT_DAMAGES.values(), ids=CHECKPOINT_DAMAGES)
def test_a_checkpoint_with_another_value_is_refused(damage, tmp_path):
    (tmp_path / "training.npz").write_bytes(changed(checkpoints()[0], *damage))
    with pytest.raises(FileError, match=r"training\.npz must hold a complete checkpoint, got one without it"):
        use_checkpoint(tmp_path / "training.npz")


def test_a_checkpoint_calls_nothing_by_its_name(tmp_path, monkeypatch):
    called = []
    monkeypatch.setattr(np.random, "harm", lambda: called.append(1), raising=False)
    (tmp_path / "training.npz").write_bytes(changed(checkpoints()[0], ["state", "rng", "bit_generator"], "harm"))
    with pytest.raises(FileError, match="must hold a complete checkpoint"):
        use_checkpoint(tmp_path / "training.npz")
    assert called == []


@pytest.mark.parametrize("position", [-1, 10**6, 625, 0.5, "x"])
def test_a_position_beyond_a_generators_numbers_is_refused(position, tmp_path):
    """NumPy reads memory there, whatever it holds."""
    twister = next(content for content in checkpoints() if b"MT19937" in content)
    (tmp_path / "training.npz").write_bytes(changed(twister, ["state", "rng", "state", "pos"], position))
    with pytest.raises(FileError, match=r"pos of the random generator must lie in \[0, 624\]"):
        use_checkpoint(tmp_path / "training.npz")


@in_one_test("shape", [f"({HUGE},)", f"({HUGE}, {HUGE})", "(-1, -8)", "(2,)", "(2.0,)", "(1, 10L)", "[1]", "(" * 500])
def test_a_header_is_believed_only_if_the_numbers_are_there(shape):
    with limited_memory(2**28), pytest.raises(ValueError, match="an array must"):
        array_of(npy(shape, bytes(8)))


@in_one_test("descr", ["|O", "<U0", "|V0", "x", "<f8\\d", "f8,f8", "a8"])
def test_dtypes_that_are_none_are_refused_without_a_warning(descr):
    with pytest.raises(ValueError, match="an array must"):
        array_of(npy("(2,)", bytes(8), descr))


def test_numbers_that_are_no_characters_are_refused():
    """Python ends with a SystemError where it meets one."""
    for order in "<>":
        with pytest.raises(ValueError, match="must hold characters"):
            array_of(npy("(2,)", b"\xff" * 8, f"{order}U1"))


@in_one_test(
    "array", [np.eye(3), np.asfortranarray(np.ones((2, 3, 4))), np.array("a"), np.empty((0, 5)), np.array([True])]
)
def test_arrays_are_read_as_numpy_reads_them(array):
    buffer = io.BytesIO()
    np.save(buffer, array)
    found = array_of(buffer.getvalue())
    np.testing.assert_array_equal(found, array, strict=True)
    assert found.flags.writeable and found.flags.f_contiguous == array.flags.f_contiguous


def overlapping(content, name):
    """Return a zip file whose directory lists its first member twice, the second time under a name."""
    start = content.index(b"PK\x01\x02")
    length = content.index(b"PK", start + 4) - start
    entry = content[start : start + length]
    twice = content[:start] + entry.replace(b"document.json", name) + content[start:]
    end = twice.rindex(b"PK\x05\x06")
    count, size = struct.unpack("<HI", twice[end + 10 : end + 16])
    return twice[: end + 8] + struct.pack("<HHI", count + 1, count + 1, size + length) + twice[end + 16 :]


@in_one_test(
    "name, reason", [(b"document.json", "got 'document.json' otherwise"), (b"documenu.json", "must lie side by side")]
)
def test_a_model_whose_members_share_bytes_is_refused(name, reason, tmp_path):
    (tmp_path / "model.npz").write_bytes(overlapping(models()[MODEL], name))
    with pytest.raises(FileError, match=reason):
        npae.load(tmp_path / "model.npz")


def test_a_compressed_model_is_refused(tmp_path):
    """A few bytes of it could stand for more than there is memory for."""
    (tmp_path / "model.npz").write_bytes(zipped(members_of(models()[MODEL]), zipfile.ZIP_DEFLATED))
    with pytest.raises(FileError, match=r"got 'document.json' otherwise"):
        npae.load(tmp_path / "model.npz")


def test_an_archive_that_is_compressed_in_another_way_is_refused(tmp_path):
    (tmp_path / "data.npz").write_bytes(zipped([("data.npy", npy("(1, 3)", bytes(24)))], zipfile.ZIP_BZIP2))
    with pytest.raises(FileError, match="data.npz must be a whole .npz file of numbers"):
        load_data(str(tmp_path / "data.npz"))


def png(width, height):
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = b"IDAT" + zlib.compress(bytes(100))
    return PNG + b"".join(
        struct.pack(">I", len(part) - 4) + part + struct.pack(">I", zlib.crc32(part))
        for part in (header, data, b"IEND")
    )


@pytest.mark.parametrize("size", [(12_000, 12_000), (2**31 - 1, 2**31 - 1), (5000, 5000)])
def test_a_picture_of_more_pixels_than_its_bytes_hold_is_refused(size, tmp_path):
    pytest.importorskip("PIL")
    (tmp_path / "a.png").write_bytes(png(*size))
    with limited_memory(2**28), pytest.raises(FileError, match=r"a\.png must be a picture") as caught:
        npae.datasets.load_folder(tmp_path)
    assert not isinstance(caught.value.__cause__, MemoryError) and "truncated" not in str(caught.value)


def test_a_picture_of_another_format_is_refused_whatever_its_name_is(tmp_path):
    Image = pytest.importorskip("PIL.Image")
    Image.new("L", (4, 4)).save(tmp_path / "a.png", "BMP")
    with pytest.raises(FileError, match="cannot identify"):
        npae.datasets.load_folder(tmp_path)


class Cell(str):
    """A cell that counts the names that are made of it."""

    made = 0

    def strip(self):
        return self

    def __format__(self, form):
        Cell.made += 1
        return str(self)


def test_equal_names_of_columns_are_told_apart_in_one_pass():
    names = _distinct([Cell("a")] * 500)
    assert names == ["a", *(f"a.{number}" for number in range(1, 500))]
    assert Cell.made == 499


GOOD = {"key": "k", "x": 1, "seed": 0, "status": "finished", "reason": "", "seconds": 0.5, "loss": 0.5}
ROWS = [{"key": [1]}, {"seed": "x"}, {"status": 3}, {"reason": None}, {"seconds": "x"}, {"loss": float("nan")}]


@in_one_test("change", [*ROWS, {"loss": 10**400}, {"seconds": None}, {"loss": float("inf")}, {"status": "odd"}])
def test_a_row_with_another_value_is_no_run(change, tmp_path):
    path = tmp_path / "runs.jsonl"
    path.write_text(json.dumps({"x": 1, **GOOD, **change}) + "\n")
    with pytest.raises(FileError, match=r"runs\.jsonl, line 1 must be a run that npae\.study wrote"):
        read(path)


def test_a_line_that_nests_too_deeply_is_no_run(tmp_path):
    (tmp_path / "runs.jsonl").write_text("[" * 200_000 + "\n")
    with pytest.raises(FileError, match="line 1 must be a run"):
        read(tmp_path / "runs.jsonl")


@in_one_test("setting", [{"type": "dict", "items": []}, {"type": "tuple"}, {"type": "Dense", "units": 1e400}, [[[[]]]]])
def test_a_setting_that_is_no_description_is_shown_as_it_is(setting, tmp_path):
    (tmp_path / "runs.jsonl").write_text(json.dumps({**GOOD, "x": setting}).replace("Infinity", "1e400") + "\n")
    assert "1/1" in str(Results.read(tmp_path / "runs.jsonl"))


@pytest.mark.slow
@pytest.mark.parametrize("options", [[], ["--history"]], ids=str)
@pytest.mark.parametrize("place", [["state", "history"], ["identity"], ["state"]], ids=str)
def test_info_about_a_damaged_checkpoint_is_one_line(place, options, tmp_path):
    (tmp_path / "training.npz").write_bytes(changed(checkpoints()[0], place, 5))
    command = [sys.executable, "-m", "npae", "info", "training.npz", *options]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    if place == ["identity"] and options:
        return
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith("npae info: training.npz must hold a complete checkpoint, got one without it: ")


def test_a_lock_file_that_nests_too_deeply_names_nobody(tmp_path):
    (tmp_path / "runs.lock").write_bytes(b" " + b"[" * 200_000)
    assert _holder(tmp_path / "runs.lock") == {}


@pytest.mark.slow
@pytest.mark.parametrize("old, new", [(b'"op_code"', b'"op_kode"'), (b"study_id", b"study_ib"), (b"{", b"[")])
def test_a_damaged_file_of_a_search_is_named(old, new, tmp_path):
    pytest.importorskip("optuna")
    first, *lines = (SAVED / "studies" / "grid").read_bytes().splitlines(keepends=True)
    (tmp_path / "trials").write_bytes(b"".join([first, *(line.replace(old, new) for line in lines)]))
    with pytest.raises(FileError, match="trials must be a file that a search wrote, got one that cannot be read"):
        opened_study(tmp_path / "trials", "another", direction="minimize")
