import argparse
import json

import numpy as np
import pytest
from looped import in_one_test

import npae
from experiments.shared.command_line import count, one_message, script_parser, sizes, writable_folder
from experiments.shared.letters import load_fonts
from experiments.shared.results import save_results, table, written


@in_one_test("error", [ValueError("no"), OSError("no"), ImportError("no"), npae.TrainingDiverged("no")])
def test_an_error_that_a_user_can_cause_ends_with_one_message(error):
    with pytest.raises(SystemExit, match="^script: no$"), one_message("script"):
        raise error


@pytest.mark.parametrize(("text", "message"), [("", "^interrupted$"), ("stopped; run it again", "^stopped; run it")])
def test_ctrl_c_ends_with_its_message(text, message):
    with pytest.raises(SystemExit, match=message), one_message("script"):
        raise KeyboardInterrupt(text)


def test_an_error_of_the_program_keeps_its_traceback():
    with pytest.raises(AttributeError), one_message("script"):
        raise AttributeError


@pytest.mark.parametrize(("read", "text", "value"), [(count, "3", 3), (sizes, "35-2,35", [35, 2, 35])])
def test_arguments_are_read(read, text, value):
    assert read(text) == value


@in_one_test(
    ("read", "text", "message"),
    [
        (count, "0", "must be an integer of at least 1, got '0'"),
        (count, "-1", "must be an integer of at least 1, got '-1'"),
        (count, "1.5", "must be an integer of at least 1, got '1.5'"),
        (sizes, "35-x", "must be an integer of at least 1, got 'x'"),
    ],
)
def test_arguments_out_of_range_are_refused(read, text, message):
    with pytest.raises(argparse.ArgumentTypeError, match=message):
        read(text)


def test_every_script_has_a_folder_of_its_own_and_a_quick_run(tmp_path):
    args = script_parser("What?", "mine").parse_args([])
    assert (args.out.as_posix(), args.quick) == ("out/mine", False)


def test_a_folder_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "taken").write_text("")
    assert writable_folder(tmp_path / "a" / "b").is_dir()
    with pytest.raises(SystemExit, match="--out must be a folder that can be written to, got .*taken"):
        writable_folder(tmp_path / "taken")


def test_results_are_json(tmp_path):
    save_results(tmp_path, {"a": [1, None]})
    assert json.loads((tmp_path / "results.json").read_text()) == {"a": [1, None]}


def test_columns_of_a_table_are_aligned():
    lines = [["", "error"], ["base", "1"], ["wide network", "12"]]
    assert table(lines) == "              error\nbase              1\nwide network     12"
    assert table(lines, left=2) == "              error\nbase          1\nwide network  12"


def test_a_number_that_is_none_is_a_dash():
    assert [written(value, ".1f") for value in (1.25, None, np.inf, np.nan)] == ["1.2", "-", "-", "-"]


def test_fonts_are_known_by_name():
    assert [font.name for font in load_fonts("all")] == list(npae.datasets.FONTS)
    (joint,) = load_fonts("joint")
    assert (joint.name, len(joint)) == ("joint", 96)
    assert [font.name for font in load_fonts("symbols")] == ["symbols"]
