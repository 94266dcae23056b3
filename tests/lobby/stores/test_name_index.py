"""Names by any part of them, as the domain compares them."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from lobby.domain.listing import folded
from lobby.stores.index.name_index import ASKED_MAX, NameIndex

TEXT = st.text(alphabet="abAB sßİ.", min_size=1, max_size=8)
NAMES = st.dictionaries(st.integers(1, 20), TEXT, max_size=20)


@settings(deadline=None)
@given(NAMES, NAMES, st.lists(TEXT, max_size=6))
def test_the_names_with_a_part_are_found_while_names_come_and_go(
    names: dict[int, str], later: dict[int, str], parts: list[str]
) -> None:
    index = NameIndex()
    kept: dict[int, str] = {}
    for changes in (names, later):
        for serial, name in changes.items():
            if serial in kept:
                index.remove(serial)
            index.add(serial, name)
            kept[serial] = name
        for part in parts:
            expected = {serial for serial, name in kept.items() if folded(part) in folded(name)}
            assert expected == set(index.containing(part))


def test_of_the_parts_asked_for_only_the_latest_are_remembered() -> None:
    index = NameIndex()
    index.add(1, "the deep mines")
    for count in range(2 * ASKED_MAX):
        assert len(index.containing(f"part {count}")) == 0
    assert list(index.containing("deep")) == [1]
    index.add(2, "deeper still")
    assert list(index.containing("deep")) == [1, 2]
