"""What was seen, kept once however many saw it."""

from __future__ import annotations

from hashlib import blake2b
from zlib import compress, decompress

from chaos.json_value import canonical, parsed

DIGEST_BYTES = 16

Content = bytes
"""The name of one kept value: its digest."""


class Contents:
    """Many followers see the same frames; a quarter of an hour of them would not fit in memory one by one."""

    def __init__(self) -> None:
        self._kept: dict[Content, bytes] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def keep(self, value: object) -> Content:
        text = canonical(value)
        name = blake2b(text, digest_size=DIGEST_BYTES).digest()
        if name not in self._kept:
            self._kept[name] = compress(text, level=1)
        return name

    def value(self, name: Content) -> object:
        return parsed(decompress(self._kept[name]))
