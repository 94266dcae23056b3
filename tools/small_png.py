"""Makes the PNG of a screenshot smaller: fewer shades, which nobody sees in text and flat areas, and the best compression."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"
SHADES = bytes(min(round(value / 17) * 17, 255) for value in range(256))
"""16 shades of each colour."""
_RGB, _RGBA = 2, 6


def shrink(png: bytes) -> bytes:
    """The same picture with 16 shades of each colour and without transparency. `png`: 8 bits, RGB or RGBA, not interlaced."""
    chunks = dict[bytes, bytes]()
    for kind, data in _chunks(png):
        chunks[kind] = chunks.get(kind, b"") + data
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert (depth, interlaced) == (8, 0), "a screenshot of Chromium"
    assert colour in (_RGB, _RGBA), "a screenshot of Chromium"
    pixel_bytes = 4 if colour == _RGBA else 3
    rows = _rows(zlib.decompress(chunks[b"IDAT"]), width * pixel_bytes, height, pixel_bytes)
    content = b"".join(b"\0" + _without_alpha(row, pixel_bytes).translate(SHADES) for row in rows)
    header = struct.pack(">IIBBBBB", width, height, 8, _RGB, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(content, 9)), (b"IEND", b""))
    return SIGNATURE + b"".join(_chunk(kind, data) for kind, data in parts)


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(SIGNATURE)
    while at < len(png):
        (size,) = struct.unpack_from(">I", png, at)
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + size]
        at += size + 12


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _rows(filtered: bytes, row_bytes: int, height: int, step: int) -> Iterator[bytes]:
    """The rows of pixels, without the filters of PNG (section 9 of its specification)."""
    above = bytearray(row_bytes)
    for number in range(height):
        start = number * (row_bytes + 1)
        row = bytearray(filtered[start + 1 : start + 1 + row_bytes])
        kind = filtered[start]
        for at in range(row_bytes if kind else 0):
            left = row[at - step] if at >= step else 0
            corner = above[at - step] if at >= step else 0
            row[at] = row[at] + _predict(kind, left, above[at], corner) & 0xFF
        yield bytes(row)
        above = row


def _predict(kind: int, left: int, up: int, corner: int) -> int:
    if kind == 1:
        return left
    if kind == 2:
        return up
    if kind == 3:
        return (left + up) // 2
    to_left, to_up, to_corner = abs(up - corner), abs(left - corner), abs(left + up - 2 * corner)
    if to_left <= to_up and to_left <= to_corner:
        return left
    return up if to_up <= to_corner else corner


def _without_alpha(row: bytes, pixel_bytes: int) -> bytes:
    if pixel_bytes == 3:
        return row
    colours = bytearray(len(row) // 4 * 3)
    for channel in range(3):
        colours[channel::3] = row[channel::4]
    return bytes(colours)
