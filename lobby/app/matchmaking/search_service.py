"""The acts of a search, by players and by the server: start and cancel one, answer a proposed match, merge its parties.

A match is proposed in one commit over all of its parties, and so are the parties merged. In between each party is changed by
itself: its members accept, decline or leave. A party that leaves the match never comes back to it, so the others can be released
one by one.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Sequence
from enum import Enum
from secrets import token_hex
from statistics import median_low

from lobby.app.command_handler import GAME_SERVERS, CommandHandler, ProposedChange
from lobby.app.idempotency import CommandResult, IdempotencyKey
from lobby.domain.blocks import BlockCheck, check_against, check_all
from lobby.domain.commands import (
    AcceptMatch,
    CancelSearch,
    Command,
    DeclineMatch,
    MoveToMatch,
    ProposeMatch,
    ReleaseMatch,
    StartSearch,
    StopSearch,
    TakeInMatch,
)
from lobby.domain.events import Entry
from lobby.domain.matching import Candidate, candidate_of
from lobby.domain.model import Party, Player
from lobby.domain.rejections import NOT_FOUND, Rejection, RejectionCode
from lobby.domain.rules.decide import decide
from lobby.domain.rules.matches import party_that_stays
from lobby.domain.rules.search import NO_SEARCH, has_accepted
from lobby.domain.search import Match, SearchCriteria, kind_of, party_of_search, search_id
from lobby.domain.values import PartyId, PlayerId, SearchCancelReason, SearchId, SearchState
from lobby.ports import Change, Unavailable
from lobby.runtime.background import BackgroundTasks

log = logging.getLogger(__name__)

_MATCH_GONE = Rejection(RejectionCode.MATCH_GONE, "The match has fallen apart.", "search_id")


class ProposalResult(Enum):
    """The outcome of the proposal of a match."""

    PROPOSED = "PROPOSED"
    CHANGED = "CHANGED"
    """One of the searches has changed."""
    BLOCKED = "BLOCKED"
    """There is a block between two of the players."""


class SearchService:
    """Searches of parties, and the matches that come of them."""

    def __init__(self, handler: CommandHandler) -> None:
        self._handler = handler
        self._store = handler.store
        self._tasks = BackgroundTasks()
        handler.commit_listeners.append(self._on_commit)

    @property
    def smaller_ms(self) -> int:
        """After this time a search takes a match of fewer players than it wants."""
        return self._handler.bounds.smaller_match_ms

    async def close(self) -> None:
        await self._tasks.close()

    async def start(
        self,
        actor: Player,
        party_id: PartyId,
        criteria: SearchCriteria,
        idempotency_key: IdempotencyKey | None = None,
        if_version: int | None = None,
    ) -> CommandResult | Rejection:
        """Begin a search of the party."""
        command = StartSearch(actor, criteria, search_id(party_id, token_hex(4)), await self._estimate_wait(criteria))
        return await self._handler.execute(party_id, command, idempotency_key, if_version)

    async def cancel(
        self, actor: Player, search_id: SearchId, idempotency_key: IdempotencyKey | None = None
    ) -> CommandResult | Rejection:
        """End a search. The result is definite: it shows a match if that was first."""
        return await self._execute(search_id, CancelSearch(actor, search_id), idempotency_key)

    async def decline(
        self, actor: Player, search_id: SearchId, idempotency_key: IdempotencyKey | None = None
    ) -> CommandResult | Rejection:
        return await self._execute(search_id, DeclineMatch(actor, search_id), idempotency_key)

    async def accept(
        self, actor: Player, search_id: SearchId, idempotency_key: IdempotencyKey | None = None
    ) -> CommandResult | Rejection:
        """Accept the proposed match. The last one to accept makes the parties one in the same commit."""

        async def propose() -> ProposedChange | Rejection:
            party = await self._store.latest(party_of_search(search_id))
            if party is None:
                return NO_SEARCH
            proposed = await self._handler.propose(party, AcceptMatch(actor, search_id))
            if isinstance(proposed, Rejection) or not proposed.changes:
                return proposed
            after = proposed.party
            match = after.search.match if after.search is not None else None
            if match is None or not has_accepted(after, match.id):
                return proposed
            others = [await self._store.latest(id) for id in match.party_ids if id != party.id]
            merged = await self._merge([after, *(other for other in others if other is not None)], match)
            if isinstance(merged, ProposedChange):
                return _with_accept(proposed, party, merged)
            return merged or proposed

        outcome = await self._handler.commit(propose, actor.id, idempotency_key, "accept_match")
        return NO_SEARCH if outcome == NOT_FOUND else outcome

    async def propose(self, candidates: Sequence[Candidate]) -> ProposalResult:
        """Propose a match of these searches to their parties. Raises `Unavailable`."""
        players = [player_id for candidate in candidates for player_id in candidate.players]
        if await self._store.finds_block(check_all(players)):
            return ProposalResult.BLOCKED

        async def propose() -> ProposedChange | Rejection:
            parties = [await self._party_of(candidate) for candidate in candidates]
            if any(party is None for party in parties):
                return _MATCH_GONE
            changes = [self._decide(party, ProposeMatch(match)) for party in parties if party is not None]
            found = tuple(change for change in changes if change is not None)
            return ProposedChange(found[-1].after, found) if len(found) == len(candidates) else _MATCH_GONE

        party_ids = tuple(sorted(candidate.party_id for candidate in candidates))
        accept_by = self._handler.clock.now() + self._handler.bounds.match_accept_ms
        match = Match(token_hex(8), party_ids, accept_by)
        outcome = await self._handler.commit(propose, GAME_SERVERS, None, "propose_match")
        return ProposalResult.PROPOSED if isinstance(outcome, CommandResult) else ProposalResult.CHANGED

    async def stop(self, search_id: SearchId, reason: SearchCancelReason) -> None:
        """End a search, unless it has ended. Raises `Unavailable`."""
        outcome = await self._handler.execute(party_of_search(search_id), StopSearch(search_id, reason))
        if isinstance(outcome, Rejection) and outcome.code is RejectionCode.UNAVAILABLE:
            raise Unavailable(outcome.message)

    async def blocked_by(self, player_ids: Sequence[PlayerId]) -> frozenset[PlayerId]:
        """The players whom any of these players blocks. Raises `Unavailable`."""
        lists = [await self._store.block_list(player_id) for player_id in player_ids]
        return frozenset(block.player.id for blocks in lists for block in blocks.blocks)

    async def settle(self, match: Match) -> None:
        """Merge the parties if all players have accepted. Release them if one party has left the match.

        Several nodes may do this at the same time: only one merges. Raises `Unavailable`.
        """
        parties = [await self._store.party(party_id) for party_id in match.party_ids]
        inside = [party for party in parties if party is not None and _match_id(party) == match.id]
        if len(inside) == len(match.party_ids):
            if all(has_accepted(party, match.id) for party in inside):
                await self._handler.commit(lambda: self._propose_merge(match), GAME_SERVERS, None, "merge_match")
            return
        await self._release([party.id for party in inside], match.id)

    async def settle_due(self, party: Party) -> None:
        """Settle the match of the party if its time is over, before its deadline releases or cancels the search."""
        match = party.search.match if party.search is not None else None
        if match is not None and match.accept_by <= self._handler.clock.now():
            await self.settle(match)

    async def _propose_merge(self, match: Match) -> ProposedChange | Rejection:
        parties = [await self._store.latest(party_id) for party_id in match.party_ids]
        return await self._merge([party for party in parties if party is not None], match) or _MATCH_GONE

    async def _merge(self, parties: Sequence[Party], match: Match) -> ProposedChange | Rejection | None:
        """The changes that make the parties one. That of the party that stays comes last, because its log decides. None: not all
        parties are there and have accepted.

        A player may have blocked another one since the match was proposed. Then it falls apart.
        """
        if len(parties) != len(match.party_ids) or not all(has_accepted(party, match.id) for party in parties):
            return None
        stays = party_that_stays(parties)
        others = tuple(party for party in parties if party is not stays)
        checks = _block_checks(stays, others)
        if await self._store.finds_block(checks):
            self._tasks.start(self._log_failure(self._release(match.party_ids, match.id)), "release match")
            return _MATCH_GONE
        changes = [self._decide(other, MoveToMatch(match.id, stays.id)) for other in others]
        changes.append(self._decide(stays, TakeInMatch(match.id, others)))
        found = tuple(change for change in changes if change is not None)
        return ProposedChange(found[-1].after, found, block_checks=checks) if len(found) == len(parties) else None

    async def _release(self, party_ids: Sequence[PartyId], match_id: str) -> None:
        for party_id in party_ids:
            await self._handler.execute(party_id, ReleaseMatch(match_id))

    def _decide(self, party: Party, command: Command) -> Change | None:
        """None: rejected."""
        decision = decide(party, command, self._handler.clock.now(), self._handler.bounds)
        return Change(party, decision) if isinstance(decision, tuple) and decision else None

    async def _party_of(self, candidate: Candidate) -> Party | None:
        """The party, if its search is still this one. The latest state on this node may be older than the candidate."""
        party = await self._store.latest(candidate.party_id)
        if party is None or candidate_of(party) != candidate:
            party = await self._store.party(candidate.party_id)
        return party if party is not None and candidate_of(party) == candidate else None

    async def _execute(
        self, search_id: SearchId, command: Command, idempotency_key: IdempotencyKey | None
    ) -> CommandResult | Rejection:
        outcome = await self._handler.execute(party_of_search(search_id), command, idempotency_key)
        return NO_SEARCH if outcome == NOT_FOUND else outcome

    async def _estimate_wait(self, criteria: SearchCriteria) -> int | None:
        try:
            waits_s = await self._store.searches.waits(kind_of(criteria))
        except Unavailable:
            return None
        return median_low(waits_s) if waits_s else None

    def _on_commit(self, change: Change) -> None:
        """Settle the match of a party that has left it, or whose last member has accepted."""
        before = change.before.search if change.before is not None else None
        after = change.after.search
        if before is None or after is None or before.match is None:
            return
        if after.state is SearchState.MATCHED:
            self._tasks.start(self._add_wait(change.after), "search wait")
        elif not after.is_live or has_accepted(change.after, before.match.id):
            self._tasks.start(self._log_failure(self.settle(before.match)), "settle match")

    async def _log_failure(self, work: Awaitable[None]) -> None:
        try:
            await work
        except Unavailable as error:
            log.warning("store unavailable, the match is settled at its deadline: %s", error)

    async def _add_wait(self, party: Party) -> None:
        """Keep how long the search of the party took, for the estimates of others."""
        search = party.search
        assert search is not None, "the caller has looked"
        wait_s = round((party.changed_at - search.since) / 1000)
        try:
            await self._store.searches.add_waits(kind_of(search.criteria), {search.id: wait_s})
        except Unavailable as error:
            log.warning("the wait of a search is not counted, store unavailable: %s", error)


def _with_accept(accept: ProposedChange, before: Party, merge: ProposedChange) -> ProposedChange:
    """The merge with the entries of the last accept in front, in the party of that player. `before`: that party before both."""
    accepted: tuple[Entry, ...] = accept.changes[0].entries
    own = next(change for change in merge.changes if change.after.id == before.id)
    whole = Change(before, (*accepted, *own.entries))
    changes = tuple(whole if change is own else change for change in merge.changes)
    return ProposedChange(whole.after, changes, block_checks=merge.block_checks)


def _block_checks(stays: Party, others: Sequence[Party]) -> tuple[BlockCheck, ...]:
    """The conditions for the seats that a merge gives: none of the newcomers has a block with anybody."""
    newcomers = [member.player.id for party in others for member in party.members]
    everybody = [*(member.player.id for member in stays.members), *newcomers]
    checks = (check_against(player_id, everybody) for player_id in newcomers)
    return tuple(check for check in checks if check is not None)


def _match_id(party: Party) -> str | None:
    return party.search.match.id if party.search is not None and party.search.match is not None else None
