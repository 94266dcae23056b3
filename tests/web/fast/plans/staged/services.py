"""Services of a lobby in which nothing changes: what they answer follows from what they are asked."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Any, cast

from lobby.app.block_service import BlocksResult
from lobby.app.errors import CallerError
from lobby.app.idempotency import CommandResult
from lobby.app.identity_service import IdentitiesResult, SignedIn
from lobby.app.invite_service import InviteWithParty
from lobby.app.metrics import Metrics
from lobby.app.query_service import BadCursor, SessionOfParty
from lobby.app.report_service import Reported
from lobby.app.text_check import TextCheck
from lobby.auth.guest_credentials import IssuedCredentials
from lobby.auth.tickets import LogDigest, Ticket, TicketClaims
from lobby.domain.blocks import Block, BlockList
from lobby.domain.bounds import Bounds
from lobby.domain.commands import JoinParty
from lobby.domain.events import Entry
from lobby.domain.identities import Identity
from lobby.domain.inbox import (
    Announced,
    Inbox,
    InboxEntry,
    InboxEvent,
    InviteUpdated,
    MembershipChanged,
    SearchUpdated,
    WaitingUpdated,
)
from lobby.domain.invites import party_of_invite
from lobby.domain.listing import PartyFilter, SessionFilter
from lobby.domain.model import Party, Player, Session
from lobby.domain.moderation import Maintenance
from lobby.domain.rejections import Rejection
from lobby.domain.saved_runs import SavedRun
from lobby.domain.values import LeaveReason
from lobby.domain.viewer_access import can_see
from lobby.limits.attempt_limiter import AttemptLimiters
from lobby.live.follower import Follower
from lobby.live.frames import Frame, InboxFrame, InboxHeartbeat, InboxSnapshot, InboxUpdate
from lobby.live.hub import NotFollowable
from lobby.live.lobby_feed import ListingChange, LobbyChange
from lobby.ports import BadPageCursor, Page, PartyQuery
from lobby.text_filters import NoFilter
from resolvers.context import Services
from schema.server_info import ServerLimits
from tests.lobby.domain.scenes import START, player
from tests.lobby.domain.test_saved_runs import run_of
from tests.web.fast.plans.staged.operators import StagedOperators
from tests.web.fast.plans.staged.outcomes import outcome, refusal
from tests.web.fast.plans.staged.parties import PARTIES, REFUSED

BREAKS = "breaks"
"""A request with this value meets an internal error."""
RUN = run_of("ann", "bob")
SESSIONS = {party.session.id: party for party in PARTIES.values() if party.session is not None}


class Staged:
    """All services in one. The calls of root fields are put into the book. Fields below change nothing, so they may be resolved
    twice."""

    def __init__(self, book: list[str], frames: Sequence[Frame]) -> None:
        self._book = book
        self._frames = frames
        self.metrics = Metrics()

    def _noted(self, what: str, asked: object) -> None:
        self._book.append(f"{what} {asked}")
        if asked == BREAKS:
            raise RuntimeError("the secret of the house")

    # -- the lobby and its entrance

    async def execute(
        self, party_id: str, command: object, once: object, if_version: object
    ) -> CommandResult | Rejection:
        self._noted(f"{_said(command)} {once} {if_version}", party_id)
        return outcome(PARTIES.get(party_id), party_id == REFUSED)

    async def execute_in_session(self, session_id: str, command: object, once: object) -> CommandResult | Rejection:
        self._noted(f"{_said(command)} {once}", session_id)
        return outcome(SESSIONS.get(session_id), session_id == REFUSED)

    async def create(self, command: Any, leave_current: bool, once: object) -> CommandResult | Rejection:
        self._noted(f"{command} {leave_current} {once}", command.patch.name)
        return outcome(PARTIES["waiting"], command.patch.name == REFUSED)

    async def join(self, target: Any, command: object, leave_current: bool, once: object) -> CommandResult | Rejection:
        self._noted(f"{command} {leave_current} {once}", target.party_id)
        return outcome(PARTIES.get(target.party_id or "running"), target.party_id == REFUSED)

    async def quick_join(
        self, command: object, wanted: PartyFilter, create: object, leave_current: bool, once: object
    ) -> CommandResult | Rejection:
        self._noted(f"{command} {wanted} {create} {leave_current} {once}", wanted.difficulty)
        return outcome(PARTIES["running"], wanted.difficulty == REFUSED)

    async def enter(self, create: Any, command: object, leave_current: bool, once: object) -> CommandResult | Rejection:
        self._noted(f"{create} {command} {leave_current} {once}", create.external_key)
        return outcome(PARTIES["running"], create.external_key == REFUSED)

    # -- the reader

    async def party(self, party_id: str, viewer: str | None) -> Party | None:
        self._noted("party", party_id)
        found = PARTIES.get(party_id)
        return found if found is not None and can_see(found, viewer) else None

    async def party_of(self, player_id: str) -> Party | None:
        self._noted("party of", player_id)
        return next((party for party in PARTIES.values() if party.member(player_id) is not None), None)

    async def parties(self, query: PartyQuery) -> Page[Party]:
        self._noted(f"{query}", query.after)
        if query.after == REFUSED:
            raise BadPageCursor
        parties = tuple(PARTIES.values())[: query.first]
        return Page(parties, tuple(party.id for party in parties), query.first < len(PARTIES), len(PARTIES))

    async def session(self, session_id: str, viewer: str | None) -> SessionOfParty | None:
        self._noted("session", session_id)
        return _seen(SESSIONS[session_id]) if session_id in SESSIONS else None

    async def sessions(
        self, wanted: SessionFilter, first: int, after: str | None, viewer: str | None
    ) -> Page[SessionOfParty]:
        self._noted(f"{wanted} {first} {viewer}", after)
        seen = tuple(_seen(party) for party in SESSIONS.values())[:first]
        return Page(seen, tuple(one.session.id for one in seen), False, len(seen))

    async def history(self, party_id: str, viewer: str, after: str | None, first: int) -> list[Entry] | None:
        self._noted(f"{after} {first}", party_id)
        if after == REFUSED:
            raise BadCursor
        entries = [frame for frame in self._frames if isinstance(frame, Entry)]
        return entries[:first] if party_id in PARTIES else None

    # -- moderation

    maintenance = Maintenance(START, "An update")

    async def report(
        self, actor: Player, party_id: str, player_id: str, seq: int | None, reason: str, once: object
    ) -> Reported | Rejection:
        self._noted(f"{actor} {player_id} {seq} {reason} {once}", party_id)
        return refusal(PARTIES["private"]) if party_id == REFUSED else Reported(party_id, replayed=party_id == "ended")

    # -- saved runs

    async def save(self, command: Any, once: object) -> CommandResult | Rejection:
        return await self.execute_in_session(command.session_id, command, once)

    async def continue_run(
        self, actor: object, session_id: str, version: object, leave_current: bool, once: object
    ) -> CommandResult | Rejection:
        self._noted(f"{actor} {version} {leave_current} {once}", session_id)
        return outcome(PARTIES["continued"] if session_id in SESSIONS else None, session_id == REFUSED)

    async def runs_of(self, player_id: str, first: int, after: str | None) -> Page[SavedRun]:
        self._noted(f"{player_id} {first}", after)
        if after == REFUSED:
            raise BadPageCursor
        return Page((RUN,), ("cursor of the run",), False, 1)

    async def checkpoint_data(self, session_id: str, reader_id: str) -> str | None:
        self._noted(f"checkpoint for {reader_id}", session_id)
        return f"state of {session_id}" if session_id in SESSIONS else None

    # -- invites and blocks

    async def invite(
        self, actor: object, party_id: str, player_id: str, once: object, if_version: object
    ) -> CommandResult | Rejection:
        self._noted(f"{actor} invites {player_id} {once} {if_version}", party_id)
        return outcome(PARTIES.get(party_id), party_id == REFUSED)

    async def accept(self, command: Any, leave_current: bool, once: object) -> CommandResult | Rejection:
        self._noted(f"{command} {leave_current} {once}", command.invite_id)
        return outcome(PARTIES.get(party_of_invite(command.invite_id)), command.invite_id == REFUSED)

    async def end(self, command: Any, once: object) -> CommandResult | Rejection:
        self._noted(f"{_said(command)} {once}", command.invite_id)
        return outcome(PARTIES.get(party_of_invite(command.invite_id)), command.invite_id == REFUSED)

    async def invites_of(self, invitee: Player) -> list[InviteWithParty]:
        self._noted("invites of", invitee.id)
        return [InviteWithParty(invite, party) for party in PARTIES.values() for invite in party.pending_invites]

    async def block(self, actor: Player, player_id: str, once: object) -> BlocksResult | Rejection:
        self._noted(f"{actor} blocks {once}", player_id)
        blocks = BlockList(actor.id, 1, (Block(player("eve"), START),))
        return BlocksResult(blocks, replayed=player_id == "ann") if player_id != REFUSED else refusal(None)

    async def unblock(self, actor: Player, player_id: str, once: object) -> BlocksResult | Rejection:
        return await self.block(actor, player_id, once)

    async def blocked_players(self, player_id: str) -> list[Player]:
        self._noted("blocked players", player_id)
        return [player("eve")]

    # -- what can be followed

    def follow(self, *asked: Any) -> Any:
        """A party by its id, a player and a cursor, or the list by a filter."""
        self._noted("follow", asked)
        return self._news(asked[1]) if len(asked) == 2 else self._following(*asked)

    def _following(self, party_id: str, player_id: str, after: str | None) -> Follower:
        following = Follower(player_id)
        following.pull_from(self._pulled(party_id))
        return following

    async def follow_inbox(self, follower: Player, after: str | None) -> AsyncGenerator[InboxFrame, None]:
        self._noted(f"inbox of {follower.id}", after)
        party, invites = PARTIES["waiting"], await self.invites_of(follower)
        yield InboxSnapshot(Inbox(follower.id), START, invites, party)
        events: tuple[tuple[InboxEvent, Party | None], ...] = (
            (MembershipChanged(party.id), party),
            (MembershipChanged(party.id, LeaveReason.KICKED), None),
            *((InviteUpdated(each.invite), each.party) for each in invites),
            (WaitingUpdated(party.id, True), party),
            (WaitingUpdated(party.id, False, START), party),
            *(
                (SearchUpdated(each.id, each.search), each)
                for each in (PARTIES["searching"],)
                if each.search is not None
            ),
            (Announced("The inn closes."), None),
        )
        for seq, (event, shown) in enumerate(events, 1):
            yield InboxUpdate(InboxEntry(event, Inbox(follower.id, "feed", seq, START + seq)), shown)
        yield InboxHeartbeat(Inbox(follower.id, "feed", len(events), START), START, 2_000)

    async def _pulled(self, party_id: str) -> AsyncGenerator[Frame, None]:
        if party_id not in PARTIES:
            raise NotFollowable
        for frame in self._frames:
            yield frame

    async def _news(self, wanted: PartyFilter) -> AsyncGenerator[ListingChange, None]:
        for party in PARTIES.values():
            yield ListingChange(LobbyChange.LISTED, START, party.id, party)
        yield ListingChange(LobbyChange.DELISTED, START + 1, "waiting", None)
        if wanted.difficulty == BREAKS:
            raise RuntimeError("the secret of the house")

    # -- credentials, tickets, time

    async def sign_in_as_guest(self, display_name: str) -> IssuedCredentials | Rejection:
        self._noted("sign in", display_name)
        return _granted() if display_name != REFUSED else refusal(None)

    def reject(self, device_id: str) -> Rejection | None:
        self._noted("device", device_id)
        return refusal(None) if device_id == REFUSED else None

    async def remember(self, player_id: str, device_id: str) -> None:
        self._noted(f"device of {player_id}", device_id)

    async def refresh(self, token: str) -> IssuedCredentials | Rejection:
        self._noted("refresh", token)
        return _granted() if token != REFUSED else refusal(None)

    provider_names = ("discord",)

    async def sign_in(self, provider: str, token: str, display_name: str | None) -> SignedIn | Rejection:
        self._noted(f"sign in {provider} {display_name}", token)
        granted = _granted()
        return SignedIn(granted, "token of the provider") if token != REFUSED else refusal(None)

    async def link(self, actor: Player, provider: str, token: str, once: object) -> IdentitiesResult | Rejection:
        self._noted(f"link {actor} {provider} {once}", token)
        return IdentitiesResult((IDENTITY,), replayed=False) if token != REFUSED else refusal(None)

    async def identities_of(self, player_id: str) -> list[Identity]:
        self._noted("identities", player_id)
        return [IDENTITY]

    def issue(self, party: Party, player_id: str, at: int) -> Ticket | None:
        """Tickets for all players except one, whose tickets can't be signed."""
        if player_id == "dee":
            raise CallerError("NO_TICKET", "None for you.")
        return Ticket(f"ticket of {player_id} to {party.id}", at) if player_id == "ann" else None

    def read(self, token: str, at: int) -> TicketClaims | None:
        return TicketClaims(token, "ann", "running-session", at + 60_000) if token != REFUSED else None

    async def verdict(self, party: Party, command: JoinParty) -> Rejection | None:
        return refusal(party) if party.id in ("private", "running") or command.character_class == REFUSED else None

    async def log_digest(self, session: Session) -> LogDigest:
        return LogDigest(1, 2, "digest")

    def sign_receipt(self, session: Session, epoch: str, log: LogDigest, at: int) -> str:
        return f"receipt of {session.id} in {epoch}, {log}"

    def now(self) -> int:
        return START


IDENTITY = Identity("discord", "1", "ann", START)


class StagedSearches:
    """The service of searches, whose names are those of other services too."""

    def __init__(self, staged: Staged) -> None:
        self._staged = staged

    async def start(
        self, actor: object, party_id: str, criteria: object, once: object, if_version: object
    ) -> CommandResult | Rejection:
        self._staged._noted(f"{actor} {criteria} {once} {if_version}", party_id)
        return outcome(PARTIES["searching"] if party_id in PARTIES else None, party_id == REFUSED)

    async def cancel(self, actor: object, search_id: str, once: object) -> CommandResult | Rejection:
        self._staged._noted(f"cancel or answer {actor} {once}", search_id)
        return outcome(PARTIES["searching"] if search_id in PARTIES else None, search_id == REFUSED)

    accept = decline = cancel


LIMITS = ServerLimits(
    mutations_per_second=10,
    mutations_burst=20,
    fields_per_second=10_000,
    fields_burst=150_000,
    streams_max=64,
    connections_max=32,
    operations_per_socket_max=64,
    body_bytes_max=131_072,
    frame_bytes_max=65_536,
    document_chars_max=20_000,
)


def staged(book: list[str], frames: Sequence[Frame]) -> Services:
    services = cast(Any, Staged(book, frames))
    return Services(
        handler=services,
        join_service=services,
        query_service=services,
        run_service=services,
        invite_service=services,
        block_service=services,
        text_check=TextCheck(NoFilter()),
        report_service=services,
        moderation_service=services,
        moderation=services,
        guest_devices=services,
        search_service=cast(Any, StagedSearches(services)),
        party_search=cast(Any, StagedOperators(services._noted)),
        private_views=cast(Any, StagedOperators(services._noted)),
        monitor=cast(Any, StagedOperators(services._noted)),
        throttled=cast(Any, StagedOperators(services._noted)),
        node=cast(Any, StagedOperators(services._noted)),
        hub=services,
        feed=services,
        attempts=AttemptLimiters.local(),
        credentials=services,
        identity_service=services,
        tickets=services,
        clock=services,
        bounds=Bounds(),
        limits=LIMITS,
        join_url="https://lobby.example/j/{code}",
        fingerprint_key=b"key",
    )


def _said(command: Any) -> dict[str, object]:
    """A command without the ids and random bits that its resolver makes up."""
    said = {name: getattr(command, name) for name in command.__struct_fields__}
    return {"kind": type(command).__name__} | {
        name: said[name] for name in sorted(said.keys() - {"session_id", "join_code", "random_bits", "seed"})
    }


def _seen(party: Party) -> SessionOfParty:
    assert party.session is not None
    return SessionOfParty(party.session, party)


def _granted() -> IssuedCredentials:
    return IssuedCredentials(player("ann"), "access", START, "refresh")
