"""Help shows examples, and each of them works."""

import re
import shlex
import shutil

import pytest
from csv_files import numbers, write_csv
from looped import in_one_test

import npae
from npae.command_line.data_sources import Reading, load_data
from npae.command_line.program import program

COMMANDS = [None, *program.commands]
LONG = ("reproduce S4.11", "bench", "train capitals --encoder 29,23,2 --loss bce --refine")  # they take seconds


def examples(name):
    """Return the commands in the help of a command."""
    text = (program if name is None else program.commands[name]).help
    return [line.strip() for line in text.partition("Examples:")[2].splitlines() if line.strip().startswith("npae ")]


EXAMPLES = [example for name in COMMANDS for example in examples(name)]


@pytest.fixture(scope="module")
def trained_files(tmp_path_factory):
    """A folder with models, a checkpoint and codes."""
    folder = tmp_path_factory.mktemp("files")
    write_csv(folder / "mydata.csv", numbers())
    table = load_data(str(folder / "mydata.csv"), Reading()).samples
    checkpoint = npae.Checkpoint(folder / "training.npz")
    npae.Autoencoder([2], epochs=2, callbacks=[checkpoint], random_state=0).fit(table).save(folder / "model.npz")
    npae.AnomalyDetector(random_state=0).fit(table).save(folder / "detector.npz")
    letters = npae.datasets.load_font("capitals")
    npae.Autoencoder([2], epochs=2, random_state=0).fit(letters).save(folder / "letters.npz")
    (folder / "codes.csv").write_text("code_0,code_1\n0.1,0.2\n")
    return folder


@pytest.fixture
def files(folder, trained_files):
    """The files that examples mention: tables with two columns of text left out, models, codes and a checkpoint."""
    text = (folder / "mydata.csv").read_text()
    (folder / "sensors.csv").write_text(text)
    lines = [f"{name},{line}" for name, line in zip(["name", *map(str, range(60))], text.splitlines(), strict=True)]
    (folder / "people.csv").write_text("\n".join(lines))
    for path in trained_files.iterdir():
        shutil.copy(path, folder)


@in_one_test("name", COMMANDS, ids=str)
def test_every_command_has_help_with_examples(name, ok):
    text = ok(*([] if name is None else [name]), "--help")
    assert text.startswith(f"Usage: npae {name or ''}".strip()) and "Examples:" in text
    assert len(examples(name)) >= 2
    assert all(len(line) <= 100 or line.startswith("    npae ") for line in text.splitlines())


@pytest.mark.fast_cases(9)
@pytest.mark.filterwarnings("ignore::npae.TrainingWarning")
@pytest.mark.parametrize("example", [each for each in EXAMPLES if not each.removeprefix("npae ").startswith(LONG)])
def test_examples_work(example, npae_, files):
    result = npae_(*shlex.split(example)[1:])
    assert result.exit_code == 0, result.stderr


@pytest.mark.slow
@pytest.mark.parametrize("example", [each for each in EXAMPLES if each.removeprefix("npae ").startswith(LONG)])
def test_long_examples_work(example, npae_, files):
    if "gradient-sklearn" in example:
        pytest.importorskip("sklearn")
    result = npae_(*shlex.split(example)[1:])
    assert result.exit_code == 0, result.stderr


def test_the_commands_are_listed_in_the_order_of_use(ok):
    text = ok("--help").partition("Commands:")[2]
    names = ["train", "encode", "decode", "reconstruct", "score", "explore", "info", "reproduce", "bench"]
    assert re.findall(r"^  (\w+)  ", text, re.MULTILINE) == names


def test_the_version_is_that_of_the_package(ok):
    assert ok("--version") == f"npae {npae.__version__}\n"


def test_options_of_the_estimator_have_its_names():
    """A renamed parameter must be renamed here."""
    from npae.command_line.model_options import PARAMETERS

    assert {name for name, *_ in PARAMETERS.values()} <= set(npae.Autoencoder().get_params(deep=False))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_gets_its_script_for_completion(shell, monkeypatch, npae_):
    monkeypatch.setattr("click.shell_completion.BashComplete._check_version", staticmethod(lambda: None))
    result = npae_(env={"_NPAE_COMPLETE": f"{shell}_source"})
    assert "_NPAE_COMPLETE" in result.stdout


def test_commands_and_options_are_completed(npae_):
    words = {"_NPAE_COMPLETE": "bash_complete", "COMP_WORDS": "npae enc", "COMP_CWORD": "1"}
    assert npae_(env=words).stdout == "plain,encode\n"
    words = {"_NPAE_COMPLETE": "bash_complete", "COMP_WORDS": "npae train --enc", "COMP_CWORD": "2"}
    assert npae_(env=words).stdout == "plain,--encoder\n"


def test_the_command_alone_shows_its_help(ok):
    assert ok() == ok("--help")
