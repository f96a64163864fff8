"""The ```console blocks of the README and of all pages: commands run, and print what the page says.

Of a block, the commands that begin with `npae` or `python` run, page by page in a folder of its own; `...` in the
output matches anything. A page with a block after the comment `<!-- slow -->` runs with the slow tests, all of it.
"""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from looped import in_one_test

from npae.command_line.program import program

ROOT = Path(__file__).parents[2]
BUILT = {"_build", "gallery", "generated"}  # folders that the site's build writes
PAGES = [ROOT / "README.md", *sorted(p for p in (ROOT / "docs").rglob("*.md") if not BUILT & {*p.parts})]
BLOCK = re.compile(r"(<!-- slow -->\s*)?^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
RUN = ("npae", "python")


def blocks(text):
    """Return (whether it is slow, its commands) of each block; a command comes with the output after it."""
    return [(bool(slow), commands(block)) for slow, block in BLOCK.findall(text)]


def commands(block):
    """Return (command, output) for each line that begins with a dollar; a backslash continues a command."""
    found = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append([line[2:], ""])
        elif found and found[-1][0].endswith("\\"):
            found[-1][0] = found[-1][0][:-1] + line.strip()
        elif found:
            found[-1][1] += line + "\n"
    return [tuple(command) for command in found]


def has(text, slow):
    """Return whether a page has something to run, or something that is slow."""
    return any(command.split()[0] in RUN for is_slow, block in blocks(text) for command, _ in block if is_slow >= slow)


def matches(expected, got):
    """Return whether the output is the expected one; "..." stands for anything, and so do spaces beside it."""
    pattern = ".*".join(map(re.escape, re.split(r" *\.\.\. *", expected.rstrip("\n"))))
    return re.fullmatch(pattern, got.rstrip("\n"), re.DOTALL) is not None


def run(command, folder):
    """Return what a command writes, both streams together: npae in this process, all else in a shell."""
    words = shlex.split(command)
    if words[0] == "npae" and not set(words) & {"|", ">", "<", "&&", ";", "2>&1"} and "$" not in command:
        result = CliRunner().invoke(program, words[1:])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.output
    tools = folder / ".tools"
    tools.mkdir(exist_ok=True)
    for name, arguments in (("npae", "-m npae "), ("python", "")):
        (tools / name).write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {arguments}"$@"\n')
        (tools / name).chmod(0o755)
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": path}
    done = subprocess.run(
        command, shell=True, cwd=folder, env=environment, text=True, stdout=-1, stderr=subprocess.STDOUT, timeout=600
    )
    return done.stdout


def check(page, folder, monkeypatch):
    """Run the commands of a page, one after the other, and compare what they write."""
    monkeypatch.chdir(folder)
    for _, block in blocks(page.read_text(encoding="utf-8")):
        for command, expected in block:
            if command.split()[0] in RUN:
                got = run(command, folder)
                assert matches(expected, got), f"$ {command}\n{got}\nis not\n{expected}"


RUNNING = [page for page in PAGES if has(page.read_text(encoding="utf-8"), slow=False)]
SLOW = [page for page in RUNNING if has(page.read_text(encoding="utf-8"), slow=True)]


def name(page):
    return page.relative_to(ROOT).as_posix()


@pytest.mark.skipif(os.name == "nt", reason="the pages are written for a POSIX shell")
@pytest.mark.parametrize("page", [page for page in RUNNING if page not in SLOW], ids=name)
def test_commands_print_what_the_page_says(page, tmp_path, monkeypatch):
    check(page, tmp_path, monkeypatch)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="the pages are written for a POSIX shell")
@pytest.mark.parametrize("page", SLOW, ids=name)
def test_slow_commands_print_what_the_page_says(page, tmp_path, monkeypatch):
    check(page, tmp_path, monkeypatch)


def test_the_reader_of_blocks_finds_commands_and_outputs():
    text = "```console\n$ npae a \\\n    b\nx ... y\n$ ls\n```\n\n<!-- slow -->\n```console\n$ python -c 1\n```\n"
    assert blocks(text) == [(False, [("npae a b", "x ... y\n"), ("ls", "")]), (True, [("python -c 1", "")])]
    assert has(text, slow=True) and has(text, slow=False)


@in_one_test(
    ("expected", "got", "same"),
    [("a ... c\n", "a b\nc", True), ("a ... c", "a b d", False), ("", "", True), ("a.c", "abc", False)],
)
def test_three_dots_match_anything(expected, got, same):
    assert matches(expected, got) is same
