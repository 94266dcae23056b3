"""The end of a run: the weather is fair, and everybody catches up."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from chaos.evidence.evidence import Evidence
from chaos.json_value import Json
from chaos.players.acting import NotThere
from chaos.players.player import Player
from chaos.servers.settings import GRACE_IN_PROGRESS_S

QUIET_S = GRACE_IN_PROGRESS_S + 2.0
"""Whoever is away for good has timed out by then, and everybody else is back."""
CATCH_UP_S = 15.0
LOOK_EVERY_S = 0.05
ASK_EVERY_S = 0.5
HISTORIES_MAX = 10
"""Of closed parties, for each player."""


async def settle(players: Sequence[Player], evidence: Evidence) -> None:
    """Every open stay reaches the head of its log, or is known not to have."""
    await asyncio.sleep(QUIET_S)
    for party in await _at_peace(players):
        _note_head(party, evidence)
    await _caught_up(players, evidence)
    await asyncio.gather(*(_read_histories(player, evidence) for player in players))


async def _at_peace(players: Sequence[Player]) -> list[Json]:
    """The parties that players are in, once all members count as connected; or as they stand when that takes too long."""
    parties: list[Json] = []
    for _ in range(round(CATCH_UP_S / ASK_EVERY_S)):
        found = await asyncio.gather(*(player.where_am_i() for player in players))
        parties = list({party["id"]: party for party in found if party is not None}.values())
        if not any(_gone_ids(party) for party in parties):
            break
        await asyncio.sleep(ASK_EVERY_S)
    return parties


def _gone_ids(party: Json) -> list[str]:
    return [member["player"]["id"] for member in party["members"] if member["connection"] != "CONNECTED"]


def _note_head(party: Json, evidence: Evidence) -> None:
    evidence.heads[party["id"]] = party["version"]
    for player_id in _gone_ids(party):
        evidence.fault(f"all are watching, and {player_id} counts as gone from party {party['id']}")


async def _caught_up(players: Sequence[Player], evidence: Evidence) -> None:
    """What is missing at the end of `CATCH_UP_S` is for the checks to find."""
    for _ in range(round(CATCH_UP_S / LOOK_EVERY_S)):
        if all(_has_caught_up(player, evidence) for player in players):
            return
        await asyncio.sleep(LOOK_EVERY_S)


def _has_caught_up(player: Player, evidence: Evidence) -> bool:
    return all(
        following.applied >= evidence.heads.get(party_id, 0)
        for device in player.devices
        for party_id, following in device.followings.items()
    )


async def _read_histories(player: Player, evidence: Evidence) -> None:
    """Of the party that it is in, and of those that closed around it."""
    current = [player.party["id"]] if player.party is not None else []
    for party_id in [*current, *player.closed_ids[-HISTORIES_MAX:]]:
        try:
            await player.read_history(party_id)
        except NotThere:
            evidence.fault(f"{player.player_id} was in party {party_id}, and may not read its history")
