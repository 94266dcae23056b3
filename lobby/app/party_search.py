"""How operators find a party: by an id, a code or a player at once, by a part of a name through a bounded number of parties.

There is no index of the names of all players: it would cost each join more than the rare search of an operator.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from lobby.domain.model import Party, Player
from lobby.domain.text import search_key
from lobby.ports import BadPageCursor, NumberedParty, Store
from lobby.struct import Struct

SLICE_PARTIES = 250
"""Parties that are looked at before other requests have a turn: up to 2 ms."""
SEARCH_CHARS_MAX = 100
_CURSOR_DIGITS_MAX = 12


class FoundParty(Struct):
    """A party, and why it was found."""

    party: Party
    players: tuple[Player, ...] = ()
    """The players whose name or id was looked for."""


class FoundPage(Struct):
    """`after`: the cursor of the next page; None: there is nothing more. A page may be empty and have a next one."""

    parties: tuple[FoundParty, ...]
    after: str | None
    searched: int
    """The parties that were looked at for this page."""


class PartySearch:
    """May raise `Unavailable`."""

    def __init__(self, store: Store, searched_max: int) -> None:
        """`searched_max`: the parties that are looked at for one page."""
        self._store = store
        self._searched_max = searched_max

    async def page(self, text: str, first: int, after: str | None) -> FoundPage:
        """Up to `first` live parties, the newest first. Without `text` all match.

        An id of a party, session or player, a join code and an external key lead to that party alone, an id also to a closed one.
        Any other text is looked for in the names of parties and players, in any case. Raises `BadPageCursor`.
        """
        before = _read_cursor(after)
        wanted = text.strip()
        if wanted and before is None:
            exact = await self._exact(wanted)
            if exact is not None:
                return FoundPage((exact,), None, 1)
        return await self._by_name(search_key(wanted), first, before)

    async def _by_name(self, wanted: str, first: int, before: int | None) -> FoundPage:
        found: list[FoundParty] = []
        searched = 0
        async for numbered in self._newest(before, first if not wanted else SLICE_PARTIES):
            if searched >= self._searched_max or len(found) >= first:
                return FoundPage(tuple(found), str(before), searched)
            searched, before = searched + 1, numbered.number
            match = _match(numbered.party, wanted)
            if match is not None:
                found.append(match)
        return FoundPage(tuple(found), None, searched)

    async def _newest(self, before: int | None, slice_parties: int) -> AsyncIterator[NumberedParty]:
        """All live parties below the number `before`."""
        while page := await self._store.live_parties(before, slice_parties):
            for numbered in page:
                yield numbered
            before = page[-1].number
            await asyncio.sleep(0)

    async def _exact(self, wanted: str) -> FoundParty | None:
        store = self._store
        party = await store.party(wanted)
        if party is not None:
            return FoundParty(party)
        session = await store.session(wanted)
        if session is not None:
            return await self._found(session.party_id)
        party_id = await store.party_of_player(wanted)
        if party_id is not None:
            return await self._found(party_id, wanted)
        code_of = await store.party_of_code(wanted.upper()) or await store.party_of_external_key(wanted)
        return await self._found(code_of) if code_of is not None else None

    async def _found(self, party_id: str, player_id: str | None = None) -> FoundParty | None:
        party = await self._store.party(party_id)
        if party is None:
            return None
        players = (*(member.player for member in party.members), *(waiting.player for waiting in party.waiting))
        return FoundParty(party, tuple(player for player in players if player.id == player_id))


def _match(party: Party, wanted: str) -> FoundParty | None:
    if not wanted:
        return FoundParty(party)
    # Stored names are in NFC: `search_key` would normalize each of them again, which took half of the time.
    players = tuple([m.player for m in party.members if wanted in m.player.display_name.casefold()])
    return FoundParty(party, players) if players or wanted in party.settings.name.casefold() else None


def _read_cursor(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= _CURSOR_DIGITS_MAX):
        raise BadPageCursor(text[:32])
    return int(text)
