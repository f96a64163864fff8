import contextlib
import io
import os
import pickle
import stat
import zipfile

import numpy as np
import pytest
from looped import in_one_test

from npae import FileError
from npae.settings.archive import VERSION, read, write, write_bytes, write_text

DOCUMENT = {"layers": [{"type": "Dense", "units": 2}], "note": "Grüße, 文字", "eta": 0.1, "nothing": None}
ARRAYS = {
    "theta": np.linspace(-1, 1, 17),
    "history/loss": np.array([0.5, 0.25], np.float32),
    "empty": np.empty((0, 3)),
    "number": np.array(7),
    "flags": np.array([[True, False]]),
}


@pytest.fixture
def path(tmp_path):
    """Return the path of a good file."""
    write(tmp_path / "model.npz", "autoencoder", DOCUMENT, ARRAYS)
    return tmp_path / "model.npz"


def assert_intact(result, expected=ARRAYS):
    """The document and the arrays are those that were written."""
    document, arrays = result
    assert {key: document[key] for key in DOCUMENT} == DOCUMENT
    assert list(arrays) == list(expected)
    for name, array in arrays.items():
        np.testing.assert_array_equal(array, expected[name], strict=True)


def assert_intact_or_refused(path, content, expected=ARRAYS):
    """A damaged file reads as what was written or raises FileError: never other data, never another error."""
    path.write_bytes(content)
    with contextlib.suppress(FileError):
        assert_intact(read(path, "autoencoder"), expected)


def test_what_is_written_is_read(path):
    assert_intact(read(path, "autoencoder"))
    assert_intact(read(str(path), "autoencoder"))


def test_what_is_read_can_be_changed(path):
    _, arrays = read(path, "autoencoder")
    arrays["theta"][0] = 5


@pytest.mark.parametrize("name", ["file", "allow_pickle", "args", "a/b/c", "encoder.0.W", "ümlaut", "arr_0"])
def test_arrays_may_have_any_name(name, tmp_path):
    write(tmp_path / "a.npz", "state", {}, {name: np.arange(3)})
    _, arrays = read(tmp_path / "a.npz", "state")
    assert list(arrays) == [name]
    np.testing.assert_array_equal(arrays[name], np.arange(3))


def test_the_file_is_written_under_exactly_its_name(tmp_path):
    write(tmp_path / "model", "autoencoder", DOCUMENT, ARRAYS)
    assert os.listdir(tmp_path) == ["model"]


def test_it_is_an_npz_without_pickles(path):
    with np.load(path, allow_pickle=False) as archive:
        np.testing.assert_array_equal(archive["theta"], ARRAYS["theta"])


def test_arrays_that_need_pickles_are_not_written(tmp_path):
    """Otherwise the file could be written but never read."""
    with pytest.raises((TypeError, ValueError), match="[Oo]bject"):
        write(tmp_path / "a.npz", "state", {}, {"objects": np.array([None, {}], dtype=object)})
    assert os.listdir(tmp_path) == []


def test_a_document_that_json_cannot_hold_leaves_the_old_file(path):
    with pytest.raises(TypeError, match="document must hold numbers, strings, lists and dicts"):
        write(path, "autoencoder", {"f": len}, {})
    assert_intact(read(path, "autoencoder"))


def test_a_file_cut_short_is_refused_at_every_length(path):
    content = path.read_bytes()
    for length in [*range(0, len(content), 7), len(content) - 1]:
        path.write_bytes(content[:length])
        with pytest.raises(FileError, match="must be a file that npae saved, got one that cannot be read"):
            read(path, "autoencoder")


def test_a_file_with_a_damaged_byte_is_intact_or_refused(path):
    content, rng = path.read_bytes(), np.random.default_rng(0)
    for position in rng.choice(len(content), 400, replace=False):
        damaged = bytearray(content)
        damaged[position] ^= rng.integers(1, 256)
        assert_intact_or_refused(path, bytes(damaged))


def test_an_archive_of_another_program_is_not_called_damaged(tmp_path):
    np.savez(tmp_path / "arrays.npz", X=np.eye(3))
    with pytest.raises(FileError, match=r"must be a file that npae saved, got one from another program\.$"):
        read(tmp_path / "arrays.npz", "autoencoder")


@pytest.mark.fast_cases(3)
@pytest.mark.parametrize("bit", range(8))
def test_a_file_with_a_damaged_array_header_is_intact_or_refused(bit, tmp_path):
    """A header that promises fewer numbers would be believed if nobody looked at the checksum of the rest."""
    path, arrays = tmp_path / "long.npz", {"theta": np.arange(9000.0)}
    write(path, "autoencoder", DOCUMENT, arrays)
    content = path.read_bytes()
    start = content.index(b"\x93NUMPY", content.index(b"theta.npy"))
    for position in range(start, start + 80):
        damaged = bytearray(content)
        damaged[position] ^= 1 << bit
        assert_intact_or_refused(path, bytes(damaged), arrays)


@pytest.mark.parametrize("bit", [0, *(pytest.param(bit, marks=pytest.mark.slow) for bit in range(1, 7)), 7])
def test_a_file_with_a_damaged_directory_is_intact_or_refused(bit, path):
    """No checksum guards the archive's directory, and a wrong length in it hides the arrays that follow."""
    content = path.read_bytes()
    for position in range(content.index(b"PK\x01\x02"), len(content)):
        damaged = bytearray(content)
        damaged[position] ^= 1 << bit
        assert_intact_or_refused(path, bytes(damaged))


def saved(save, *args, **options):
    buffer = io.BytesIO()
    save(buffer, *args, **options)
    return buffer.getvalue()


def zipped(**members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


FOREIGN = {
    "empty": b"",
    "text": b"Grausam ist die Zeit.\n" * 50,
    "npy": saved(np.save, np.arange(9)),
    "npz": saved(np.savez, theta=np.arange(9)),
    "npz with objects": saved(np.savez, theta=np.array([None, {}], dtype=object)),
    "zip": zipped(readme="hello"),
    "empty zip": zipped(),
    "pickle": pickle.dumps({"theta": [1, 2]}),
    "no json": zipped(**{"document.json": "{"}),
    "json list": zipped(**{"document.json": "[1, 2]"}),
    "json number": zipped(**{"document.json": "3.5"}),
    "deep json": zipped(**{"document.json": "[" * 100_000}),
    "json of another": zipped(**{"document.json": '{"format": "keras", "version": 1}'}),
    "no utf-8": zipped(**{"document.json": b"\xff\xfe\xfd"}),
}


@in_one_test("content", FOREIGN.values(), ids=FOREIGN)
def test_foreign_files_are_refused(content, tmp_path):
    (tmp_path / "foreign.npz").write_bytes(content)
    with pytest.raises(FileError, match=r"foreign\.npz must be a file that npae saved, got one "):
        read(tmp_path / "foreign.npz", "autoencoder")


class Bomb:
    """Its pickle would make a file when it is loaded."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


@pytest.mark.parametrize("form", [pickle.dumps, lambda bomb: saved(np.savez, theta=np.array([bomb], dtype=object))])
def test_reading_executes_nothing(form, tmp_path):
    (tmp_path / "foreign.npz").write_bytes(form(Bomb(tmp_path / "gone off")))
    with pytest.raises(FileError):
        read(tmp_path / "foreign.npz", "autoencoder")
    assert os.listdir(tmp_path) == ["foreign.npz"]


@pytest.mark.parametrize("version", [VERSION + 1, 99, None, "1", 1.5])
def test_a_newer_version_is_refused_with_a_hint(version, tmp_path):
    write(tmp_path / "new.npz", "autoencoder", {"version": version}, {})
    with pytest.raises(
        FileError, match=rf"new\.npz must have a file version of at most {VERSION}, got .* Upgrade npae"
    ):
        read(tmp_path / "new.npz", "autoencoder")


def test_a_file_that_is_too_new_names_the_version_that_wrote_it(tmp_path):
    write(tmp_path / "new.npz", "autoencoder", {"version": VERSION + 1, "npae": "9.3.0"}, {})
    with pytest.raises(FileError, match=r"got \d+, written by npae 9\.3\.0\. Upgrade npae to read it\."):
        read(tmp_path / "new.npz", "autoencoder")


def test_another_kind_is_refused(path):
    with pytest.raises(FileError, match=r"model\.npz must hold an npae checkpoint, got an npae autoencoder"):
        read(path, "checkpoint")


def test_a_file_error_is_a_value_error():
    assert issubclass(FileError, ValueError)


def test_a_missing_file_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "missing.npz", "autoencoder")
    with pytest.raises(OSError, match=r"directory"):
        read(tmp_path, "autoencoder")


@pytest.mark.parametrize("step", ["fsync", "replace", "chmod", "open"])
@pytest.mark.parametrize("error", [OSError("No space left on device"), KeyboardInterrupt()], ids=["full", "ctrl-c"])
def test_a_failure_while_writing_leaves_the_old_file_and_nothing_else(step, error, path, monkeypatch):
    def fail(*args, **options):
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(os, step, fail)
        with pytest.raises(type(error)):
            write(path, "autoencoder", {}, {})
    assert_intact(read(path, "autoencoder"))
    assert os.listdir(path.parent) == ["model.npz"]


def test_the_content_is_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch):
    steps = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda fd: (steps.append("fsync"), fsync(fd)))
    monkeypatch.setattr(os, "replace", lambda a, b: (steps.append("replace"), replace(a, b)))
    write_bytes(tmp_path / "a", b"content")
    assert steps[:2] == ["fsync", "replace"]


def test_writing_into_a_missing_folder_says_so(tmp_path):
    with pytest.raises(FileNotFoundError):
        write(tmp_path / "missing" / "a.npz", "autoencoder", {}, {})


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
@pytest.mark.parametrize(("umask", "expected"), [(0o022, 0o644), (0o027, 0o640), (0o077, 0o600)])
def test_a_new_file_respects_the_umask(umask, expected, tmp_path):
    before = os.umask(umask)
    try:
        write_bytes(tmp_path / "a", b"content")
        assert os.umask(umask) == umask
    finally:
        os.umask(before)
    assert mode(tmp_path / "a") == expected


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_an_old_file_keeps_its_mode(path):
    path.chmod(0o604)
    write(path, "autoencoder", DOCUMENT, ARRAYS)
    assert mode(path) == 0o604


def test_text_is_written_as_utf8(tmp_path):
    write_text(tmp_path / "page.html", "Grüße\n文字")
    assert (tmp_path / "page.html").read_bytes() == "Grüße\n文字".encode()


def test_bytes_are_written_as_they_are(tmp_path):
    for content in (b"", bytes(range(256)), memoryview(b"view")):
        write_bytes(str(tmp_path / "a"), content)
        assert (tmp_path / "a").read_bytes() == bytes(content)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
@pytest.mark.parametrize("link", [False, True])
def test_a_pipe_is_written_to_and_stays(link, tmp_path):
    pipe = place = tmp_path / "pipe"
    os.mkfifo(pipe)
    if link:
        (place := tmp_path / "link").symlink_to(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_bytes(place, b"content")
    assert os.read(reader, 100) == b"content" and pipe.is_fifo()
    assert {path.name for path in tmp_path.iterdir()} <= {"pipe", "link"}
    os.close(reader)
