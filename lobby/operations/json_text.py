"""JSON as it comes from strangers and goes back to them."""

from __future__ import annotations

import msgspec


class MalformedJson(ValueError):
    """The text is no JSON, or JSON beyond what is read here; the message is fit for the caller."""


def decode_json(text: bytes | str) -> object:
    """Decode one JSON value from UTF-8. Raises `MalformedJson`, whatever the text.

    msgspec 0.22 raises three unrelated errors on hostile text: RecursionError for deep nesting (some 1,000
    levels), its own ValueErrors for malformed text, lone surrogates and numbers out of range,
    UnicodeDecodeError for invalid UTF-8.
    """
    try:
        return msgspec.json.decode(text)
    except RecursionError:
        raise MalformedJson("JSON is nested too deeply.") from None
    except UnicodeError:
        raise MalformedJson("JSON is not valid UTF-8.") from None
    except ValueError as error:
        raise MalformedJson(f"{error}.") from None


encode_json = msgspec.json.encode
