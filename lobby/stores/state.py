"""All that the process knows of what is live, and how it follows what becomes durable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lobby.domain.bounds import Bounds
from lobby.domain.model import Party
from lobby.domain.values import Instant, SessionId
from lobby.ports import Retention
from lobby.stores.arrivals import Arrivals
from lobby.stores.codes import CodeClaim, Codes
from lobby.stores.deadlines import Deadlines
from lobby.stores.engine import Engine, Restored, Swept
from lobby.stores.ledger import Ledger, Settles
from lobby.stores.lists import Lists
from lobby.stores.posting import Posting
from lobby.stores.records import Records

CODES_SWEPT_MAX = 1_000
"""In one call of `sweep`."""


class State:
    """The ledger holds both readings; lists and deadlines go by the durable one."""

    def __init__(self, engine: Engine, bounds: Bounds, retention: Retention) -> None:
        self._retention = retention
        self.codes = Codes(retention.code_ms)
        self.records = Records(engine)
        self.ledger = Ledger(self.codes, self.records)
        self.lists = Lists()
        self.deadlines = Deadlines(bounds)
        self.arrivals = Arrivals()

    def settle(self, posting: Posting, writes: Sequence[Settles]) -> None:
        """`posting` is durable."""
        for write in writes:
            write.settle()
        for party in posting.parties:
            self.lists.settle(party)
            self.deadlines.arm(party.after)
            self.ledger.forget_ended(party)
            self.arrivals.arrived(party.after.id, party.after.version)

    def undo(self) -> None:
        """Nothing of what is on its way will be durable."""
        self.ledger.undo()
        self.arrivals.fail()

    def take_due(self, at: Instant, limit: int) -> list[Party]:
        due = map(self.ledger.parties.durable, self.deadlines.due(at, limit))
        taken = [party for party in due if party is not None]
        for party in taken:
            self.deadlines.take(party, at)
        return taken

    def restore(self, restored: Restored) -> int:
        """Returns how many live parties there are."""
        self.ledger.party_serials.skip(restored.party_serial_max)
        self.ledger.session_serials.skip(restored.session_serial_max)
        for code in restored.codes:
            self.codes.restore(code.code, CodeClaim(code.party_id, code.at))
        for serial, party in restored.parties:
            self._restore_party(serial, party, restored.active_sessions)
        self.lists.restore_ended(restored.ended_sessions)
        for digest, at in restored.digests:
            self.records.filter.add(digest, at)
        return len(restored.parties)

    def sweep(self, at: Instant, swept: Swept) -> None:
        for session in swept.sessions:
            self.lists.sessions.remove(session.serial, session.facets)
        self.codes.sweep(at, CODES_SWEPT_MAX)
        self.records.sweep(at - self._retention.idempotency_ms)

    def _restore_party(self, serial: int, party: Party, session_serials: Mapping[SessionId, int]) -> None:
        ledger = self.ledger
        ledger.parties.keep(party.id, party)
        ledger.party_serials.keep(party.id, serial)
        for member in party.members:
            ledger.seats.keep(member.player.id, party.id)
        self.codes.restore(party.join_code, CodeClaim(party.id))
        session_serial = None
        if party.session is not None:
            session_serial = session_serials[party.session.id]
            ledger.sessions.keep(party.session.id, party.session)
            ledger.session_serials.keep(party.session.id, session_serial)
        self.lists.restore(serial, party, session_serial)
        self.deadlines.arm(party)
