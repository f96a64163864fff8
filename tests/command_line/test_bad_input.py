"""Whatever a user gets wrong ends with one line on standard error, an exit code, and nothing half-written."""

import concurrent.futures
import os
import time
import warnings
import zipfile

import numpy as np
import pytest
from csv_files import NAMES, write_csv
from looped import in_one_test

import npae
from npae.command_line import train_model
from npae.command_line.program import program

READERS = [  # commands that read DATA; {data} stands for it
    ["train", "{data}", "--out", "out.npz"],
    ["encode", "model.npz", "{data}", "--out", "out.csv"],
    ["reconstruct", "model.npz", "{data}", "--out", "out.csv"],
    ["decode", "model.npz", "{data}", "--out", "out.csv"],
    ["score", "model.npz", "{data}", "--out", "out.csv"],
    ["explore", "{data}", "--out", "out.html"],
    ["explore", "model.npz", "{data}", "--out", "out.html"],
]
LOADERS = [  # commands that read a model
    ["encode", "{model}", "mydata.csv"],
    ["reconstruct", "{model}", "mydata.csv"],
    ["decode", "{model}", "mydata.csv"],
    ["score", "{model}", "mydata.csv"],
    ["explore", "{model}", "mydata.csv", "--out", "out.html"],
    ["info", "{model}"],
]
WRITERS = [  # commands that write a file
    ["train", "mydata.csv", "--out", "{out}"],
    ["encode", "model.npz", "mydata.csv", "--out", "{out}"],
    ["decode", "model.npz", "mydata.csv", "--columns", "temp,load", "--out", "{out}"],
    ["reconstruct", "model.npz", "mydata.csv", "--out", "{out}"],
    ["score", "model.npz", "mydata.csv", "--out", "{out}"],
    ["explore", "mydata.csv", "--out", "{out}"],
]


def named(command):
    return " ".join(word for word in command if not word.startswith("-") and "out" not in word)


def filled(command, **words):
    return [part.format(**words) for part in command]


@in_one_test("command", READERS, ids=named)
def test_a_missing_file(command, refused, model):
    assert refused(*filled(command, data="nope.csv")).endswith("nope.csv: No such file or directory")


@in_one_test("command", READERS, ids=named)
def test_a_folder_without_pictures(command, refused, model, folder):
    (folder / "folder").mkdir(exist_ok=True)
    assert "folder must hold pictures (.png, .jpg, .jpeg), got none" in refused(*filled(command, data="folder"))


@pytest.mark.parametrize("command", [READERS[0], READERS[5]], ids=named)
def test_columns_of_text_are_named(command, refused, model, folder):
    line = refused(*filled(command, data="named.csv"))
    assert "named.csv must hold numbers, got text in columns 'name', 'site' (line 2: 'r0')" in line
    assert line.endswith("--drop name,site")
    assert not list(folder.glob("*out*"))


@in_one_test("command", READERS, ids=named)
def test_bytes_that_are_no_data(command, refused, model, folder):
    (folder / "bytes.csv").write_bytes(bytes(range(128, 256)))
    assert "must be text in UTF-8" in refused(*filled(command, data="bytes.csv"))


@in_one_test("command", READERS, ids=named)
def test_a_model_in_place_of_data(command, refused, model):
    data = filled(command, data="model.npz")
    if data[:2] == ["explore", "model.npz"] and len(data) == 4:
        pytest.skip("explore MODEL is a command")
    assert "must hold data, got a file that npae saved" in refused(*data)


@in_one_test("command", LOADERS, ids=named)
@in_one_test(
    ("name", "message"),
    [("nope.npz", "No such file"), ("folder", "Is a directory"), ("mydata.csv", "must be a file that npae saved")],
)
def test_no_model(command, name, message, refused, folder):
    (folder / "folder").mkdir(exist_ok=True)
    assert message in refused(*filled(command, model=name))


@in_one_test("command", LOADERS[:-1], ids=named)
def test_a_model_of_another_kind(command, refused, folder, X):
    npae.Classifier([2], epochs=1).fit(X, np.arange(60) % 2).save("classifier.npz")
    assert "must hold an autoencoder or a detector, got a Classifier" in refused(
        *filled(command, model="classifier.npz")
    )


@in_one_test("command", LOADERS[:-1], ids=named)
def test_a_checkpoint_in_place_of_a_model(command, refused, folder, X):
    npae.Autoencoder([2], epochs=1, callbacks=[npae.Checkpoint("run.npz")]).fit(X)
    assert "got an npae checkpoint" in refused(*filled(command, model="run.npz"))


@in_one_test("command", [*READERS[1:3], READERS[4], READERS[6]], ids=named)
@in_one_test(
    ("columns", "message"),
    [
        ([*NAMES[:4], "ohms"], "but lacks 'amps', and has 'ohms' instead."),
        ([*NAMES[:4]], "but lacks 'amps'."),
    ],
    ids=["renamed", "missing"],
)
def test_other_columns_are_refused_by_name(command, columns, message, refused, model, folder):
    write_csv(folder / "other.csv", np.ones((3, len(columns))), columns)
    assert refused(*filled(command, data="other.csv")).endswith(message)
    assert not list(folder.glob("*out*"))


@in_one_test("command", [*READERS[1:3], READERS[4]], ids=named)
def test_another_number_of_columns(command, refused, folder, X):
    npae.Autoencoder([2], epochs=1).fit(X).save("model.npz")
    np.save("narrow.npy", X[:, :4])
    line = refused(*filled(command, data="narrow.npy"))
    assert line.endswith("DATA has 4 features, but Autoencoder is expecting 5 features as input.")


@pytest.mark.fast_cases(6)
@pytest.mark.parametrize("command", WRITERS, ids=named)
@pytest.mark.parametrize(
    ("out", "message"),
    [("taken.csv", "must be the path of a file, got the folder"), ("nowhere/x.csv", "in a folder that can be written")],
)
def test_an_unwritable_target_is_refused_first(command, out, message, refused, model, folder, monkeypatch):
    (folder / "taken.csv").mkdir()
    monkeypatch.setattr(npae.Autoencoder, "fit", None)  # nothing is computed
    assert message in refused(*filled(command, out=out))


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission(refused, folder):
    (folder / "locked").mkdir(mode=0o500)
    assert "Permission denied" in refused("train", "mydata.csv", "--out", "locked/m.npz")


@in_one_test("command", WRITERS[1:5], ids=named)
def test_a_kind_of_file_that_is_not_known(command, refused, model):
    assert "--out must end with .csv, .tsv" in refused(*filled(command, out="x.doc"), code=2)


@pytest.mark.fast_cases(2)
@pytest.mark.parametrize("command", WRITERS, ids=named)
def test_an_old_file_stays_if_the_disk_is_full(command, refused, model, folder, monkeypatch):
    out = folder / "old.csv"
    out.write_text("old")

    def full(*_):
        raise OSError(28, "No space left on device", "old.csv")

    monkeypatch.setattr(os, "replace", full)
    assert "No space left on device" in refused(*filled(command, out="old.csv"))
    assert out.read_text() == "old" and not list(folder.glob(".old*"))


def test_ctrl_c_in_training_writes_no_model(npae_, folder, monkeypatch):
    def begin(self, training, memory):
        raise KeyboardInterrupt

    fit = npae.Autoencoder.fit

    def interrupted(self, *args, **options):
        model = fit(self, *args, **options)
        model.stop_reason_ = "interrupted"
        return model

    monkeypatch.setattr(npae.Autoencoder, "fit", interrupted)
    result = npae_("train", "mydata.csv", "--out", "m.npz")
    assert (result.exit_code, result.stdout) == (130, "")
    assert result.stderr.startswith("npae train: interrupted after epoch ") and result.stderr.count("\n") == 1
    assert not (folder / "m.npz").exists()
    result = npae_("train", "mydata.csv", "--checkpoint", "run.npz", "--out", "m.npz")
    assert result.stderr.endswith("The same command goes on from run.npz.\n")


@pytest.mark.parametrize("command", [["encode", "model.npz", "mydata.csv"], ["info", "model.npz"]], ids=named)
def test_ctrl_c_anywhere_is_one_line(command, npae_, model, monkeypatch):
    def pressed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("npae.command_line.model_files.load", pressed)
    monkeypatch.setattr("npae.command_line.describe_file.load", pressed)
    result = npae_(*command)
    assert (result.exit_code, result.stdout, result.stderr) == (130, "", f"npae {command[0]}: interrupted\n")


def test_a_closed_pipe_is_quiet(npae_, model, monkeypatch):
    def closed(*_, **__):
        raise BrokenPipeError

    monkeypatch.setattr("npae.command_line.error_lines._close_standard_output", lambda: None)
    monkeypatch.setattr("npae.command_line.written_tables.click.echo", closed)
    result = npae_("encode", "model.npz", "mydata.csv")
    assert (result.exit_code, result.output) == (141, "")


def test_a_bug_is_one_line_too(npae_, model, monkeypatch):
    def broken(*_):
        raise KeyError("oops")

    monkeypatch.setattr("npae.command_line.model_files.load", broken)
    result = npae_("encode", "model.npz", "mydata.csv")
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert "this is an error in npae, KeyError: 'oops'" in result.stderr


@in_one_test("place", [0, 1, 3])
def test_debug_shows_the_traceback_wherever_it_stands(place, npae_, folder):
    args = ["train", "nope.csv", "--out", "m.npz"]
    args.insert(place, "--debug")
    result = npae_(*args)
    assert result.exit_code == 1
    assert "Traceback (most recent call last)" in result.stderr
    assert result.stderr.endswith("npae train: nope.csv: No such file or directory\n")


@pytest.mark.parametrize(("args", "message"), [(["trian"], "No such command 'trian'"), (["train"], "Missing argument")])
def test_wrong_usage(args, message, refused):
    assert message in refused(*args, code=2)


@in_one_test("option", [["--epochs", "3"], ["--encoder", "2"], ["--set", "epochs=3"], ["--seed", "0"]])
@in_one_test("data", [[], ["mydata.csv"]])
def test_a_page_of_a_model_takes_no_options_of_training(option, data, refused, model):
    line = refused("explore", "model.npz", *data, *option, "--out", "page.html", code=2)
    assert f"{option[0]} must come without MODEL, which is trained already." in line


def test_a_threshold_is_a_number(refused, model):
    assert "--threshold must be a number" in refused("score", "model.npz", "mydata.csv", "--threshold", "nan", code=2)


def test_a_closed_standard_input_is_said_to_be(refused, model, monkeypatch):
    from npae.command_line import data_sources

    monkeypatch.setattr(data_sources, "sys", type("sys", (), {"stdin": None}))
    assert "standard input must be open" in refused("encode", "model.npz", "-")


@pytest.mark.parametrize("name", ["sheet.xlsx", "data.npz"])
def test_a_zip_file_without_arrays_is_said_to_be_one(name, refused, model, folder):
    with zipfile.ZipFile(folder / name, "w") as archive:
        archive.writestr("xl/workbook.xml", "<x/>")
    assert "must be an .npz file of arrays, got a zip file of others" in refused("encode", "model.npz", name)


def test_an_archive_of_objects_is_refused(refused, model):
    np.savez("objects.npz", np.array([{}, None], dtype=object))
    assert "must be a whole .npz file of numbers" in refused("encode", "model.npz", "objects.npz")


def test_a_warning_for_users_is_shown_whatever_its_category(npae_, folder, monkeypatch):
    fit = train_model.fit_quietly

    def warning(*args):
        warnings.warn("soon otherwise", FutureWarning, stacklevel=1)
        fit(*args)

    monkeypatch.setattr(train_model, "fit_quietly", warning)
    told = npae_("train", "mydata.csv", "--out", "m.npz").stderr
    assert told == "npae train: warning: soon otherwise\n"


def test_warnings_for_developers_are_left_out(ok, folder, monkeypatch):

    fit = train_model.fit_quietly

    def warning(*args):
        warnings.warn("old", DeprecationWarning, stacklevel=1)
        fit(*args)

    monkeypatch.setattr(train_model, "fit_quietly", warning)
    ok("train", "mydata.csv", "--out", "m.npz")


def test_the_command_always_ends_the_process(folder):
    with pytest.raises(SystemExit) as end:
        program(["info", "nope.npz"])
    assert end.value.code == 1


@pytest.mark.fast_cases(2)
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
@pytest.mark.parametrize("command", WRITERS, ids=named)
def test_a_pipe_as_target_is_written_to_and_stays(command, npae_, model, folder):
    os.mkfifo(folder / "pipe.csv")
    reader = os.open(folder / "pipe.csv", os.O_RDONLY | os.O_NONBLOCK)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        content = pool.submit(read_to_the_end, reader)
        result = npae_(
            *filled(command, out="pipe.csv"), "--quiet" if command[0] in ("train", "explore") else "--rows=:"
        )
        assert result.exit_code == 0, result.stderr
        assert len(content.result(timeout=20)) > 100 and (folder / "pipe.csv").is_fifo()


def read_to_the_end(handle):
    """Return what comes through a pipe once somebody has written to it."""
    os.set_blocking(handle, False)
    found, began = b"", time.monotonic()
    while time.monotonic() - began < 20:
        try:
            part = os.read(handle, 1 << 20)
        except BlockingIOError:
            part = None
        if part == b"" and found:
            return found
        found += part or b""
        time.sleep(0.001)
    return found
