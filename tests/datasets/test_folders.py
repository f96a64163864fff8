"""A folder of pictures as arrays, with labels from its subfolders."""

import sys

import numpy as np
import pytest
from looped import in_one_test

import npae
from npae.datasets import Pictures, load_folder

Image = pytest.importorskip("PIL.Image")
RNG = np.random.default_rng(0)


def save(path, *shape, **options):
    """Write random bytes as a picture; return them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    values = RNG.integers(0, 256, shape, dtype=np.uint8)
    Image.fromarray(values).save(path, **options)
    return values


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "pets"


def test_labels_are_the_subfolders_and_numbers_lie_in_0_1(folder):
    values = [save(folder / name, 6, 4) for name in ("cats/1.png", "cats/2.PNG", "dogs/big/1.png", "loose.png")]
    pets = load_folder(str(folder))
    assert isinstance(pets, Pictures)
    assert repr(pets) == "Pictures('pets', 4 of 6 x 4 in grey)"
    assert pets.labels == ("cats", "cats", "dogs/big", "")
    assert pets.paths == tuple(folder / name for name in ("cats/1.png", "cats/2.PNG", "dogs/big/1.png", "loose.png"))
    np.testing.assert_array_equal(pets.pictures, np.stack(values) / np.float32(255))
    assert pets.pictures.dtype == np.float32 and len(pets) == 4


def test_colour_is_kept_unless_grey_is_wanted(folder):
    values = save(folder / "a.png", 6, 4, 3)
    save(folder / "b.png", 6, 4)
    np.testing.assert_array_equal(load_folder(folder).pictures[0], values / np.float32(255))
    assert load_folder(folder).pictures.shape == (2, 6, 4, 3)
    assert load_folder(folder, grey=True).pictures.shape == (2, 6, 4)
    assert repr(load_folder(folder)).endswith("in colour)")


@in_one_test("size", [(5, 3), [5, 3], (np.int64(5), 3)])
def test_pictures_are_resized(folder, size):
    save(folder / "a.jpg", 60, 40, 3)
    save(folder / "b.jpeg", 6, 4, 3)
    assert load_folder(folder, size).pictures.shape == (2, 5, 3, 3)
    assert load_folder(folder, 8).pictures.shape == (2, 8, 8, 3)
    assert load_folder(folder, 8).pictures.min() >= 0 and load_folder(folder, 8).pictures.max() <= 1


def test_every_kind_of_png_is_read(folder):
    folder.mkdir()
    Image.fromarray(np.full((2, 2), 65535, np.uint16)).save(folder / "deep.png")
    Image.new("RGBA", (2, 2), (255, 0, 0, 0)).save(folder / "clear.png")
    Image.new("P", (2, 2)).save(folder / "palette.png")
    Image.new("1", (2, 2), 1).save(folder / "bits.png")
    Image.new("LA", (2, 2), (0, 0)).save(folder / "pale.png")
    pictures = dict(zip(["bits", "clear", "deep", "pale", "palette"], load_folder(folder).pictures, strict=True))
    for name in ("bits", "clear", "deep", "pale"):
        np.testing.assert_array_equal(pictures[name], 1)
    np.testing.assert_array_equal(pictures["palette"], 0)


def test_a_photograph_is_turned_upright(folder):
    folder.mkdir()
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned by 90 degrees
    Image.new("RGB", (8, 4)).save(folder / "a.jpg", exif=exif)
    assert load_folder(folder).pictures.shape == (1, 8, 4, 3)


def test_hidden_and_other_files_are_left_out(folder):
    save(folder / "a.png", 2, 2)
    save(folder / ".thumbnails" / "a.png", 3, 3)
    (folder / "._a.png").write_bytes(b"of a Mac")
    (folder / "readme.txt").write_text("not a picture")
    assert load_folder(folder).labels == ("",)


def test_pictures_of_different_sizes_name_the_file_and_the_hint(folder):
    save(folder / "a.png", 6, 4)
    save(folder / "b.png", 6, 5)
    with pytest.raises(ValueError, match=r"b.png of 6 x 5, unlike .*a.png of 6 x 4\. Give size=\(6, 4\) to resize"):
        load_folder(folder)


def test_a_file_that_cannot_be_read_is_named(folder):
    save(folder / "a.png", 6, 4)
    content = (folder / "a.png").read_bytes()
    for broken in (b"", b"text", content[:40]):
        (folder / "b.png").write_bytes(broken)
        with pytest.raises(npae.FileError, match="b.png must be a picture, got a file that cannot be read"):
            load_folder(folder)


@in_one_test("size", [(5,), (5, 0), 0, "big", (1, 2, 3), 2.5])
def test_a_size_is_one_or_two_positive_integers(folder, size):
    save(folder / "a.png", 6, 4)
    with pytest.raises(ValueError, match="size must be "):
        load_folder(folder, size)


def test_a_folder_must_be_there_and_hold_pictures(folder):
    with pytest.raises(FileNotFoundError, match="path must be a folder of pictures, got .*does not exist"):
        load_folder(folder)
    save(folder / "a.png", 6, 4)
    with pytest.raises(NotADirectoryError, match="got the file .*a.png'. Give its folder"):
        load_folder(folder / "a.png")
    (folder / "a.png").unlink()
    with pytest.raises(npae.FileError, match=r"must hold pictures \(.png, .jpg, .jpeg\), got none"):
        load_folder(folder)
    with pytest.raises(TypeError, match="path must be the path of a"):
        load_folder(None)
    save(folder / "a.png", 6, 4)
    with pytest.raises(ValueError, match="grey must be True or False, got 'yes'"):
        load_folder(folder, grey="yes")


def test_without_pillow_the_error_says_what_to_install(folder, monkeypatch):
    save(folder / "a.png", 6, 4)
    monkeypatch.setitem(sys.modules, "PIL", None)  # importing it fails; test_imports.py sees that npae does not
    with pytest.raises(ImportError, match=r'Pillow must be installed to read pictures.*pip install "npae\[images\]"'):
        npae.datasets.load_folder(folder)


@pytest.mark.parametrize("channels", [(), (3,)])
def test_pictures_stand_wherever_samples_are_taken(folder, channels):
    for number in range(6):
        save(folder / f"{'ab'[number % 2]}/{number}.png", 6, 4, *channels)
    pets = load_folder(folder)
    ae = npae.Autoencoder([8, 2], epochs=3, random_state=0).fit(pets)
    assert ae.encode(pets).shape == (6, 2)
    assert ae.reconstruct(pets).shape == pets.pictures.shape
    assert np.isfinite(ae.score(pets))
    assert npae.Classifier([4], epochs=3).fit(pets, pets.labels).predict(pets).shape == (6,)
    npae.plots.latent_space(ae, pets)


def test_the_page_and_the_pictures_know_the_shape(folder):
    for number in range(6):
        save(folder / f"{number}.png", 6, 4)
    pets = load_folder(folder)
    ae = npae.Autoencoder([8, 2], epochs=3, random_state=0).fit(pets)
    npae.explorer.write(ae, folder / "page.html", pets)
    npae.plots.reconstructions(ae, pets)
