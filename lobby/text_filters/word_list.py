"""A list of words that no text may contain.

Words are compared without case, width, accents, invisible characters, look-alike letters of other scripts, and digits or signs
that stand for letters. Only whole words count, so that a list with "ass" does not refuse "class". A word of a script that
writes no spaces between words is found anywhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from lobby.domain.values import PlayerId

FILE_BYTES_MAX = 1_048_576
WORDS_MAX = 20_000
WORD_CHARS_MAX = 64
PHRASE_WORDS_MAX = 8
SPELLED_LETTERS_MIN = 3
"""So many single letters in a row ("b a d") are also read as a word."""

_LETTERS_OF_DIGITS = str.maketrans("034578@$+€", "oeastbaste")
_ONES = "1!|"
"""They stand for "i" or for "l", so a word with one of them is read in both ways."""
_LOOK_ALIKES = str.maketrans("асеіјорѕухһԁԛԝαεικνορτυχ", "aceijopsyxhdqwaeikvoptux")
"""Letters of Cyrillic and Greek that look like Latin ones."""
_TOKEN = re.compile(r"[\w@$+€!|]+")
_EDGE_SIGNS = "!|+"
"""At the ends of a word they are more often punctuation than letters."""
_LONG_RUN = re.compile(r"(.)\1{2,}")
_NO_SPACES = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
"""Letters of Thai, Lao, Burmese, Khmer, Japanese and Chinese, which write no spaces between words."""


def read_word_list(path: Path) -> list[str]:
    """The words of a UTF-8 file, one word or phrase a line; empty lines and lines with # in front do not count.

    Raises `OSError`, and `ValueError` for a file beyond the limits.
    """
    if path.stat().st_size > FILE_BYTES_MAX:
        raise ValueError(f"{path} has more than {FILE_BYTES_MAX} bytes")
    lines = [line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines()]
    words = [line for line in lines if line and not line.startswith("#")]
    if len(words) > WORDS_MAX:
        raise ValueError(f"{path} has {len(words)} words, at most {WORDS_MAX} are possible")
    for word in words:
        if len(word) > WORD_CHARS_MAX or len(word.split()) > PHRASE_WORDS_MAX:
            raise ValueError(f"{path}: {word[:WORD_CHARS_MAX]!r} is too long: {WORD_CHARS_MAX} characters at most")
        if not any(map(str.isalnum, _fold(word))):
            raise ValueError(f"{path}: {word!r} has no letter")
    return words


class WordList:
    """See `lobby.ports.TextFilter`. Reading a message of 500 characters takes well below a millisecond."""

    def __init__(self, words: Iterable[str]) -> None:
        self._phrases: set[tuple[str, ...]] = set()
        anywhere: list[str] = []
        for word in words:
            folded = _fold(word)
            if _NO_SPACES.search(folded):
                anywhere.append(re.escape("".join(folded.split())))
            else:
                self._phrases.add(tuple(_plain(token) for token in _tokens(folded)))
        self._longest = max(map(len, self._phrases), default=0)
        self._anywhere = re.compile("|".join(anywhere)) if anywhere else None

    async def first_refused(self, texts: Sequence[str], author_id: PlayerId | None) -> int | None:
        return next((index for index, text in enumerate(texts) if self.contains_word(text)), None)

    def contains_word(self, text: str) -> bool:
        """True if a word of the list is in `text`."""
        folded = _fold(text)
        if self._anywhere is not None and self._anywhere.search("".join(folded.split())):
            return True
        tokens = _tokens(folded)
        return any(self._has_phrase(reading) for reading in _readings(tokens))

    async def close(self) -> None:
        """Nothing is open."""

    def _has_phrase(self, words: Sequence[str]) -> bool:
        return any(
            tuple(words[start : start + length]) in self._phrases
            for start in range(len(words))
            for length in range(1, min(self._longest, len(words) - start) + 1)
        )


def _fold(text: str) -> str:
    """Without case, width, accents and invisible characters, and with Latin letters for those that look like them."""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    kept = "".join(char for char in decomposed if unicodedata.category(char) not in ("Mn", "Me", "Cf"))
    return unicodedata.normalize("NFC", kept).translate(_LOOK_ALIKES)


def _tokens(folded: str) -> list[str]:
    found = (token.replace("_", " ").split() for token in _TOKEN.findall(folded))
    return [token for tokens in found for token in tokens]


def _readings(tokens: Sequence[str]) -> Iterator[list[str]]:
    """The words that the tokens may stand for: a bounded number of readings of the whole text."""
    trimmed = [token.strip(_EDGE_SIGNS) or token for token in tokens]
    for each in (trimmed, tokens):
        for one in ("i", "l"):
            plain = [_plain(token, one) for token in each]
            yield plain
            yield [_LONG_RUN.sub(r"\1", word) for word in plain]
            yield [_LONG_RUN.sub(r"\1\1", word) for word in plain]
            yield list(_spelled_words(plain))
    yield [token for token in trimmed if not token.isdigit()]


def _plain(token: str, one: str = "i") -> str:
    """The token with letters for the digits and signs that stand for them. A number stays a number."""
    if token.isdigit():
        return token
    translated = token.translate(_LETTERS_OF_DIGITS)
    for sign in _ONES:
        translated = translated.replace(sign, one)
    return translated


def _spelled_words(words: Sequence[str]) -> Iterator[str]:
    """Words that are spelled letter by letter."""
    letters: list[str] = []
    for word in (*words, ""):
        if len(word) == 1:
            letters.append(word)
            continue
        if len(letters) >= SPELLED_LETTERS_MIN:
            yield "".join(letters)
        letters.clear()
