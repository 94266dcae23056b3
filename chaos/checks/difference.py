"""Where two JSON values differ."""

from __future__ import annotations


def difference(expected: object, received: object, path: str = "") -> str | None:
    """The first place where `received` is not as `expected`, in words; None when there is none.

    A client need not have asked for everything: a key that `received` lacks is no difference.
    """
    if isinstance(expected, dict) and isinstance(received, dict):
        for key, value in received.items():
            at = f"{path}.{key}" if path else str(key)
            found = difference(expected[key], value, at) if key in expected else f"{at} is {value!r}, not expected"
            if found is not None:
                return found
        return None
    if isinstance(expected, list) and isinstance(received, list) and len(expected) == len(received):
        for index, (one, other) in enumerate(zip(expected, received, strict=True)):
            found = difference(one, other, f"{path}[{index}]")
            if found is not None:
                return found
        return None
    return None if expected == received else f"{path} is {received!r}, not {expected!r}"
