"""Readers of data: IDX files, fonts, pictures, and what the command line takes, with small files of each kind."""

import functools
import gzip
import io

import numpy as np
from damaged_bytes import any_bytes, any_text, extreme
from damaged_files import Reader
from repaired_files import any_gzip, any_npy, any_png, any_zip

import npae
from npae.command_line.column_choice import Choice
from npae.command_line.csv_tables import CsvForm
from npae.command_line.data_sources import Reading, load_data

RNG = np.random.default_rng(0)
TABLE = RNG.normal(size=(5, 3)).round(3)
HEADER = 16  # bytes


def saved(save, *args, **options):
    buffer = io.BytesIO()
    save(buffer, *args, **options)
    return buffer.getvalue()


def idx(array, code):
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return bytes([0, 0, code, array.ndim]) + sizes + array.astype(array.dtype.newbyteorder(">")).tobytes()


@functools.cache
def idx_files():
    bytes_ = RNG.integers(0, 256, (3, 4, 2)).astype("u1")
    arrays = [(bytes_, 8), (bytes_[0].view("i1"), 9), (bytes_[:, 0].astype("i2"), 11), (bytes_[0].astype("i4"), 12)]
    return [idx(array, code) for array, code in [*arrays, (TABLE.astype("f4"), 13), (TABLE[0], 14), (bytes_[:0], 8)]]


def any_idx(content, rng):
    """Damage an IDX file, its header more often than the rest."""
    damage = rng.choice((any_bytes, extreme))
    if rng.random() < 0.5:
        return damage(content[:HEADER], rng) + content[HEADER:]
    return damage(content, rng)


def use_idx(path):
    array = npae.datasets.load_idx(path)
    assert array.dtype.isnative and array.nbytes <= 2000 + 1100 * path.stat().st_size


@functools.cache
def fonts():
    dots = "; a comment\n:A\n.#.\n#.#\n\n:space\n...\n...\n:\u00e9\n###\n#.#\n"
    letters = "".join(f":{name}\n" + "#...#\n.###.\n" * 3 + "\n" for name in "XYZ")
    return [dots.encode(), letters.encode(), dots.replace("\n", "\r\n").encode("utf-8-sig")]


def use_font(path):
    font = npae.datasets.load_font(path)
    assert font.images.shape == (len(font.labels), *font.shape) and len(repr(font)) > 0


@functools.cache
def pictures():
    from PIL import Image

    def png(array, mode=None, **options):
        image = Image.fromarray(array)
        return saved((image if mode is None else image.convert(mode)).save, "PNG", **options)

    grey, colour = RNG.integers(0, 256, (6, 5)).astype("u1"), RNG.integers(0, 256, (6, 5, 4)).astype("u1")
    exif = Image.Exif()
    exif[0x0112] = 6
    files = [png(grey), png(colour), png(colour[..., :3]), png(grey, "1"), png(grey.astype("u2") * 257)]
    files += [png(colour[..., :3], "P", transparency=3), saved(Image.fromarray(grey).save, "JPEG", exif=exif)]
    return [*files, saved(Image.fromarray(colour[..., :3]).save, "JPEG", progressive=True)]


def use_picture(path):
    found = npae.datasets.load_folder(path.parent)
    assert len(found) == 1 and found.pictures.min() >= 0 and found.pictures.max() <= 1


TEXT = "\n".join(",".join(map(str, row)) for row in TABLE.tolist())


@functools.cache
def tables():
    named = f"a,b,\u03b8\n{TEXT}\n"
    gaps = 'name;x;y\nfoo;1,5;NA\n"b;ar";-2,5e3;\n;n/a;7\n'
    small = "a,a,b\n1,true,\n2,FALSE,null\n3,true,3\n"
    return [
        named.encode(),
        TEXT.encode(),
        gaps.encode(),
        small.replace("\n", "\r\n").encode("utf-8-sig"),
        b"1\t2\n3\t4",
    ]


READINGS = [
    Reading(),
    Reading(form=CsvForm(decimal=",", na=("foo",)), choice=Choice(label="0")),
    Reading(form=CsvForm(decimal=","), choice=Choice(label="name")),
    Reading(choice=Choice(drop=("who",))),
    Reading(form=CsvForm(header=True), choice=Choice(drop=("a",))),
    Reading(choice=Choice(columns=("0", "1"))),
    Reading(array="data", choice=Choice(drop=("0",))),
    Reading(divide=255.0, rows=slice(1, None)),
]


def use_data(path):
    """Read a file as the command line does, in several ways; if none of them works, the last error counts."""
    last, found = None, 0
    for reading in READINGS:
        try:
            data = load_data(str(path), reading)
        except npae.FileError as error:
            last = error
            continue
        found += 1
        assert len(np.asarray(data.samples)) == len(data) and (data.labels is None or len(data.labels) == len(data))
    if not found:
        raise last


@functools.cache
def arrays():
    texts = np.array([["a", "bc"], ["", "\u00e9"]])
    shown = [TABLE, np.asfortranarray(TABLE), TABLE.astype("f4")[0], TABLE > 0, RNG.integers(0, 9, (2, 2, 3)), texts]
    return [saved(np.save, array) for array in shown]


@functools.cache
def archives():
    pair = {"data": TABLE, "columns": np.array(["a", "b", "\u03b8"])}
    return [saved(np.savez, TABLE), saved(np.savez, **pair), saved(np.savez_compressed, data=TABLE, other=TABLE[0])]


@functools.cache
def parquets():
    from npae.command_line.parquet_files import write_parquet

    columns = {"a": TABLE[:, 0], "b": TABLE[:, 1] > 0, "c": RNG.integers(0, 9, 5)}
    return [write_parquet(columns), write_parquet({"x": [1.5, None, 2.5], "who": ["a", "b", None]})]


def any_array(content, rng):
    return any_npy(content, rng) if rng.random() < 0.8 else any_bytes(content, rng)


TOLD = "has a first column without a name"  # of a table as pandas writes it
DATA = [
    Reader("idx", 0.12, idx_files, any_idx, use_idx, ".idx"),
    Reader(
        "idx.gz",
        0.07,
        lambda: [*map(gzip.compress, idx_files())],
        any_gzip(any_idx),
        use_idx,
        ".gz",
        deep="must h|code|dim",
    ),
    Reader("font", 0.08, fonts, any_text, use_font, ".txt"),
    Reader("picture", 0.05, pictures, any_png, use_picture, ".png"),
    Reader("csv", 0.06, tables, any_text, use_data, ".csv", told=TOLD),
    Reader("csv.gz", 0.02, lambda: [*map(gzip.compress, tables())], any_gzip(any_text), use_data, ".csv.gz", told=TOLD),
    Reader("npy", 0.04, arrays, any_array, use_data, ".npy", told=TOLD),
    Reader("npz", 0.03, archives, any_zip, use_data, ".npz", told=TOLD),
    Reader("parquet", 0.01, parquets, any_bytes, use_data, ".parquet", told=TOLD, spare=None),
]
