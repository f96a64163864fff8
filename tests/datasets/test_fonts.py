"""Fonts: the 96 built-in glyphs are as they should be, and a user's file is read or refused with a clear message."""

import codecs
import os
from pathlib import Path

import numpy as np
import pytest
from looped import in_one_test

from npae.datasets import Font, fonts, load_font

FIRST_CODE = {"symbols": 0x20, "capitals": 0x40, "lowercase": 0x60}
NAMED = {" ": "space", "\x7f": "block"}

PINNED = {
    ("capitals", "A"): ".###. #...# #...# #...# ##### #...# #...#",
    ("capitals", "O"): ".###. #...# #...# #...# #...# #...# .###.",
    ("capitals", "\\"): "..... #.... .#... ..#.. ...#. ....# .....",
    ("symbols", "space"): "..... ..... ..... ..... ..... ..... .....",
    ("symbols", "#"): ".#.#. .#.#. ##### .#.#. ##### .#.#. .#.#.",
    ("symbols", "0"): ".###. #...# #..## #.#.# ##..# #...# .###.",
    ("symbols", ":"): "..... .##.. .##.. ..... .##.. .##.. .....",
    ("symbols", ";"): "..... .##.. .##.. ..... .##.. ..#.. .#...",
    ("lowercase", "g"): "..... ..... .#### #...# .#### ....# .###.",
    ("lowercase", "~"): "..... ..... .#... #.#.# ...#. ..... .....",
    ("lowercase", "block"): "##### ##### ##### ##### ##### ##### #####",
}

HAND_WRITTEN = """\
; two arrows of 3 x 4

:up
.##.
####
.##.

:sharp corner
...#
..##
.###
"""

MALFORMED = {
    "row before the first header": ("###\n:A\n###\n", 1, r"row must follow a header .*, got '###'"),
    "row after a blank line": (":A\n#.#\n\n###\n", 4, r"row must follow a header .*, got '###'"),
    "short row": ("; note\n\n:A\n#.#\n##\n", 5, "row must be 3 pixels wide like the first, got 2"),
    "wide glyph": (":A\n#.#\n\n:B\n#.##\n", 5, "row must be 3 pixels wide like the first, got 4"),
    "foreign character": (":A\n#.#\n#o#\n", 3, "pixel must be '.' or '#', got 'o'"),
    "indented row": (":A\n  #.#\n", 2, "pixel must be '.' or '#', got ' '"),
    "header without rows": (":A\n:B\n#\n", 1, "glyph 'A' must be followed by rows .*, got none"),
    "header then blank line": (":A\n#\n\n:B\n\n", 4, "glyph 'B' must be followed by rows .*, got none"),
    "low glyph": (":A\n#\n#\n\n:B\n#\n", 5, "glyph 'B' must be 2 rows high like the first, got 1"),
    "high glyph": (":A\n#\n\n:B\n#\n#\n", 4, "glyph 'B' must be 1 rows high like the first, got 2"),
    "empty label": (":A\n#\n\n:  \n.\n", 4, "label must be text after the ':', got none"),
    "duplicate label": (":A\n#\n\n:A\n.\n", 4, "label must be unique in its file, got 'A' again"),
    "empty file": ("", 1, "font must be one glyph or more, got none"),
    "comments only": ("; nothing\n\n", 1, "font must be one glyph or more, got none"),
}


@pytest.fixture
def font_file(tmp_path):
    """A function that writes a font file and returns its path."""

    def write(text):
        path = tmp_path / "mine.txt"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def drawing(image):
    """One image (H, W) as its rows of '.' and '#'."""
    return ["".join("#" if pixel else "." for pixel in row) for row in image]


@in_one_test("name", FIRST_CODE)
def test_built_in_font_has_32_glyphs_of_7_by_5_binary_pixels(name):
    font = load_font(name)
    assert (font.name, len(font), font.shape) == (name, 32, (7, 5))
    assert font.pixels.shape == (32, 35) and font.pixels.dtype == np.float64
    assert set(np.unique(font.pixels)) == {0.0, 1.0}


@in_one_test("name", FIRST_CODE)
def test_labels_are_the_characters_of_consecutive_codes(name):
    characters = map(chr, range(FIRST_CODE[name], FIRST_CODE[name] + 32))
    assert load_font(name).labels == tuple(NAMED.get(character, character) for character in characters)


def test_all_96_glyphs_are_distinct():
    everything = load_font("symbols") + load_font("capitals") + load_font("lowercase")
    assert len(np.unique(everything.pixels, axis=0)) == 96


@in_one_test("name, label", PINNED)
def test_glyph_looks_as_drawn_here(name, label):
    (image,) = load_font(name).select([label]).images
    assert drawing(image) == PINNED[name, label].split()


@in_one_test("label", "acegmnopqrsuvwxyz")
def test_lowercase_letter_without_ascender_leaves_the_top_two_rows_empty(label):
    (image,) = load_font("lowercase").select(label).images
    assert not image[:2].any() and image[2:].any(axis=1).all()


def test_user_file_of_another_size_comes_back_as_drawn(font_file):
    font = load_font(font_file(HAND_WRITTEN))
    assert (font.name, font.labels, font.shape) == ("mine", ("up", "sharp corner"), (3, 4))
    up, corner = font.images
    assert drawing(up) == [".##.", "####", ".##."]
    assert drawing(corner) == ["...#", "..##", ".###"]
    np.testing.assert_array_equal(font.pixels[1], [0, 0, 0, 1, 0, 0, 1, 1, 0, 1, 1, 1])


@pytest.mark.parametrize("name", FIRST_CODE)
def test_font_written_by_hand_again_loads_as_the_same_font(name, font_file):
    font = load_font(name)
    glyphs = [[f":{label}", *drawing(image)] for label, image in zip(font.labels, font.images, strict=True)]
    again = load_font(font_file("\n".join(line for glyph in glyphs for line in glyph)))
    assert again.labels == font.labels
    np.testing.assert_array_equal(again.pixels, font.pixels)


@in_one_test(
    "variant",
    [
        HAND_WRITTEN.replace("\n", "\r\n").encode(),
        codecs.BOM_UTF8 + HAND_WRITTEN.encode(),
        HAND_WRITTEN.replace("\n", "  \n").encode(),
        HAND_WRITTEN.replace("\n\n", "\n").encode(),
        HAND_WRITTEN.replace(":up", "; points north\n: up").encode(),
        HAND_WRITTEN.rstrip().encode(),
    ],
    ids=["CRLF", "BOM", "trailing blanks", "no blank lines", "more comments", "no final newline"],
)
def test_harmless_variant_of_a_file_gives_the_same_font(variant, font_file):
    plain = load_font(font_file(HAND_WRITTEN))
    font = load_font(font_file(variant))
    assert font.labels == plain.labels
    np.testing.assert_array_equal(font.pixels, plain.pixels)


def test_path_may_be_a_string_and_a_label_any_unicode_text(font_file):
    assert load_font(str(font_file(":é\n#\n"))).labels == ("é",)


def test_file_without_suffix_is_found_and_built_in_name_wins_over_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("letters", "capitals"):
        Path(name).write_text(":A\n#\n", encoding="utf-8")
    assert len(load_font("letters")) == 1
    assert len(load_font("capitals")) == 32
    assert len(load_font(Path("capitals"))) == 1


def test_installed_package_reads_the_glyphs_beside_the_module(tmp_path, monkeypatch):
    (tmp_path / "glyphs").mkdir()
    (tmp_path / "glyphs" / "capitals.txt").write_text(":A\n#\n", encoding="utf-8")
    monkeypatch.setattr(fonts, "__file__", str(tmp_path / "fonts.py"))
    assert load_font("capitals").labels == ("A",)


@in_one_test("text, line, reason", MALFORMED.values(), ids=MALFORMED)
def test_malformed_file_is_refused_with_its_line(text, line, reason, font_file):
    with pytest.raises(ValueError, match=rf"mine\.txt, line {line}: {reason}"):
        load_font(font_file(text))


def test_message_about_a_malformed_file_starts_with_its_path(font_file):
    path = font_file(":A\n")
    with pytest.raises(ValueError, match="must be followed") as caught:
        load_font(path)
    assert str(caught.value).startswith(f"{path}, line 1: ")


def test_text_that_is_not_utf8_is_refused_with_its_line(font_file):
    with pytest.raises(ValueError, match=r"mine\.txt, line 3: text must be UTF-8, got the byte 0xE9"):
        load_font(font_file(":A\n#\n:\xe9\n#\n".encode("latin-1")))


@in_one_test("name", ["capital", "", "CAPITALS"])
def test_the_message_for_an_unknown_name_lists_the_fonts_and_mentions_paths(name):
    known = "capitals, symbols, lowercase"
    with pytest.raises(ValueError, match=f"font must be one of {known}, got '{name}'.*path of a font"):
        load_font(name)


@in_one_test("name", ["missing.txt", os.path.join("missing", "font"), Path("missing")], ids=str)
def test_missing_path_is_a_missing_file(name):
    with pytest.raises(FileNotFoundError, match="font must be an existing file or one of .*, got .*missing"):
        load_font(name)


def test_folder_is_refused(tmp_path):
    with pytest.raises(ValueError, match="font must be a file, got the folder"):
        load_font(tmp_path)


@in_one_test("name", [3, None, ["capitals"], b"capitals"], ids=repr)
def test_name_that_is_neither_text_nor_path_is_refused(name):
    with pytest.raises(TypeError, match="name must be one of capitals, .* or the path of a font file, got"):
        load_font(name)


def test_select_keeps_the_order_asked_for():
    capitals = load_font("capitals")
    chosen = capitals.select(["C", "A", "C"])
    assert chosen.labels == ("C", "A", "C") and chosen.shape == (7, 5)
    np.testing.assert_array_equal(chosen.pixels, capitals.pixels[[3, 1, 3]])


def test_select_of_nothing_is_an_empty_font():
    nothing = load_font("capitals").select([])
    assert len(nothing) == 0 and nothing.images.shape == (0, 7, 5)


def test_select_names_the_unknown_label_and_lists_the_known():
    with pytest.raises(ValueError, match="label must be one of A B C, got 'a'"):
        load_font("capitals").select("ABC").select("Aa")


def test_sum_of_fonts_has_the_glyphs_of_both_in_order():
    symbols, capitals = load_font("symbols"), load_font("capitals")
    both = symbols + capitals
    assert (both.name, both.shape) == ("symbols+capitals", (7, 5))
    assert both.labels == symbols.labels + capitals.labels
    np.testing.assert_array_equal(both.pixels, np.vstack([symbols.pixels, capitals.pixels]))


def test_sum_of_fonts_of_different_glyph_shapes_is_refused(font_file):
    with pytest.raises(ValueError, match=r"glyph shape must be \(7, 5\) to join 'capitals', got \(3, 4\)"):
        load_font("capitals") + load_font(font_file(HAND_WRITTEN))


def test_sum_of_a_font_and_anything_else_is_refused():
    with pytest.raises(TypeError, match="unsupported operand"):
        load_font("capitals") + "A"


def test_repr_is_short_and_names_the_shape():
    font = Font("tiny", np.zeros((2, 6)), ("a", "b"), (3, 2))
    assert repr(font) == "Font('tiny', 2 glyphs of 3 x 2)"
    assert repr(load_font("capitals")) == "Font('capitals', 32 glyphs of 7 x 5)"
