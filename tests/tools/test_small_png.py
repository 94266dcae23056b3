"""A screenshot becomes smaller, and looks the same."""

from __future__ import annotations

import struct
import zlib

import pytest

from tools.small_png import SHADES, SIGNATURE, _chunk, _chunks, shrink

WIDTH, HEIGHT = 5, 4
PIXELS = [bytes((x * 40 + y) % 256 for x in range(WIDTH * 3)) for y in range(HEIGHT)]


def picture(kind: int, colour: int = 2) -> bytes:
    """A PNG with the filter `kind` in each row."""
    step = 4 if colour == 6 else 3
    rows = [with_alpha(row) if colour == 6 else row for row in PIXELS]
    content, above = b"", bytes(len(rows[0]))
    for row in rows:
        filtered = bytes((row[at] - predicted(kind, row, above, at, step)) % 256 for at in range(len(row)))
        content, above = content + bytes([kind]) + filtered, row
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, colour, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(content)), (b"IEND", b""))
    return SIGNATURE + b"".join(_chunk(name, data) for name, data in parts)


def with_alpha(row: bytes) -> bytes:
    return b"".join(row[at : at + 3] + b"\xff" for at in range(0, len(row), 3))


def predicted(kind: int, row: bytes, above: bytes, at: int, step: int) -> int:
    left, up, corner = (row[at - step] if at >= step else 0), above[at], (above[at - step] if at >= step else 0)
    nearest = min((left, up, corner), key=lambda value: abs(left + up - corner - value))
    return (0, left, up, (left + up) // 2, nearest)[kind]


@pytest.mark.parametrize("colour", [2, 6], ids=["RGB", "RGBA"])
@pytest.mark.parametrize("kind", range(5))
def test_every_filter_of_png_is_read(kind: int, colour: int) -> None:
    chunks = dict(_chunks(shrink(picture(kind, colour))))
    assert zlib.decompress(chunks[b"IDAT"]) == b"".join(b"\0" + row.translate(SHADES) for row in PIXELS)
