"""What the directory of a zip file from anybody may promise: no more than its bytes can hold."""

from __future__ import annotations

import zipfile

INFLATED = 1032  # bytes that deflate makes of one at most (https://zlib.net/zlib_tech.html)
GROWTH = {zipfile.ZIP_STORED: 1, zipfile.ZIP_DEFLATED: INFLATED}


def check_members(archive: zipfile.ZipFile, size: int, *, compressed: bool = True) -> None:
    """Raise ValueError for a zip file of `size` bytes that is none of NumPy's or npae's, or larger than it can be.

    Two members of one name, members that share bytes, and methods other than deflate are how a small file unpacks to a
    huge one. Without `compressed`, members must be stored as they are, as npae writes them.
    """
    known, present = set(), 0
    for member in archive.infolist():
        growth = GROWTH.get(member.compress_type, 0) if compressed else int(member.compress_type == zipfile.ZIP_STORED)
        if member.filename in known or not growth or member.file_size > growth * member.compress_size + INFLATED:
            raise ValueError(f"a zip file must hold each member once and whole, got {member.filename!r} otherwise")
        known.add(member.filename)
        present += member.compress_size
    if present > size:
        raise ValueError(f"members of a zip file must lie side by side, got {present} bytes in {size}")
