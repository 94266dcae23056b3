"""Text that people type: what is accepted, and the one form in which it is kept."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from lobby.domain.model import Attribute, Attributes
from lobby.domain.rejections import Rejection, invalid

DISPLAY_NAME_CHARS_MAX = 32
PARTY_NAME_CHARS_MAX = 48
CLASS_CHARS_MAX = 32
OUTCOME_CHARS_MAX = 64
MESSAGE_CHARS_MAX = 500
PASSWORD_CHARS_MIN, PASSWORD_CHARS_MAX = 4, 64
PARTY_ATTRIBUTES_MAX = 20
MEMBER_ATTRIBUTES_MAX = 10
ATTRIBUTE_VALUE_BYTES_MAX = 1024
RAW_CHARS_PER_CHAR_MAX = 4
"""What is looked at before NFC, whose time is quadratic in the marks; it makes one code point of at most four."""

_ATTRIBUTE_KEY = re.compile(r"[A-Za-z0-9_.-]{1,32}", re.ASCII)
_FORBIDDEN = {"Cc", "Cs", "Zl", "Zp"}
"""Control characters, surrogates, line and paragraph separators. What is unassigned may be a newer Unicode's emoji."""
_UNSEEN = {"Zs", "Cf", "Co", "Mn", "Mc", "Me"}
"""Spaces, zero widths, private use, and marks that have nothing to stand on."""
_BIDI = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Overrides that would let a name rearrange the text around it (Unicode Technical Report 36)."""
_BREAKS = dict.fromkeys(map(ord, "\n\r\t\u2028\u2029"), " ")


def line(field: str, text: str, chars_max: int) -> str | Rejection:
    """One line of 1 to `chars_max` characters: trimmed, NFC, visible, without control characters."""
    if len(text) > chars_max * RAW_CHARS_PER_CHAR_MAX:
        return invalid(field, f"Must be 1 to {chars_max} characters.")
    kept = unicodedata.normalize("NFC", text).strip()
    if not 1 <= len(kept) <= chars_max:
        return invalid(field, f"Must be 1 to {chars_max} characters.")
    if any(unicodedata.category(char) in _FORBIDDEN or char in _BIDI for char in kept):
        return invalid(field, "Must not contain control characters.")
    if all(unicodedata.category(char) in _UNSEEN for char in kept):
        return invalid(field, "Must contain a visible character.")
    return kept


def message(field: str, text: str) -> str | Rejection:
    """A chat message: like a line, but line breaks and tabs are kept."""
    unbroken = text.translate(_BREAKS)
    checked = line(field, unbroken, MESSAGE_CHARS_MAX)
    if isinstance(checked, Rejection):
        return checked
    return unicodedata.normalize("NFC", text).strip()


def merged(
    field: str, current: Attributes, changes: Iterable[tuple[str, str | None]], count_max: int
) -> Attributes | Rejection:
    """`current` with each change applied in order; a change to None removes the key."""
    kept = {attribute.key: attribute for attribute in current}
    for index, (key, value) in enumerate(changes):
        if not _ATTRIBUTE_KEY.fullmatch(key):
            return invalid(f"{field}.{index}.key", "Must be 1 to 32 of A-Z a-z 0-9 _ . and -.")
        if value is None:
            kept.pop(key, None)
            continue
        if not _is_attribute_value(value):
            return invalid(f"{field}.{index}.value", f"Must be at most {ATTRIBUTE_VALUE_BYTES_MAX} bytes of UTF-8.")
        kept[key] = Attribute(key, value)
    if len(kept) > count_max:
        return invalid(field, f"Must leave at most {count_max} attributes.")
    return tuple(kept.values())


def is_unicode(text: str) -> bool:
    """Whether `text` has a UTF-8 form: JSON's escapes can make lone surrogates, which have none."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_attribute_value(value: str) -> bool:
    return is_unicode(value) and len(value.encode()) <= ATTRIBUTE_VALUE_BYTES_MAX and "\x00" not in value
