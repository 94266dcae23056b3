"""Moderation: what moderators do and see, and the reports of players."""

from __future__ import annotations

from typing import Annotated

import strawberry
from strawberry import ID, UNSET

from lobby.domain import events, moderation
from lobby.domain.model import Party as ModelParty
from lobby.domain.viewer_access import AccessLevel
from lobby.struct import replace
from schema.events import MessagePosted, to_event
from schema.inputs import KEY_DESCRIPTION
from schema.party import Party
from schema.player import Player
from schema.results import Rejection
from schema.scalars_and_enums import DateTime

_REASON = "1 to 500 characters. The log of moderation keeps it."


@strawberry.type(description="A player who may not sign in or do anything. With a moderator key.")
class PlayerBan:
    player: Player
    until: DateTime | None = strawberry.field(description="Null: for good.")
    reason: str
    since: DateTime
    by: str = strawberry.field(description="The name of the moderator's key.")

    @classmethod
    def of(cls, ban: moderation.PlayerBan) -> PlayerBan:
        return cls(
            player=Player.of(ban.player),
            until=DateTime(ban.until) if ban.until is not None else None,
            reason=ban.reason,
            since=DateTime(ban.since),
            by=ban.by,
        )


@strawberry.type(description="A player's report about another player of the same party. With a moderator key.")
class Report:
    id: ID
    party: Party = strawberry.field(description="The party at the time of the report.")
    reporter: Player
    player: Player
    reason: str
    at: DateTime
    seq: int | None = strawberry.field(description="The message meant; null: the report is about no message.")
    messages: list[MessagePosted] = strawberry.field(
        description="The message meant, and those around it: at most 20. Without one, the latest before the report."
    )
    resolved_at: DateTime | None
    resolution: str | None

    @classmethod
    def of(cls, report: moderation.Report) -> Report:
        return cls(
            id=ID(report.id),
            party=Party(source=report.party, access_level=AccessLevel.FORMER),
            reporter=Player.of(report.reporter),
            player=Player.of(report.player),
            reason=report.reason,
            at=DateTime(report.at),
            seq=report.seq,
            messages=[_message_of(message, report.party) for message in report.messages],
            resolved_at=DateTime(report.resolved_at) if report.resolved_at is not None else None,
            resolution=report.resolution,
        )


def _message_of(message: moderation.ReportedMessage, party: ModelParty) -> MessagePosted:
    """The message as an entry. Its party is that of the report, at the position of the message."""
    at_message = replace(party, version=message.seq, changed_at=message.at)
    event = events.MessagePosted(message.author, message.text)
    shown = to_event(events.Entry(message.seq, message.at, message.author.id, event, at_message), AccessLevel.FORMER)
    assert isinstance(shown, MessagePosted)
    return shown


@strawberry.type(description="One act of a moderator. With a moderator key.")
class ModerationEntry:
    id: ID = strawberry.field(description="The number of the act. Pass it as `after` for the page behind it.")
    at: DateTime
    by: str = strawberry.field(description="The name of the moderator's key.")
    action: str = strawberry.field(
        description="The name of the mutation; `viewParty`: an operator has read a party that is not PUBLIC."
    )
    player_id: ID | None
    party_id: ID | None
    detail: str | None = strawberry.field(description="The reason, or the text.")

    @classmethod
    def of(cls, entry: moderation.ModerationEntry) -> ModerationEntry:
        return cls(
            id=ID(str(entry.number)),
            at=DateTime(entry.at),
            by=entry.by,
            action=entry.action,
            player_id=ID(entry.player_id) if entry.player_id is not None else None,
            party_id=ID(entry.party_id) if entry.party_id is not None else None,
            detail=entry.detail,
        )


@strawberry.type
class Moderated:
    entry: ModerationEntry
    replayed: bool = strawberry.field(description="True if an earlier request with the same idempotency key did it.")


@strawberry.type
class Reported:
    report_id: ID
    replayed: bool = strawberry.field(description="True if the caller has reported this player of this party before.")


ModerationResult = Annotated[Moderated | Rejection, strawberry.union("ModerationResult")]
ReportResult = Annotated[Reported | Rejection, strawberry.union("ReportResult")]


@strawberry.input
class ReportPlayerInput:
    party_id: ID
    player_id: ID
    seq: int | None = strawberry.field(default=UNSET, description="The message meant, by its seq.")
    reason: str = strawberry.field(description="1 to 500 characters.")
    idempotency_key: ID | None = strawberry.field(default=UNSET, description=KEY_DESCRIPTION)


@strawberry.input
class BanPlayerInput:
    player_id: ID
    until: DateTime | None = strawberry.field(default=UNSET, description="Null: for good.")
    reason: str = strawberry.field(description=_REASON)
    idempotency_key: ID | None = strawberry.field(default=UNSET, description=KEY_DESCRIPTION)


@strawberry.input
class ModeratePlayerInput:
    player_id: ID
    reason: str = strawberry.field(description=_REASON)
    idempotency_key: ID | None = strawberry.field(default=UNSET, description=KEY_DESCRIPTION)


@strawberry.input
class ModeratePartyInput:
    party_id: ID
    reason: str = strawberry.field(description=_REASON)
    idempotency_key: ID | None = strawberry.field(default=UNSET, description=KEY_DESCRIPTION)


@strawberry.input
class AnnounceInput:
    text: str = strawberry.field(description="1 to 500 characters.")
    party_id: ID | None = strawberry.field(default=UNSET, description="Members of this party alone.")
    idempotency_key: ID | None = strawberry.field(default=UNSET, description=KEY_DESCRIPTION)


@strawberry.input
class MaintenanceInput:
    starts_at: DateTime | None = strawberry.field(default=UNSET, description="Null: no maintenance, or its end.")
    text: str | None = strawberry.field(default=UNSET, description="1 to 500 characters.")
    idempotency_key: ID | None = strawberry.field(default=UNSET, description=KEY_DESCRIPTION)


@strawberry.input
class ModerateReportInput:
    report_id: ID
    resolution: str = strawberry.field(description=_REASON)
    idempotency_key: ID | None = strawberry.field(default=UNSET, description=KEY_DESCRIPTION)
