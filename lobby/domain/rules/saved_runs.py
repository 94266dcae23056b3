"""Saving the state of a run, and continuing a saved run in a new party.

The host or a game server saves checkpoints while the session runs; a later checkpoint replaces the earlier one. Each player of
a run that has ended or was abandoned can continue it: the player leads a new party with the settings of the run, in which seats
are held for the other players for a while (`reservations.py`). The first session of the party has the checkpoint and the seed
of the run.
"""

from __future__ import annotations

from lobby.domain import text
from lobby.domain.bounds import Bounds
from lobby.domain.commands import ContinueRun, SaveCheckpoint
from lobby.domain.events import CheckpointSaved, PartyCreated
from lobby.domain.model import Checkpoint, Continuation, Member, Party, Reservation, Seat, Session
from lobby.domain.party_settings import PartySettings, SettingsPatch
from lobby.domain.rejections import Rejection, RejectionCode, invalid
from lobby.domain.rules import RuleResult, RuleTable
from lobby.domain.rules.actor_checks import reject_version, require_leader, require_running_session
from lobby.domain.rules.hosting import is_host, require_host
from lobby.domain.rules.invites import create_invite
from lobby.domain.rules.sessions_and_game_servers import record_sign_of_life
from lobby.domain.rules.settings import apply_patch
from lobby.domain.rules.teams import spread_teams
from lobby.domain.saved_runs import SavedRun
from lobby.domain.values import Instant, PartyId, ReservationReason
from lobby.struct import replace

NO_RUN = Rejection(RejectionCode.NOT_FOUND, "There is no such saved run.", "session_id")
"""The answer for a run of other players too, so that strangers can't find out that it exists."""


def save_checkpoint(party: Party, command: SaveCheckpoint, at: Instant, bounds: Bounds) -> RuleResult:
    session = _require_saving(party, command)
    if isinstance(session, Rejection):
        return session
    if not text.is_unicode(command.data):
        return invalid("data", "Must be Unicode text without lone surrogates.")
    size = len(command.data.encode())
    if size > text.CHECKPOINT_BYTES_MAX:
        return invalid("data", f"Must be at most {text.CHECKPOINT_BYTES_MAX} bytes of UTF-8, and has {size}.")
    label = command.label
    if label is not None:
        line = text.normalize_line("label", label, text.CHECKPOINT_LABEL_CHARS_MAX)
        if isinstance(line, Rejection):
            return line
        label = line
    saved = CheckpointSaved(Checkpoint(session.id, at, size, session.floor, label))
    return [saved, *record_sign_of_life(session, command.actor, at, bounds)]


def _require_saving(party: Party, command: SaveCheckpoint) -> Session | Rejection:
    """The running session, if the actor may save it: the host with its term, or a game server (`actor` None).

    A leader who is the host may leave the term out. So may a leader while neither a host nor a game server is known.
    """
    actor = command.actor
    if actor is not None and command.host_term is not None:
        return require_host(party, actor, command.session_id, command.host_term)
    rejection = require_leader(party, actor) if actor is not None else None
    session = rejection if rejection is not None else require_running_session(party, command.session_id)
    if isinstance(session, Rejection) or actor is None or is_host(party, actor):
        return session
    if session.server_seen_at is not None or session.host is not None or session.migration is not None:
        message = "Only the host saves this session, or its game server."
        return Rejection(RejectionCode.NOT_HOST, message, "host_term", current=party)
    return session


def continue_run(
    command: ContinueRun, party_id: PartyId, epoch: str, join_code: str, at: Instant, bounds: Bounds
) -> RuleResult:
    """Create the party. The caller has checked that no other live party continues the run.

    The players for whom seats are held get an invite, by which they learn of the party. The held seat outlasts the invite.
    """
    run = command.run
    own = run.seat(command.actor.id)
    if own is None:
        return NO_RUN
    if run.ended_at is None:
        return replace(invalid("session_id", "The session still runs: join it."), retryable=True)
    settings = _settings_of(run, bounds)
    if not isinstance(settings, PartySettings):
        return settings
    client_version = text.normalize_client_version("client_version", command.client_version)
    if isinstance(client_version, Rejection):
        return client_version
    if client_version is not None and settings.client_version not in (None, client_version):
        return reject_version(settings.client_version or "", field="client_version")
    own, *others = _fit_seats(own, run, settings, at, bounds)
    until = at + bounds.reservation_ms
    return [
        PartyCreated(
            party_id,
            epoch,
            command.actor,
            settings,
            (),
            own.character_class,
            join_code,
            client_version or settings.client_version,
            own.team,
            tuple(
                Reservation(seat.player, until, ReservationReason.CONTINUED_RUN, seat.character_class, seat.team)
                for seat in others
            ),
            Continuation(run.checkpoint, run.seed),
        ),
        *(
            create_invite(party_id, seq, command.actor, seat.player, at, bounds, seat.player.id in command.blocked_by)
            for seq, seat in enumerate(others[: bounds.invites_max], start=2)
        ),
    ]


def _settings_of(run: SavedRun, bounds: Bounds) -> PartySettings | Rejection:
    """The settings of the run, without the lock, which would keep out the players whose seats are held. A Rejection if the
    operator has changed the bounds since."""
    settings = apply_patch(replace(run.settings, version=1, locked=False), SettingsPatch(), None, 1, bounds)
    if isinstance(settings, Rejection):
        return invalid("session_id", f"The settings of the run are no longer allowed. {settings.message}")
    assert isinstance(settings, PartySettings), "no password is given"
    return settings


def _fit_seats(own: Seat, run: SavedRun, settings: PartySettings, at: Instant, bounds: Bounds) -> list[Seat]:
    """The seat of the caller, then seats of the players who entered the run last, as many as the party has room for.

    Classes and teams are as the settings and the operator allow them now.
    """
    others = [seat for seat in run.seats if seat is not own]
    kept = [own, *others[max(0, len(others) - settings.max_members + 1) :]]
    teams = spread_teams([Member(seat.player, at, team=seat.team) for seat in kept], settings)
    taken: set[str] = set()
    fitted: list[Seat] = []
    for seat in kept:
        name = seat.character_class
        is_free = name is not None and not (settings.unique_classes and name in taken)
        if name is None or not is_free or (bounds.character_classes and name not in bounds.character_classes):
            name = None
        else:
            taken.add(name)
        fitted.append(Seat(seat.player, name, teams[seat.player.id]))
    return fitted


RULES: RuleTable = {SaveCheckpoint: save_checkpoint}
