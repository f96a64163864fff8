"""Damage inside files whose checksums are made right again, so that the parser behind them is reached."""

import gzip
import io
import struct
import zipfile
import zlib

from damaged_bytes import any_bytes, any_json, any_text, extreme, flip, reword

DTYPES = (
    "|O",
    "<c16",
    "<U1000000",
    "|V0",
    "<U0",
    "<M8[ns]",
    "|b1",
    ">f8",
    "<f4",
    "<i8",
    "f8,f8",
    "|S3",
    "a5",
    "<f16",
    "x",
)
SHAPES = ("()", "(-1,)", "(0, 1000000000000)", "(1000000000000,)", "(3, 3)", "(10L,)", "(1, 1, 1)", "3", "(-1, -8)")
PNG = b"\x89PNG\r\n\x1a\n"


def members_of(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return [(name, archive.read(name)) for name in archive.namelist()]


def zipped(members, method=zipfile.ZIP_STORED):
    """Return a zip file of these members, whose checksums and lengths are right."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members:
            member = zipfile.ZipInfo(name)
            member.compress_type = method
            archive.writestr(member, content)
    return buffer.getvalue()


def any_zip(content, rng):
    """Damage what a zip file holds, or its directory, or any of its bytes."""
    how = rng.random()
    if how < 0.15:
        return any_bytes(content, rng)
    if how < 0.3:
        start = content.rfind(b"PK\x01\x02") if rng.random() < 0.5 else content.index(b"PK\x01\x02")
        return content[:start] + rng.choice((flip, extreme, any_bytes))(content[start:], rng)
    members = members_of(content)
    for _ in range(rng.choice((1, 1, 2))):
        at = 0 if rng.random() < 0.6 else rng.randrange(len(members))
        name, inner = members[at]
        if rng.random() < 0.05:
            name = rng.choice((f"{name}x", "", "a/../b", "\udc80.npy".encode("utf-8", "replace").decode()))
        members[at] = name, any_json(inner, rng) if name.endswith(".json") else any_npy(inner, rng)
    if rng.random() < 0.05:
        del members[rng.randrange(len(members))]
    return zipped(members, zipfile.ZIP_DEFLATED if rng.random() < 0.05 else zipfile.ZIP_STORED)


def any_npy(content, rng):
    """Damage an array's header so that its length is right, or its dtype, shape or numbers."""
    if rng.random() < 0.3 or len(content) < 12:
        return any_bytes(content, rng)
    length = int.from_bytes(content[8:10], "little")
    header, numbers = content[10 : 10 + length], content[10 + length :]
    how = rng.randrange(5)
    if how == 0:
        header = _other_value(header, b"'descr': ", b"'" + rng.choice(DTYPES).encode() + b"'")
    elif how == 1:
        header = _other_value(header, b"'shape': ", rng.choice(SHAPES).encode())
    elif how == 2:
        header = rng.choice((reword, any_text))(header, rng)
    else:
        numbers = (extreme if how == 3 else any_bytes)(numbers or b"\0", rng)
    return content[:8] + (len(header) % 2**16).to_bytes(2, "little") + header + numbers


def _other_value(header, name, value):
    """Return the header of an array with another value of an entry, as long as before if that is possible."""
    before, _, rest = header.partition(name)
    end = rest.find(b"), ") + 1 if rest.startswith(b"(") else rest.find(b", ")
    changed = before + name + value + rest[end:].rstrip(b" \n")
    return changed.ljust(len(header) - 1) + b"\n"


def any_gzip(damage):
    """Return damage to what is compressed, whose checksum and length are right again, or now and then to all bytes."""

    def damaged(content, rng):
        if rng.random() < 0.3:
            return any_bytes(content, rng)
        return gzip.compress(damage(gzip.decompress(content), rng), 1, mtime=0)

    return damaged


def any_png(content, rng):
    """Damage a chunk of a PNG file, whose checksum is right again, or its pixels before they are compressed."""
    if not content.startswith(PNG) or rng.random() < 0.2:
        return any_bytes(content, rng)
    chunks, at = [], len(PNG)
    while at < len(content):
        (length,) = struct.unpack(">I", content[at : at + 4])
        chunks.append((content[at + 4 : at + 8], content[at + 8 : at + 8 + length]))
        at += 12 + length
    which = rng.randrange(len(chunks))
    kind, data = chunks[which]
    if kind == b"IDAT" and rng.random() < 0.6:
        data = zlib.compress(any_bytes(zlib.decompress(data), rng))
    else:
        data = (extreme if kind == b"IHDR" else any_bytes)(data or b"\0", rng)
    chunks[which] = rng.choice((kind, kind, kind, b"tRNS", b"PLTE", b"eXIf", b"acTL")), data
    return PNG + b"".join(map(_chunk, chunks))


def _chunk(chunk):
    kind, data = chunk
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
