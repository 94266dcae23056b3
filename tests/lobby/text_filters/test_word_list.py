"""The word list: which texts contain a word of it, and which files are accepted."""

from __future__ import annotations

from pathlib import Path

import pytest

from lobby.domain.text import MESSAGE_CHARS_MAX
from lobby.ports import Clock
from lobby.text_filters import TextFilterSettings, create_text_filter
from lobby.text_filters.word_list import WORD_CHARS_MAX, WordList, read_word_list
from tests.manual_clock import ManualClock

LIST = WordList(["darn", "Heck", "ass", "ill", "go away", "Blödsinn", "馬鹿", "дурак"])


@pytest.mark.parametrize(
    "text",
    [
        *(
            "darn",
            "DARN!",
            "oh, darn.",
            "dàrn",
            "d4rn",
            "ｄａｒｎ",
            "da\u200brn",
            "d a r n",
            "d.a.r.n",
            "daaaarn",
            "dаrn",
        ),
        *("h3ck", "he\u00adck", "what the heck?", "@ss", "a$$", "1ll", "i|l", "go  AWAY", "go_away", "g0 away"),
        *("blodsinn", "BLÖDSINN", "这是馬鹿吗", "馬 鹿", "Дурак"),
    ],
)
def test_a_word_is_found_in_every_way_to_write_it(text: str) -> None:
    assert LIST.contains_word(text)


@pytest.mark.parametrize(
    "text", ["class", "assassin", "darning", "hello", "illness", "go far away", "4 x 111", "455", "馬 に 鹿", ""]
)
def test_only_whole_words_count(text: str) -> None:
    assert not LIST.contains_word(text)


async def test_the_first_refused_text_is_named() -> None:
    assert await LIST.first_refused(["fine", "heck", "darn"], "ann") == 1
    assert await LIST.first_refused(["fine", "good"], None) is None


def test_a_long_text_of_signs_is_read() -> None:
    assert not LIST.contains_word("1!|" * (MESSAGE_CHARS_MAX // 3))
    assert LIST.contains_word("x " * (MESSAGE_CHARS_MAX // 2) + "darn")


def test_a_file_has_a_word_on_each_line(tmp_path: Path) -> None:
    file = tmp_path / "words.txt"
    file.write_text("# a comment\n\ndarn\r\n  go away  \n", encoding="utf-8-sig")
    assert read_word_list(file) == ["darn", "go away"]


@pytest.mark.parametrize("content", ["x" * (WORD_CHARS_MAX + 1), "!!!", "a b c d e f g h i", "a\n" * 20_001])
def test_a_list_beyond_its_limits_is_refused_with_the_name_of_the_setting(tmp_path: Path, content: str) -> None:
    file = tmp_path / "words.txt"
    file.write_text(content)
    clock: Clock = ManualClock()
    for path in (file, tmp_path / "missing.txt"):
        with pytest.raises(ValueError, match="LOBBY_WORD_LIST: "):
            create_text_filter(TextFilterSettings(path), clock)
