"""Each type of an event interface becomes a C# event of its stream, and the README lists it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools.unity_codegen.sample import contract, sources
from tools.unity_codegen.events import BEGIN, END, MissingMarkers, write_events

WATCH = "subscription Watch { tavernEvents { __typename at } }"


def test_a_stream_has_an_event_for_each_type_of_its_interface(tmp_path: Path) -> None:
    events = sources(tmp_path, WATCH, fragments=())["Events/TavernStream.Events.cs"]

    assert "public sealed partial class TavernStream" in events
    assert "/// <summary>A guest comes in.</summary>\n        public event Action<TavernEvent>? GuestCame;" in events
    assert "case TavernEventKind.GuestCame: return GuestCame;" in events
    assert "case TavernEventKind.GuestLeft: return GuestLeft;" in events


def test_an_event_of_one_kind_is_a_class_with_the_members_of_the_kind(tmp_path: Path) -> None:
    watch = "subscription Watch { tavernEvents { __typename at ... on GuestCame { guest { id } seats } } }"

    details = sources(tmp_path, watch, fragments=())["Events/TavernEvent.Details.cs"]

    assert "case TavernEventKind.GuestCame: return new GuestCameEvent(this);" in details
    came = details[details.index("class GuestCameEvent : TavernEventDetails") : details.index("class GuestLeftEvent")]
    assert "public LobbyPerson Guest\n        {\n            get { return Event.Guest!; }" in came
    assert "public int Seats\n        {\n            get { return Event.Seats.GetValueOrDefault(); }" in came
    assert "At" not in came, "which all kinds have"


def test_a_subscription_to_another_interface_has_no_events(tmp_path: Path) -> None:
    files = sources(tmp_path, "subscription Happenings { happenings { __typename id } }", fragments=())

    assert [path for path in files if path.startswith("Events/")] == []


def test_the_readme_lists_the_events_between_its_markers(tmp_path: Path) -> None:
    readme = f"before\n{BEGIN}\n`Old`\n{END}\nafter\n"

    written = write_events(readme, contract(tmp_path, WATCH, fragments=()))

    assert written == f"before\n{BEGIN}\n`GuestCame` `GuestLeft`\n{END}\nafter\n"


def test_a_readme_without_markers_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(MissingMarkers, match=r"unity/README\.md"):
        write_events("no list", contract(tmp_path, WATCH, fragments=()))
