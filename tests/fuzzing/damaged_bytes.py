"""Damage to bytes, drawn at random: what disks, networks and hostile hands do to files of any kind."""

import copy
import json
import re

WIDTHS = (1, 2, 4, 8)
NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
STRING = re.compile(rb'"[^"\n]*"')
WORDS = (
    *("NaN", "Infinity", "-Infinity", "1e999", "1e300", "-1e300", "-1", "0", "0.5", "1000000000", "9" * 400),
    *(str(2**31), str(2**63), str(2**64), str(-(2**63)), "null", "true", '""', "[]", "{}", '"x"', '"\\ud800"'),
    *(
        "9" * 5000,
        "'a\\d'",
        "1_0",
        "0x10",
        "10L",
        "[" * 500 + "]" * 500,
        "[" * 20_000,
        '"' + "a" * 20_000 + '"',
        "\u202e",
        "\x00",
    ),
)
VALUES = (
    *(None, True, -1, 0, 1, 3, 0.5, 1e300, float("nan"), float("inf"), 2**31, 2**63, 10**400, "", "x", "\ud800"),
    *([], {}, [[1]], [None], {"type": "Dense"}, {"type": "dict", "items": []}, {"array of": "theta"}, {"a": [1, 2]}),
)


def some(content, rng):
    """Return the place and the length of a block."""
    start = rng.randrange(len(content))
    return start, min(len(content) - start, rng.choice((1, 2, 4, 8, 30, 200)))


def flip(content, rng):
    changed = bytearray(content)
    for _ in range(rng.choice((1, 1, 1, 2, 8))):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def cut(content, rng):
    return content[: rng.randrange(len(content))]


def behead(content, rng):
    return content[rng.randrange(1, len(content) + 1) :]


def insert(content, rng):
    start, length = some(content, rng)
    return content[:start] + rng.choice((rng.randbytes(length), b"\0" * length, b"\n")) + content[start:]


def double(content, rng):
    start, length = some(content, rng)
    return content[: start + length] * rng.choice((1, 1, 50)) + content[start:]


def delete(content, rng):
    start, length = some(content, rng)
    return content[:start] + content[start + length :]


def swap(content, rng):
    start, length = some(content, rng)
    other, _ = some(content, rng)
    changed = bytearray(content)
    changed[start : start + length], changed[other : other + length] = (
        content[other : other + length],
        content[start : start + length],
    )
    return bytes(changed)


def blank(content, rng):
    start, length = some(content, rng)
    return content[:start] + rng.choice((b"\0", b"\xff", b" ", b"9")) * length + content[start + length :]


def extreme(content, rng):
    """Write the least, the greatest or another telling integer where a header may have one."""
    width, order = rng.choice(WIDTHS), rng.choice(("little", "big"))
    top = 256**width
    value = rng.choice((0, 1, top - 1, top // 2, top // 2 - 1, top // 4, min(2**31 - 1, top - 1)))
    start = rng.randrange(min(len(content), rng.choice((16, 64, len(content)))))
    return content[:start] + value.to_bytes(width, order) + content[start + width :]


def reword(content, rng):
    """Put another word in the place of a number or a quoted text."""
    found = list(rng.choice((NUMBER, NUMBER, STRING)).finditer(content))
    if not found:
        return insert(content, rng)
    old = rng.choice(found)
    new = rng.choice((rng.choice(WORDS).encode("utf-8"), rng.choice(found)[0]))
    return content[: old.start()] + new + content[old.end() :]


BYTES = (flip, flip, cut, behead, insert, double, delete, swap, blank, extreme)


def any_bytes(content, rng):
    """Damage bytes in one way or two."""
    for _ in range(rng.choice((1, 1, 1, 2))):
        content = rng.choice(BYTES)(content or b"\0", rng)
    return content


def any_text(content, rng):
    """Damage text: its words, or its bytes."""
    return rng.choice((reword, reword, any_bytes))(content or b"\0", rng)


def any_json(content, rng):
    """Damage a JSON document: its values, names and structure, so that it is JSON still; or its text."""
    if rng.random() < 0.3:
        return any_text(content, rng)
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):  # damaged before
        return any_text(content, rng)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        nodes = list(_nodes(document))
        if not nodes:
            break
        _change(*rng.choice(nodes), nodes, rng)
    return json.dumps(document).encode()


def _nodes(document):
    """Yield each place in a document, as the container and the key or index in it."""
    if isinstance(document, (dict, list)):
        for key in document if isinstance(document, dict) else range(len(document)):
            yield document, key
            yield from _nodes(document[key])


def _change(container, key, nodes, rng):
    how = rng.randrange(5)
    if how == 0:
        del container[key]
    elif how == 1 and isinstance(container, dict):
        container[rng.choice((f"{key}x", "", "type", "items"))] = container.pop(key)
    elif how == 2:
        other, place = rng.choice(nodes)
        container[key] = json.loads(json.dumps(other[place]))
    elif how == 3 and isinstance(container, list):
        container.insert(key, copy.deepcopy(rng.choice(VALUES)))
    else:
        container[key] = copy.deepcopy(rng.choice(VALUES))
