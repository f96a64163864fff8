"""IDX files: every element type is read correctly, and bad files are refused before they take memory."""

import gzip
import tracemalloc

import numpy as np
import pytest
from idx_files import CODES, idx
from looped import in_one_test

from npae import FileError
from npae.datasets import load_idx


@pytest.fixture
def written(tmp_path):
    """A function that writes bytes to a file and returns its path."""

    def write(content, name="data-idx"):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


@in_one_test("packed", [False, True], ids=["raw", "gzip"])
@in_one_test("dtype", CODES)
def test_every_type_comes_back_in_the_byte_order_of_the_machine(written, dtype, packed):
    array = (np.random.default_rng(0).normal(size=(3, 4, 5)) * 100).astype(dtype)
    content = idx(array)
    read = load_idx(written(gzip.compress(content) if packed else content))
    np.testing.assert_array_equal(read, array)
    assert read.dtype == np.dtype(dtype) and read.dtype.isnative and read.flags.writeable


def test_numbers_written_by_hand_are_read_as_the_format_defines(written):
    content = bytes([0, 0, 0x0C, 1, 0, 0, 0, 2, 0, 0, 1, 2, 255, 255, 255, 254])
    assert load_idx(written(content)).tolist() == [258, -2]
    assert load_idx(written(bytes([0, 0, 0x0D, 1, 0, 0, 0, 1, 0x40, 0x49, 0x0F, 0xDB]))).tolist() == [np.float32(np.pi)]


@pytest.mark.parametrize("shape", [(7,), (0,), (0, 28, 28), (1, 1, 1, 6), (2, 0)], ids=str)
def test_any_number_of_dimensions_and_sizes_of_0_are_read(written, shape):
    array = np.arange(np.prod(shape), dtype="u1").reshape(shape)
    np.testing.assert_array_equal(load_idx(written(idx(array))), array)


def test_a_compressed_file_needs_no_ending_and_a_path_may_be_a_string(written):
    path = written(gzip.compress(idx(np.arange(3, dtype="i2"))), "plain")
    assert load_idx(str(path)).tolist() == [0, 1, 2]


@in_one_test(
    ("content", "message"),
    [
        (b"", "must begin with the magic number of an IDX file, 00 00 type dimensions, got an empty file"),
        (b"\0\0\x08", "must begin with the magic number .* got 00 00 08"),
        (b"\x89PNG\r\n", "must begin with the magic number .* got 89 50 4e 47"),
        (b"\0\x01\x08\x01", "must begin with the magic number .* got 00 01 08 01"),
        (b"\0\0\x0a\x01\0\0\0\0", "must have a type code among 08, 09, 0b, 0c, 0d, 0e, got 0a"),
        (b"\0\0\x08\0", "must have 1 to 32 dimensions, got 0"),
        (b"\0\0\x08\x21" + 33 * b"\0\0\0\x01" + b"\0", "must have 1 to 32 dimensions, got 33"),
        (b"\0\0\x08\x02\0\0\0\x01\0", "must name 2 sizes in 8 bytes, got 5 bytes"),
        (
            idx(np.zeros((2, 3), "i4"))[:-1],
            r"must hold 24 bytes of numbers, as its sizes \(2, 3\) say, got 23. Is it c",
        ),
        (idx(np.zeros((2, 3), "u1")) + b"\0", "must hold 6 bytes of numbers.* got more"),
        (idx(np.zeros(0), shape=8 * (2**32 - 1,)), "must have sizes that make an array, got"),
        (idx(np.zeros(0), shape=(0, *7 * (2**32 - 1,))), "must have sizes that make an array, got"),
    ],
    ids=[
        "empty",
        "3 bytes",
        "png",
        "magic",
        "type",
        "no sizes",
        "33 sizes",
        "header",
        "short",
        "long",
        "huge",
        "0 huge",
    ],
)
@in_one_test("packed", [False, True], ids=["raw", "gzip"])
def test_a_file_that_is_not_what_it_should_be_is_refused(written, content, message, packed):
    path = written(gzip.compress(content) if packed else content)
    with pytest.raises(FileError, match=f"data-idx {message}"):
        load_idx(path)


@pytest.mark.parametrize("packed", [False, True], ids=["raw", "gzip"])
def test_a_size_in_a_header_takes_no_memory(written, packed):
    """The header says four thousand million numbers; the file has three."""
    content = idx(np.zeros(3, "u1"), shape=(2**16, 2**16))
    path = written(gzip.compress(content) if packed else content)
    tracemalloc.start()
    with pytest.raises(FileError, match="must hold 4,294,967,296 bytes of numbers.* got 3"):
        load_idx(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**23


def test_bytes_beyond_the_size_in_the_header_are_not_decompressed(written):
    """Thirty million zeros compress to thirty thousand bytes."""
    path = written(gzip.compress(idx(np.zeros(3, "u1")) + bytes(3 * 10**7)))
    tracemalloc.start()
    with pytest.raises(FileError, match="must hold 3 bytes of numbers.* got more"):
        load_idx(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**23


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (idx(np.zeros(3, "u1")), "Not a gzipped file"),
        (b"", "begin with the magic number .* got an empty file"),
        (gzip.compress(idx(np.arange(200, dtype="f8")))[:-20], "ended before"),
        (gzip.compress(b"")[:10] + b"\xff" * 30, "cannot be decompressed"),
        (gzip.compress(idx(np.zeros(3, "u1")))[:-8] + bytes(8), "CRC check failed"),
    ],
    ids=["raw", "empty", "short", "rubbish", "checksum"],
)
def test_a_gzip_that_is_not_one_is_refused(written, content, message):
    with pytest.raises(FileError, match=rf"data\.gz must .*{message}"):
        load_idx(written(content, "data.gz"))


def test_a_folder_and_a_missing_file_are_refused(tmp_path):
    with pytest.raises(FileError, match="must be an IDX file, got a folder"):
        load_idx(tmp_path)
    with pytest.raises(FileNotFoundError, match="missing"):
        load_idx(tmp_path / "missing")
