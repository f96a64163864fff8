"""Data files that are damaged give samples or one clear error; `damaged_files.py` says how."""

import pytest
from damaged_files import FEW, TOTAL, fuzz
from data_to_damage import DATA
from saves_to_damage import SAVES

BY_NAME = {reader.name: reader for reader in DATA}


def reader_of(name):
    if name == "picture":
        pytest.importorskip("PIL")
    if name == "parquet":
        pytest.importorskip("pyarrow")
    return BY_NAME[name]


def test_the_shares_of_the_readers_make_one():
    assert sum(reader.share for reader in [*SAVES, *DATA]) == pytest.approx(1)


@pytest.mark.parametrize("name", BY_NAME)
def test_a_damaged_data_file_gives_samples_or_one_clear_error(name):
    counts = fuzz(reader_of(name), range(FEW))
    assert counts["read"] > 0 and counts["refused"] + counts["deep"] > 0, counts


@pytest.mark.slow
@pytest.mark.parametrize("name", BY_NAME)
def test_many_damaged_data_files_give_samples_or_one_clear_error(name):
    reader = reader_of(name)
    counts = fuzz(reader, range(FEW, FEW + round(reader.share * TOTAL)))
    print(f"{name}: {sum(counts.values()):,} damaged files, {dict(counts)}")
