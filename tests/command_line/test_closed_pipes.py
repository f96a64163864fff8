"""A reader that goes before the output has ended is noticed, however standard output is buffered."""

import io
import os
import sys
import threading

import pytest

from npae.command_line.written_tables import deliver

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX pipes")


@pytest.mark.parametrize("buffered", [True, False])
def test_a_reader_that_takes_one_byte_and_goes(buffered, monkeypatch):
    reader, writer = os.pipe()

    def take_one():
        os.read(reader, 1)
        os.close(reader)

    file = io.FileIO(writer, "w")
    stream = io.TextIOWrapper(io.BufferedWriter(file) if buffered else file, write_through=True)
    monkeypatch.setattr(sys, "stdout", stream)
    thread = threading.Thread(target=take_one)
    thread.start()
    with pytest.raises(BrokenPipeError):
        deliver({"a": list(range(100_000))}, "csv", None)
    thread.join()
    nowhere = os.open(os.devnull, os.O_WRONLY)  # for what the stream still holds
    os.dup2(nowhere, writer)
    os.close(nowhere)
    stream.close()


def test_a_table_comes_whole(capsys):
    deliver({"a": ["\u00e4" * 700, "b"] * 5}, "csv", None)
    assert capsys.readouterr().out == "a\n" + ("\u00e4" * 700 + "\nb\n") * 5
