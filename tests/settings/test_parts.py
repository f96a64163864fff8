"""What a process leaves that is killed while it writes: the old file or the new one, and nothing that piles up."""

import os
import time

import pytest
from deaths import each_death
from filelock import lock_descriptor

from npae.settings import archive
from npae.settings.archive import write_text


def part(folder, age):
    """Return a temporary file of a process that was killed so many seconds ago."""
    path = folder / ".model.npz.abc.part"
    path.write_bytes(b"half")
    os.utime(path, (time.time() - age,) * 2)
    return path


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="the test kills copies of a process")
def test_whoever_dies_at_whatever_line_leaves_a_whole_file_and_what_the_next_one_removes(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "YOUNG", -1.0)
    path = tmp_path / "model.npz"
    write_text(path, "old")

    def go_on():
        assert path.read_text() in ("old", "new")
        write_text(path, "old")
        assert [*tmp_path.iterdir()] == [path]

    assert each_death(lambda: write_text(path, "new"), {archive.__file__}, go_on) > 15


def test_what_a_dead_process_left_is_removed_and_files_of_other_names_stay(tmp_path):
    dead, other = part(tmp_path, 3600), tmp_path / ".model.npz2.abc.part"
    other.write_bytes(b"half")
    write_text(tmp_path / "model.npz", "whole")
    assert not dead.exists() and other.exists()


def test_what_another_process_is_writing_stays(tmp_path):
    young = part(tmp_path, 5)
    write_text(tmp_path / "model.npz", "whole")
    assert young.exists()
    with open(part(tmp_path, 3600), "rb+") as slow:
        assert lock_descriptor(slow.fileno(), blocking=False)
        write_text(tmp_path / "model.npz", "whole")
        assert young.exists()


def test_a_file_system_without_locks_keeps_every_part(tmp_path, monkeypatch):
    def refusing(*arguments, **options):
        raise OSError(38, "no locks")

    dead = part(tmp_path, 3600)
    monkeypatch.setattr("filelock.lock_descriptor", refusing)
    write_text(tmp_path / "model.npz", "whole")
    assert dead.exists() and (tmp_path / "model.npz").read_text() == "whole"


def test_what_a_dead_process_left_before_the_clock_was_set_back_is_removed(tmp_path):
    """Its time lies in the future: it would be young for as long as the clock was wrong."""
    dead = part(tmp_path, -3600)
    write_text(tmp_path / "model.npz", "whole")
    assert not dead.exists()
