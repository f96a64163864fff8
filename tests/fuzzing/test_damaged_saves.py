"""Models, checkpoints and journals that are damaged give an object or one clear error; `damaged_files.py` says how."""

import pytest
from damaged_files import FEW, TOTAL, fuzz
from saves_to_damage import SAVES

BY_NAME = {reader.name: reader for reader in SAVES}


@pytest.mark.parametrize("name", BY_NAME)
def test_a_damaged_save_gives_an_object_or_one_clear_error(name):
    counts = fuzz(BY_NAME[name], range(FEW))
    assert counts["read"] > 0 and counts["deep"] > 0, counts


@pytest.mark.slow
@pytest.mark.parametrize("name", BY_NAME)
def test_many_damaged_saves_give_an_object_or_one_clear_error(name):
    reader = BY_NAME[name]
    counts = fuzz(reader, range(FEW, FEW + round(reader.share * TOTAL)))
    print(f"{name}: {sum(counts.values()):,} damaged files, {dict(counts)}")
