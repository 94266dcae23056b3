"""Text that people type: which text is accepted, and the normal form in which it is stored."""

from __future__ import annotations

import re
import unicodedata

from lobby.domain.rejections import Rejection, invalid

DISPLAY_NAME_CHARS_MAX = 32
PARTY_NAME_CHARS_MAX = 48
CLASS_CHARS_MAX = 32
OUTCOME_CHARS_MAX = 64
CHECKPOINT_LABEL_CHARS_MAX = 64
CHECKPOINT_BYTES_MAX = 65_536
MESSAGE_CHARS_MAX = 500
CLIENT_VERSION_CHARS_MAX = 32
EXTERNAL_KEY_CHARS_MAX = 64
RAW_CHARS_PER_CHAR_MAX = 4
"""Longer input is rejected before it is normalized: NFC makes one code point of at most four, and its time is quadratic in
the number of combining marks."""

MESSAGE_LINE_BREAKS_MAX = 10

_PLANES = range(0, 0x110000, 0x10000)
_FORBIDDEN = {"Cc", "Cs", "Zl", "Zp"}
"""Unicode categories: control characters, surrogates, line and paragraph separators. Unassigned code points (Cn) are
allowed: they may be emoji of a newer Unicode version."""
_INVISIBLE = {"Zs", "Cf", "Co", "Mn", "Mc", "Me"}
"""Unicode categories: spaces, zero-width characters, private use, and combining marks without a base character."""
_BLANK = frozenset("\u2800\U0001d159\U00013441\U00013442")
"""Letters and symbols that are drawn as an empty space: the Braille pattern without dots, the musical null notehead, the
full and the half blank of the Egyptian hieroglyphs. No property of Unicode names them."""
_IGNORABLE_RANGES = (
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFF8),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
)
"""All code points with Default_Ignorable_Code_Point: fonts draw nothing for them. Some are letters (U+3164), some are not
assigned (U+2065), so their general categories are of no help. From DerivedCoreProperties.txt of Unicode 14.0."""
_IGNORABLE = frozenset(chr(code) for first, last in _IGNORABLE_RANGES for code in range(first, last + 1))
_BIDI = "\u202a-\u202e\u2066-\u2069"
"""Direction overrides, with which a name could rearrange the text around it (Unicode Technical Report 36)."""
_NONCHARACTERS = "\ufdd0-\ufdef" + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in _PLANES)
"""Code points that Unicode reserves for the inner use of programs. They are no text."""
_REFUSED = re.compile(f"[{_BIDI}{_NONCHARACTERS}]")
_CLIENT_VERSION = re.compile(rf"[A-Za-z0-9._+-]{{1,{CLIENT_VERSION_CHARS_MAX}}}", re.ASCII)
_EXTERNAL_KEY = re.compile(rf"[A-Za-z0-9_.-]{{1,{EXTERNAL_KEY_CHARS_MAX}}}", re.ASCII)
_LINE_BREAK = re.compile("\r\n|[\n\r\u2028\u2029]")
_SPACES = str.maketrans("\n\t", "  ")


def normalize_line(field: str, text: str, chars_max: int) -> str | Rejection:
    """`text` trimmed and in NFC: one line of 1 to `chars_max` characters, some visible, none a control character.

    `field` is the input to name in the rejection.
    """
    if len(text) > chars_max * RAW_CHARS_PER_CHAR_MAX:
        return invalid(field, f"Must be 1 to {chars_max} characters.")
    line = unicodedata.normalize("NFC", text).strip()
    if not 1 <= len(line) <= chars_max:
        return invalid(field, f"Must be 1 to {chars_max} characters.")
    if _REFUSED.search(line) or any(unicodedata.category(char) in _FORBIDDEN for char in line):
        return invalid(field, "Must not contain control characters.")
    if not _has_visible(line):
        return invalid(field, "Must contain a visible character.")
    return line


def displayable_name(name: object) -> str | None:
    """The beginning of a name that another system gives, as long as a name may be; None if nothing of it can be displayed."""
    if not isinstance(name, str):
        return None
    line = normalize_line("name", name[:DISPLAY_NAME_CHARS_MAX], DISPLAY_NAME_CHARS_MAX)
    return line if isinstance(line, str) else None


def normalize_message(field: str, text: str) -> str | Rejection:
    """A chat message: as `normalize_line` with 1 to 500 characters, but with tabs and at most 10 line breaks.

    Every kind of line break becomes a line feed. A line without a visible character becomes an empty line, and of several
    empty lines in a row one is kept, so that a message cannot push the others off the screen.
    """
    if len(text) > MESSAGE_CHARS_MAX * RAW_CHARS_PER_CHAR_MAX:
        return invalid(field, f"Must be 1 to {MESSAGE_CHARS_MAX} characters.")
    lines: list[str] = []
    for line in _LINE_BREAK.split(unicodedata.normalize("NFC", text)):
        if _has_visible(line.strip()):
            lines.append(line)
        elif lines and lines[-1]:
            lines.append("")
    message = "\n".join(lines).strip()
    if message.count("\n") > MESSAGE_LINE_BREAKS_MAX:
        return invalid(field, f"Must have at most {MESSAGE_LINE_BREAKS_MAX} line breaks.")
    checked = normalize_line(field, message.translate(_SPACES), MESSAGE_CHARS_MAX)
    return message if isinstance(checked, str) else checked


def normalize_client_version(field: str, version: str | None) -> str | Rejection | None:
    """A version of the game as it is stored. None for None (not given), and for "" (a party for any version, or no version)."""
    if not version:
        return None
    if not _CLIENT_VERSION.fullmatch(version):
        return invalid(field, f"Must be 1 to {CLIENT_VERSION_CHARS_MAX} of A-Z a-z 0-9 . _ + and -.")
    return version


def check_external_key(field: str, external_key: str | None) -> Rejection | None:
    """None for a valid external key of a party, and for None."""
    if external_key is None or _EXTERNAL_KEY.fullmatch(external_key):
        return None
    return invalid(field, f"Must be 1 to {EXTERNAL_KEY_CHARS_MAX} of A-Z a-z 0-9 _ . and -.")


def _has_visible(line: str) -> bool:
    return not all(char in _IGNORABLE or char in _BLANK or unicodedata.category(char) in _INVISIBLE for char in line)


def search_key(text: str) -> str:
    """The form in which names are compared without regard to case. Stored names are in NFC, a search text may not be."""
    return unicodedata.normalize("NFC", text).casefold()


def is_unicode(text: str) -> bool:
    """True if `text` has a UTF-8 form. JSON's escapes can make lone surrogates, which have none."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
