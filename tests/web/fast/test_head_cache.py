"""The cache of heads keeps within its bounds for requests in any order."""

from __future__ import annotations

from web.fast.fast_path import HeadCache


def _head(number: int) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    headers = [
        (b"host", b"x"),
        (b"content-type", b"application/json"),
        (b"authorization", b"Bearer %032d" % number),
        (b"content-length", b"2"),
    ]
    names = [b"Host", b"Content-Type", b"Authorization", b"Content-Length"]
    lines = [b"%b: %b\r\n" % (name, value) for name, (_, value) in zip(names, headers, strict=True)]
    return b"POST /graphql HTTP/1.1\r\n" + b"".join(lines) + b"\r\n", headers


def test_heads_learned_twice_take_the_room_of_one() -> None:
    """Two requests with the same new head may be parsed before the first of them is learned."""
    first, _ = _head(0)
    cache = HeadCache(bytes_max=2 * len(first))
    for number in range(50):
        head, headers = _head(number)
        cache.learn(head, headers)
        cache.learn(head, headers)

    assert cache.get(_head(49)[0]) is not None
    assert cache.get(_head(48)[0]) is not None
    assert cache.get(_head(47)[0]) is None
