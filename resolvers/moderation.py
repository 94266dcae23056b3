"""Moderation: the acts and the queries of moderators, and the reports of players."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import strawberry
from strawberry import UNSET

from lobby.app import moderation_service as acts
from lobby.app import report_service
from lobby.app.errors import BAD_USER_INPUT, CallerError
from lobby.app.idempotency import IdempotencyKey
from lobby.domain import rejections
from resolvers.context import Info
from resolvers.inputs import page_size, to_player_id, unset_to_none
from resolvers.mutation_helpers import KeyedInput, idempotency_key
from schema.moderation import (
    AnnounceInput,
    BanPlayerInput,
    MaintenanceInput,
    Moderated,
    ModeratePartyInput,
    ModeratePlayerInput,
    ModerateReportInput,
    ModerationEntry,
    ModerationResult,
    PlayerBan,
    Report,
    Reported,
    ReportPlayerInput,
    ReportResult,
)
from schema.results import Rejection
from schema.scalars_and_enums import RootFields

mutations = RootFields()
queries = RootFields()

Act = Callable[[str, IdempotencyKey | None], Awaitable[acts.Moderated | rejections.Rejection]]


@mutations.add(
    "Report a player of the own party, once; both may have left it. It keeps the messages around the one meant. `replayed`: the "
    "caller has reported this player of this party before."
)
async def report_player(info: Info, input: ReportPlayerInput) -> ReportResult:
    player, key = info.context.player(), idempotency_key(info, input)
    if isinstance(key, rejections.Rejection):
        return Rejection.of(key, player.id)
    seq = unset_to_none(input.seq)
    service = info.context.services.report_service
    outcome = await service.report(player, input.party_id, to_player_id(input.player_id), seq, input.reason, key)
    if isinstance(outcome, report_service.Reported):
        return Reported(report_id=strawberry.ID(outcome.report_id), replayed=outcome.replayed)
    return Rejection.of(outcome, player.id)


@mutations.add(
    "With a moderator key: the player leaves the party (REMOVED), streams and tokens end on all nodes within a second, and "
    "signing in and refreshing are PLAYER_BANNED until the time is over or the ban is lifted."
)
async def ban_player(info: Info, input: BanPlayerInput) -> ModerationResult:
    service, until = info.context.services.moderation_service, unset_to_none(input.until)
    return await _moderate(
        info, input, lambda by, key: service.ban_player(by, to_player_id(input.player_id), until, input.reason, key)
    )


@mutations.add("With a moderator key: lift a ban.")
async def unban_player(info: Info, input: ModeratePlayerInput) -> ModerationResult:
    service = info.context.services.moderation_service
    return await _moderate(
        info, input, lambda by, key: service.unban_player(by, to_player_id(input.player_id), input.reason, key)
    )


@mutations.add("With a moderator key: take the seat from a player, who may join again. NOT_MEMBER: in no party.")
async def remove_player(info: Info, input: ModeratePlayerInput) -> ModerationResult:
    service = info.context.services.moderation_service
    return await _moderate(
        info, input, lambda by, key: service.remove_player(by, to_player_id(input.player_id), input.reason, key)
    )


@mutations.add("With a moderator key: close a party (MODERATED).")
async def close_party(info: Info, input: ModeratePartyInput) -> ModerationResult:
    service = info.context.services.moderation_service
    return await _moderate(info, input, lambda by, key: service.close_party(by, input.party_id, input.reason, key))


@mutations.add(
    "With a moderator key: show words to the members of a party, or to all who are connected: a frame in their streams of "
    "parties, and an entry in their inboxes."
)
async def announce(info: Info, input: AnnounceInput) -> ModerationResult:
    service, party_id = info.context.services.moderation_service, unset_to_none(input.party_id)
    return await _moderate(info, input, lambda by, key: service.announce(by, input.text, party_id, key))


@mutations.add(
    "With a moderator key: from `startsAt` on, new parties, searches and starts of sessions are MAINTENANCE. Running sessions "
    "go on."
)
async def set_maintenance(info: Info, input: MaintenanceInput) -> ModerationResult:
    service = info.context.services.moderation_service
    starts_at, text = unset_to_none(input.starts_at), unset_to_none(input.text)
    return await _moderate(info, input, lambda by, key: service.set_maintenance(by, starts_at, text, key))


@mutations.add("With a moderator key.")
async def resolve_report(info: Info, input: ModerateReportInput) -> ModerationResult:
    service = info.context.services.moderation_service
    return await _moderate(
        info, input, lambda by, key: service.resolve_report(by, input.report_id, input.resolution, key)
    )


@mutations.add(
    "With a moderator key: everything that is kept about a player goes, or loses its name. The player's tokens are refused from "
    "then on. The log of moderation does not have the id."
)
async def erase_player(info: Info, input: ModeratePlayerInput) -> ModerationResult:
    service = info.context.services.moderation_service
    return await _moderate(
        info, input, lambda by, key: service.erase_player(by, to_player_id(input.player_id), input.reason, key)
    )


@queries.add("With a moderator key: bans, the latest first. `first`: 1 to 50. `after`: the id of the last player.")
async def bans(info: Info, first: int = 50, after: str | None = UNSET) -> list[PlayerBan]:
    info.context.moderator()
    page = await info.context.services.moderation_service.bans(page_size(first), unset_to_none(after))
    if page is None:
        raise CallerError(BAD_USER_INPUT, "after: this player is not banned.")
    return [PlayerBan.of(ban) for ban in page]


@queries.add("With a moderator key: reports, the latest first. `first`: 1 to 50. `after`: the id of the last report.")
async def reports(info: Info, first: int = 50, after: str | None = UNSET, unresolved: bool = True) -> list[Report]:
    info.context.moderator()
    service = info.context.services.moderation_service
    return [Report.of(one) for one in await service.reports(page_size(first), unset_to_none(after), unresolved)]


@queries.add("With a moderator key: the acts, the latest first. `first`: 1 to 50. `after`: the id of the last entry.")
async def moderation_log(info: Info, first: int = 50, after: str | None = UNSET) -> list[ModerationEntry]:
    info.context.moderator()
    number = unset_to_none(after)
    if number is not None and not (number.isascii() and number.isdecimal() and len(number) <= NUMBER_DIGITS_MAX):
        raise CallerError(BAD_USER_INPUT, "after: no id of an entry.")
    service = info.context.services.moderation_service
    entries = await service.acts(page_size(first), int(number) if number is not None else None)
    return [ModerationEntry.of(entry) for entry in entries]


@queries.add("With a moderator key: everything that is stored with the id of a player, as JSON: an object of lists.")
async def player_data(info: Info, player_id: strawberry.ID) -> str:
    info.context.moderator()
    return await info.context.services.moderation_service.player_data(to_player_id(player_id))


NUMBER_DIGITS_MAX = 18


async def _moderate(info: Info, input: KeyedInput, act: Act) -> Moderated | Rejection:
    by, key = info.context.moderator(), idempotency_key(info, input)
    if isinstance(key, rejections.Rejection):
        return Rejection.of(key, info.context.viewer)
    outcome = await act(by, key)
    if isinstance(outcome, rejections.Rejection):
        return Rejection.of(outcome, info.context.viewer)
    return Moderated(entry=ModerationEntry.of(outcome.entry), replayed=outcome.replayed)
