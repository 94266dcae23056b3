"""The texts of commands that a text filter is asked about."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from lobby.app.text_check import TextCheck
from lobby.domain.commands import (
    CompleteSession,
    JoinParty,
    PostMessage,
    RotateJoinCode,
    SaveCheckpoint,
    UpdateMember,
    UpdateParty,
    UpdateSession,
)
from lobby.domain.model import Player
from lobby.domain.party_settings import SettingsPatch
from lobby.domain.values import PlayerId

ANA = Player("ana", "Ana")


class Recorder:
    """Refuses nothing, and keeps the texts that it was asked about."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    async def first_refused(self, texts: Sequence[str], author_id: PlayerId | None) -> int | None:
        assert author_id == ANA.id
        self.texts += texts
        return None

    async def close(self) -> None:
        """Nothing is open."""


@pytest.mark.parametrize(
    ("command", "texts"),
    [
        (UpdateParty(ANA, SettingsPatch(name="a", password="secret", difficulty="Hard", client_version="1.2")), ["a"]),
        (UpdateParty(ANA, SettingsPatch(), attributes=(("key", "a"), ("gone", None))), ["a"]),
        (JoinParty(ANA, password="secret", character_class="a", client_version="1.2"), ["a"]),
        (UpdateMember(ANA, "a", (("key", "b"),), client_version="1.2"), ["a", "b"]),
        (PostMessage(ANA, "a"), ["a"]),
        (UpdateSession(ANA, "s1", attributes=(("key", "a"),)), ["a"]),
        (CompleteSession(ANA, "s1", outcome="a"), ["a"]),
        (SaveCheckpoint(ANA, "s1", data="the state", label="a"), ["a"]),
        (RotateJoinCode(ANA, "BCDFGH"), []),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, list) else "",
)
async def test_texts_that_other_players_see_are_checked(command: object, texts: list[str]) -> None:
    recorder = Recorder()
    assert await TextCheck(recorder).check(command) is None  # type: ignore[arg-type]  # a Command
    assert recorder.texts == texts
