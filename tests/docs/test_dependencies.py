"""The page of dependencies lists what setup.cfg asks for, with the licences that the packages themselves state."""

import importlib.util
from pathlib import Path

SPEC = importlib.util.spec_from_file_location("licences", Path(__file__).parents[2] / "docs" / "licences.py")
licences = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(licences)


def listed():
    return licences.ROW.findall(licences.PAGE.read_text(encoding="utf-8"))


def test_every_requirement_is_listed_with_its_least_version_and_what_it_is_for():
    expected = [
        (name, least, where)
        for extras in licences.parts().values()
        for name, least, _, where in licences.rows(extras, {})
    ]
    assert [(name, least, where) for name, least, _, where in listed()] == expected


def alike(stated, own):
    """Return whether a licence is the one that the package states, maybe among those of what it brings along."""
    return own is None or stated == own or f" {stated} " in f" {own} "


def test_every_licence_is_the_one_that_the_package_states():
    own = {name: licences.licence_of(name) for name, *_ in listed()}
    assert {name: own[name] for name, _, stated, _ in listed() if not alike(stated, own[name])} == {}
    assert sum(licence is not None for licence in own.values()) > 20


def test_every_licence_is_known():
    assert [name for name, _, stated, _ in listed() if stated == "unknown"] == []


def test_another_licence_is_noticed():
    assert licences.licence_of("pytest") == "MIT" and not alike("GPL-3.0", "MIT")
    assert alike("BSD-3-Clause", "BSD-3-Clause AND MIT")
