"""The whole journey, from signing in to the last one out, and what each saw of it."""

from __future__ import annotations

from collections.abc import Mapping

from lobby.demo.address import Address
from lobby.demo.answers import expect
from lobby.demo.cast import Cast, cast
from lobby.demo.gathering import gather, get_ready, lose_a_connection
from lobby.demo.http_client import http_client
from lobby.demo.playing import leave, play_again, play_with_a_late_join
from lobby.demo.record import LEGEND
from lobby.demo.screen import GREEN, Screen
from lobby.demo.stage import Stage


async def play(address: Address, documents: Mapping[str, str], screen: Screen, countdown_s: int) -> None:
    """Told on the screen as it goes. Raises, in a group of exceptions or alone, what `answers` names."""
    async with http_client(address, documents) as http:
        server_info = await http.run("ServerInfo")
        screen.line(f"AdventureBot2 lobby server {server_info['version']} at {address.base}")
        async with cast(address, http, documents, screen) as players:
            screen.step(f"Signed in as guests: {', '.join(bot.name for bot in players.all)}")
            await _acts(Stage(players, screen, server_info, countdown_s))
        _show(players, screen)


async def _acts(stage: Stage) -> None:
    for act in (gather, get_ready, lose_a_connection, play_with_a_late_join, play_again, leave):
        await act(stage)


def _show(players: Cast, screen: Screen) -> None:
    screen.heading("What each of them saw, in order")
    for row in players.record.rows():
        screen.line(row)
    screen.line(f"\n  {LEGEND}")
    missed = players.record.missed()
    expect(not missed, f"nobody missed anything; but {'; '.join(missed)}")
    screen.line(f"  {screen.painted('Nobody missed anything.', GREEN)}")
