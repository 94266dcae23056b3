"""Names are found by any text that they contain, as the domain compares them."""

from __future__ import annotations

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from lobby.domain.text import search_key
from lobby.stores.party_list import NAMES_ADDED_MAX, SEARCHES_CACHED_MAX, NameIndex

TEXT = st.text(alphabet="abAB sßİ.", min_size=1, max_size=8)
NAMES = st.dictionaries(st.integers(1, 20), TEXT, max_size=20)


@settings(deadline=None)
@given(NAMES, NAMES, NAMES, st.lists(TEXT, max_size=6))
def test_names_that_contain_a_text_are_found_while_names_change(
    restored: dict[int, str], names: dict[int, str], later: dict[int, str], parts: list[str]
) -> None:
    index = NameIndex()
    kept = dict(restored)
    index.add_later(restored)
    for changes in (names, later):
        for serial, name in changes.items():
            if serial in kept:
                index.remove(serial)
            index.add(serial, name)
            kept[serial] = name
        for part in parts:
            expected = {serial for serial, name in kept.items() if search_key(part) in search_key(name)}
            assert expected == set(index.containing(part))


def test_names_that_were_restored_are_indexed_by_and_by() -> None:
    index = NameIndex()
    index.add_later({serial: f"mine {serial}" for serial in range(3 * NAMES_ADDED_MAX)})
    for _ in range(5):
        assert len(index.containing("mi")) == len(index.containing("mine ")) == 3 * NAMES_ADDED_MAX
        assert list(index.containing("e 149")) == [149]
    assert not index._waiting
    for serial in range(3 * NAMES_ADDED_MAX):
        index.remove(serial)
    assert not index.containing("mi")


def test_a_restored_name_is_found_by_a_search_that_is_cached() -> None:
    index = NameIndex()
    index.add(1, "the deep mines")
    assert list(index.containing("deep")) == [1]
    index.add_later({2: "deeper still"})
    assert list(index.containing("deep")) == [1, 2]


def test_only_the_latest_searches_are_cached() -> None:
    index = NameIndex()
    index.add(1, "the deep mines")
    for count in range(2 * SEARCHES_CACHED_MAX):
        assert len(index.containing(f"part {count}")) == 0
    assert list(index.containing("deep")) == [1]
    index.add(2, "deeper still")
    assert list(index.containing("deep")) == [1, 2]


def test_short_searches_are_as_cheap_as_long_ones() -> None:
    index = NameIndex()
    for serial in range(20_000):
        index.add(serial, f"{serial:x} of the {serial * 7919:x}")
    began_at = time.thread_time()
    for part in ("1", "f ", "2a", "th"):
        assert len(index.containing(part)) > 100
    assert time.thread_time() - began_at < 0.005
