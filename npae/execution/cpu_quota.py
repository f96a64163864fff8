"""How many cores a container's quota is worth: what control groups of Linux, version 2 or 1, give this process."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import PurePosixPath

GROUPS = "/proc/self/cgroup"
MOUNTED = PurePosixPath("/sys/fs/cgroup")
FIRST = ("cpu", "cpu,cpuacct", "cpuacct,cpu")  # where version 1 has the files of its cpu controller


def cores_by_quota() -> int | None:
    """Return the number of cores that the least quota of this process pays for, rounded up; None without a quota."""
    return min(map(math.ceil, _quotas()), default=None)


def _quotas() -> Iterator[float]:
    """Yield the quotas of this process' groups and of the groups around them, in cores."""
    own, owns_cpu = _groups()
    for folder in _around(own):
        yield from _quota((_text(MOUNTED / folder / "cpu.max") or "").split())
    for controller in FIRST:
        for folder in _around(owns_cpu):
            files = (MOUNTED / controller / folder / f"cpu.cfs_{name}_us" for name in ("quota", "period"))
            yield from _quota([(_text(file) or "").strip() for file in files])


def _groups() -> tuple[str, str]:
    """Return the paths of this process' group in version 2, and of that of the cpu controller in version 1."""
    lines = [line.split(":", 2) for line in (_text(GROUPS) or "").splitlines()]
    paths = {name: path for _, names, path in (line for line in lines if len(line) == 3) for name in names.split(",")}
    return paths.get("", "/"), paths.get("cpu", "/")


def _around(group: str) -> list[PurePosixPath]:
    """Return a group and those around it; a container may know only the last, the root."""
    path = PurePosixPath(group.lstrip("/"))
    return [path, *path.parents] if ".." not in path.parts else [PurePosixPath()]


def _quota(numbers: list[str]) -> Iterator[float]:
    """Yield quota / period if both are positive numbers; "max" and -1 say that there is no quota."""
    if len(numbers) == 2 and all(number.isdigit() and int(number) > 0 for number in numbers):
        yield int(numbers[0]) / int(numbers[1])


def _text(path: str | PurePosixPath) -> str | None:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except (OSError, ValueError):  # not on this system, or not ours to read
        return None
