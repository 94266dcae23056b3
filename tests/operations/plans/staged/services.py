"""Services of a lobby in which nothing changes: what they answer follows from what they are asked."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Any, cast

from lobby.auth.credentials import Granted
from lobby.auth.tickets import ShownTicket, Ticket
from lobby.domain.bounds import Bounds
from lobby.domain.events import Entry
from lobby.domain.listing import PartyFilter, SessionFilter
from lobby.domain.model import Party
from lobby.domain.rejections import NOT_FOUND, Rejection, RejectionCode
from lobby.domain.standing import can_see
from lobby.live.following import Following
from lobby.live.frames import Frame
from lobby.live.hub import NotFollowable
from lobby.live.lobby_feed import LobbyChange, LobbyNews
from lobby.live.player_streams import PlayerStreams
from lobby.operations import CallerError
from lobby.ports import BadPageCursor, Page, PartyQuery
from lobby.rates.attempts import Tries
from lobby.reader import BadCursor, SeenSession
from lobby.service import Done
from resolvers.context import Services
from resolvers.shown_frames import ShownFrames
from schema.server_info import ServerLimits
from tests.domain.scenes import START, player
from tests.operations.plans.staged.parties import PARTIES

BREAKS = "breaks"
"""Who asks for it meets a fault of ours."""
REFUSED = "refused"
SESSIONS = {party.session.id: party for party in PARTIES.values() if party.session is not None}


class Staged:
    """All services in one; every call is put into the book."""

    def __init__(self, book: list[str], frames: Sequence[Frame]) -> None:
        self._book = book
        self._frames = frames

    def _noted(self, what: str, asked: object) -> None:
        self._book.append(f"{what} {asked}")
        if asked == BREAKS:
            raise RuntimeError("the secret of the house")

    # -- the lobby and its entrance

    async def execute(self, party_id: str, command: object, once: object, if_version: object) -> Done | Rejection:
        self._noted(f"{_said(command)} {once} {if_version}", party_id)
        return _outcome(PARTIES.get(party_id), party_id == REFUSED)

    async def execute_in_session(self, session_id: str, command: object, once: object) -> Done | Rejection:
        self._noted(f"{_said(command)} {once}", session_id)
        return _outcome(SESSIONS.get(session_id), session_id == REFUSED)

    async def create(self, command: Any, leave_current: bool, once: object) -> Done | Rejection:
        self._noted(f"{command} {leave_current} {once}", command.patch.name)
        return _outcome(PARTIES["waiting"], command.patch.name == REFUSED)

    async def join(self, target: Any, command: object, leave_current: bool, once: object) -> Done | Rejection:
        self._noted(f"{command} {leave_current} {once}", target.party_id)
        return _outcome(PARTIES.get(target.party_id or "running"), target.party_id == REFUSED)

    async def quick_join(
        self, command: object, wanted: PartyFilter, create: object, leave_current: bool, once: object
    ) -> Done | Rejection:
        self._noted(f"{command} {wanted} {create} {leave_current} {once}", wanted.difficulty)
        return _outcome(PARTIES["running"], wanted.difficulty == REFUSED)

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

    async def session(self, session_id: str, viewer: str | None) -> SeenSession | None:
        self._noted("session", session_id)
        return _seen(SESSIONS[session_id]) if session_id in SESSIONS else None

    async def sessions(
        self, wanted: SessionFilter, first: int, after: str | None, viewer: str | None
    ) -> Page[SeenSession]:
        self._noted(f"{wanted} {first} {viewer}", after)
        seen = tuple(_seen(party) for party in SESSIONS.values())[:first]
        return Page(seen, tuple(one.session.id for one in seen), False, len(seen))

    async def history(self, party_id: str, viewer: str, after: str | None, first: int) -> list[Entry] | None:
        self._noted(f"{after} {first}", party_id)
        if after == REFUSED:
            raise BadCursor
        entries = [frame for frame in self._frames if isinstance(frame, Entry)]
        return entries[:first] if party_id in PARTIES else None

    # -- what can be followed

    def follow(self, *asked: Any) -> Any:
        """A party by its id, a player and a cursor, or the list by a filter."""
        self._noted("follow", asked)
        return self._news(asked[0]) if len(asked) == 1 else self._following(*asked)

    def _following(self, party_id: str, player_id: str, after: str | None) -> Following:
        following = Following(player_id)
        following.pull_from(self._pulled(party_id))
        return following

    async def _pulled(self, party_id: str) -> AsyncGenerator[Frame, None]:
        if party_id not in PARTIES:
            raise NotFollowable
        for frame in self._frames:
            yield frame

    async def _news(self, wanted: PartyFilter) -> AsyncGenerator[LobbyNews, None]:
        for party in PARTIES.values():
            yield LobbyNews(LobbyChange.LISTED, START, party.id, party)
        yield LobbyNews(LobbyChange.DELISTED, START + 1, "waiting", None)
        if wanted.difficulty == BREAKS:
            raise RuntimeError("the secret of the house")

    # -- credentials, tickets, time

    async def sign_in_as_guest(self, display_name: str) -> Granted | Rejection:
        self._noted("sign in", display_name)
        return _granted() if display_name != REFUSED else _refusal(None)

    async def refresh(self, token: str) -> Granted | Rejection:
        self._noted("refresh", token)
        return _granted() if token != REFUSED else _refusal(None)

    def issue(self, party: Party, player_id: str, at: int) -> Ticket | None:
        """For all but one, whose tickets can't be signed."""
        if player_id == "dee":
            raise CallerError("NO_TICKET", "None for you.")
        return Ticket(f"ticket of {player_id} to {party.id}", at) if player_id == "ann" else None

    def read(self, token: str, at: int) -> ShownTicket | None:
        return ShownTicket(token, "ann", "running-session", at + 60_000) if token != REFUSED else None

    def now(self) -> int:
        return START


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


def staged(book: list[str], frames: Sequence[Frame], shown: ShownFrames) -> Services:
    services = cast(Any, Staged(book, frames))
    return Services(
        lobby=services,
        entrance=services,
        reader=services,
        hub=services,
        feed=services,
        streams=PlayerStreams(),
        tries=Tries.local(),
        credentials=services,
        tickets=services,
        clock=services,
        bounds=Bounds(),
        frames=shown,
        limits=LIMITS,
        fingerprint_key=b"key",
    )


def _said(command: Any) -> dict[str, object]:
    """A command without the ids that its resolver makes up."""
    said = {name: getattr(command, name) for name in command.__struct_fields__}
    return {"kind": type(command).__name__} | {
        name: said[name] for name in sorted(said.keys() - {"session_id", "join_code"})
    }


def _outcome(party: Party | None, is_refused: bool) -> Done | Rejection:
    if is_refused:
        return _refusal(PARTIES["private"])
    return Done(party, replayed=party.id == "ended") if party is not None else NOT_FOUND


def _refusal(current: Party | None) -> Rejection:
    return Rejection(
        RejectionCode.RATE_LIMITED,
        "Not so fast.",
        field="settings.max_members",
        retryable=True,
        retry_after_ms=1_000,
        attempts_left=0,
        current=current,
    )


def _seen(party: Party) -> SeenSession:
    assert party.session is not None
    return SeenSession(party.session, party)


def _granted() -> Granted:
    return Granted(player("ann"), "access", START, "refresh")
