"""The page's scripts share one global scope: each name is defined in only one of them."""

import re
from collections import Counter

from looped import in_one_test

from npae.explorer.page_file import PAGE, SCRIPTS

TEXT = r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|`(?:\\.|[^`\\])*`"
STATEMENT = r"^(?:async\s+)?(?P<kind>function|class|const|let|var)\b\W*?(?P<rest>[\w${\[].*)"


def defined(script):
    """Return the names that a script defines at its top level, in their order.

    A statement at the top level starts in column 0. The lines after it are indented, or close a bracket.
    """
    code = re.sub(TEXT, lambda found: "" if found[0].startswith("/") else "0", script, flags=re.DOTALL)
    statements = re.split(r"\n(?=[^\s})\]])", code)
    return [name for lines in statements for statement in split(lines, ";") for name in names_in(statement.strip())]


def names_in(statement):
    """Return the names that one statement defines."""
    found = re.match(STATEMENT, statement, flags=re.DOTALL)
    if found is None:
        return []
    if found["kind"] in ("function", "class"):
        return [re.match(r"[\w$]+", found["rest"])[0]]
    return [name for declaration in split(found["rest"], ",") for name in bound(declaration)]


def bound(pattern):
    """Return the names that `name`, `{ key: pattern, ... }` or `[pattern, ...]` binds; defaults may follow each."""
    pattern = split(pattern, "=")[0].strip().removeprefix("...").strip()
    if pattern[:1] == "{":
        return [name for part in split(pattern[1:-1], ",") for name in bound(split(split(part, "=")[0], ":")[-1])]
    if pattern[:1] == "[":
        return [name for part in split(pattern[1:-1], ",") for name in bound(part)]
    return [pattern] if pattern else []


def split(code, separator):
    """Split code at the separators that are in no bracket."""
    parts, depth = [""], 0
    for character in code:
        depth += (character in "([{") - (character in ")]}")
        if character == separator and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def test_no_two_scripts_define_one_name():
    names = Counter(name for script in SCRIPTS for name in defined((PAGE / f"{script}.js").read_text(encoding="utf-8")))
    assert len(names) > 150
    assert [name for name, times in names.items() if times > 1] == []


def test_every_script_is_part_of_the_page():
    assert sorted(f"{script}.js" for script in SCRIPTS) == sorted(path.name for path in PAGE.glob("*.js"))


@in_one_test(
    ("script", "expected"),
    [
        ("function f(a, b) {\n  const inner = 1;\n}\nasync function g() {}\nfunction* h() {}", ["f", "g", "h"]),
        ("class A extends B {\n  method() {}\n}", ["A"]),
        ("const a = 1, b = [2, 3];\nlet c;\nvar d = (x, y) => ({ x, y }), $e_1 = 4", ["a", "b", "c", "d", "$e_1"]),
        ("const { a, b: c, d: { e = 1 }, f: [g], ...h } = i;", ["a", "c", "e", "g", "h"]),
        ("const [a, , [b, c] = [1, 2], { d }, ...e] = f;", ["a", "b", "c", "d", "e"]),
        ("const {\n  a,\n  b = { c: 1 },\n} = d,\n  e = 2;\nlet f = 0; let g = 1;", ["a", "b", "e", "f", "g"]),
        ("const a = 1 // no semicolon\nfunction f() {}", ["a", "f"]),
        ('// const a = 1;\n/* let b;\nlet c; */\nconst d = `\nlet e = 1;`, f = "; let g";', ["d", "f"]),
        ("window.a = 1;\nstart();\nfor (const b of c) d(b);\nfunctional(e);", []),
    ],
)
def test_the_reader_of_definitions_finds_every_form(script, expected):
    assert defined(script) == expected
