"""The result of one operation, in the shape in which it is sent, and JSON of requests and responses."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterable
from math import isinf
from typing import Any

import msgspec


class MalformedJson(ValueError):
    """The text is no JSON, or JSON that msgspec does not read. The message may be shown to the caller."""


def decode_json(text: bytes | str) -> object:
    """Decode one JSON value from UTF-8, with or without a byte order mark. Raises `MalformedJson` and nothing else.

    msgspec 0.22 raises three unrelated errors on hostile text: RecursionError for deep nesting (about 1,000
    levels), its own ValueErrors for malformed text, lone surrogates and numbers out of range,
    UnicodeDecodeError for invalid UTF-8.
    """
    try:
        return _decode(text.removeprefix("\ufeff") if isinstance(text, str) else text.removeprefix(BOM_UTF8))
    except RecursionError:
        raise MalformedJson("JSON is nested too deeply.") from None
    except UnicodeError:
        raise MalformedJson("JSON is not valid UTF-8.") from None
    except ValueError as error:
        raise MalformedJson(f"{error}.") from None


def _read_float(text: str) -> float:
    """Python's own reading of a float. msgspec 0.22 takes 12 us to read a number such as 1e308, so that a body of 64 KB full of
    them held up the event loop for 130 ms."""
    number = float(text)
    if isinf(number):
        raise ValueError("Number out of range")
    return number


_decode = msgspec.json.Decoder(float_hook=_read_float).decode

encode_json = msgspec.json.encode


Result = dict[str, Any]
"""`data`, and `errors` if there are any. In the response format of the GraphQL specification (section 7), `data` is missing
exactly if the operation never began. So request errors and field errors can be distinguished."""

ErrorEntry = dict[str, Any]
"""`message` and `extensions.code`; also `locations` and `path` if they are known."""


def error_entry(code: str, message: str, **extensions: object) -> ErrorEntry:
    return {"message": message, "extensions": {"code": code, **extensions}}


def request_error(entries: Iterable[ErrorEntry]) -> Result:
    """The result of an operation that never began."""
    return {"errors": list(entries)}


def is_request_error(result: Result) -> bool:
    """True if the operation never began: its document was invalid or unknown, or its variables could not be coerced."""
    return "data" not in result


def error_codes(result: Result) -> set[str]:
    return {entry["extensions"]["code"] for entry in result.get("errors", ())}
