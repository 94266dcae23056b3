"""Players do anything, right or wrong, over the served API; a model beside it says what must come of it.

`TEST_DEPTH=deep` looks much further, for minutes.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from tests.served.clients import Clients
from tests.served.lobby import lobby
from tests.served.model import ModelParty
from tools.demo.answers import Answer

DEEP = os.environ.get("TEST_DEPTH") == "deep"
PLAYERS = 5
LIVE_MAX = 2
BEGIN_WAIT_S = 10.0
ANYONE = st.integers(0, PLAYERS - 1)
WHO = st.tuples(st.sampled_from(["leader", "leader", "leader", "member", "member", "anyone"]), ANYONE)
"""Chooses mostly players who may act, because most attempts of others are refused for the same reason."""
WHICH = st.tuples(st.sampled_from(["live"] * 9 + ["any"]), st.integers(0, 9))
SELDOM = st.sampled_from([False, False, False, True])
Who = tuple[str, int]
Which = tuple[str, int]


class ServedLobby(RuleBasedStateMachine):
    """Every rule sends a mutation. The model predicts whether it is refused, and the party after it."""

    clients: Clients

    def __init__(self) -> None:
        super().__init__()
        self.parties: list[ModelParty] = []
        self.session_ids: dict[str, str] = {}
        self.keyed: list[tuple[str, str, Answer, int]] = []

    @initialize(seats=st.integers(2, 4), countdown_s=st.sampled_from([0, 30]))
    def a_party_to_begin_with(self, seats: int, countdown_s: int) -> None:
        """The players leave the parties of earlier runs first."""
        for player in self.clients.ids:
            current = self.clients.run("MyParty", {}, player)
            if current is not None:
                self.clients.run("LeaveParty", {"input": {"partyId": current["id"]}}, player)
        self.create(0, seats, is_private=False, countdown_s=countdown_s, leave_current=False)
        for who in range(1, seats):
            self.join(("anyone", who), ("live", 0), by_code=True, leave_current=False)

    def teardown(self) -> None:
        """At the end every party is as the model has it, and its log has no holes."""
        for party in self.parties:
            for player in [*party.members, *party.last_members][:1]:
                party.is_shown_in(self.clients.run("Party", {"id": party.id}, player))
                log = self.clients.run("PartyHistory", {"partyId": party.id, "first": 500}, player)
                seqs = [entry["seq"] for entry in log]
                assert seqs == list(range(seqs[0], seqs[0] + len(seqs))), "from the player's first join on"
        for player in self.clients.ids:
            seat = self.clients.run("MyParty", {}, player)
            expected = self._seat(player)
            assert (seat and seat["id"]) == (expected and expected.id)

    # -- getting in and out

    @precondition(lambda self: len(self._live()) < LIVE_MAX)
    @rule(
        who=ANYONE,
        seats=st.integers(1, 4),
        is_private=SELDOM,
        countdown_s=st.sampled_from([0, 30]),
        leave_current=st.booleans(),
    )
    def create(self, who: int, seats: int, is_private: bool, countdown_s: int, leave_current: bool) -> None:
        player = self.clients.ids[who]
        current = self._seat(player)
        wishes = {
            "maxMembers": seats,
            "visibility": "PRIVATE" if is_private else "PUBLIC",
            "countdownSeconds": countdown_s,
        }
        fields = {"settings": wishes, "leaveCurrent": leave_current}
        refusal = "ALREADY_IN_PARTY" if current is not None and not leave_current else None
        answer = self._does(player, "CreateParty", fields, refusal)
        if answer is not None:
            if current is not None:
                current.leaves(player)
            shown = answer["party"]
            party = ModelParty(shown["id"], shown["joinCode"], [player], player, is_private, seats, countdown_s)
            self.parties.append(party)
            party.is_shown_in(shown)

    @rule(
        who=ANYONE.map(lambda index: ("anyone", index)), which=WHICH, by_code=st.booleans(), leave_current=st.booleans()
    )
    def join(self, who: Who, which: Which, by_code: bool, leave_current: bool) -> None:
        player, party = self._who(which, who)
        current = self._seat(player)
        is_elsewhere = current is not None and current is not party and not leave_current
        refusal = party.refuses_to_join(player, by_code, is_elsewhere)
        target = {"joinCode": party.code} if by_code else {"partyId": party.id}
        operation = "JoinByCode" if by_code else "JoinById"
        answer = self._does(player, operation, {**target, "leaveCurrent": leave_current}, refusal)
        if answer is not None:
            if current is not None and current is not party:
                current.leaves(player)
            party.joins(player)
            party.is_shown_in(answer["party"])
            assert (answer["ticket"] is not None) is (player in party.inside)

    @rule(who=WHO, which=WHICH)
    def leave(self, who: Who, which: Which) -> None:
        player, party = self._who(which, who)
        if self._acts(player, party, "LeaveParty", {}, party.refuses_to_see(player)):
            party.leaves(player)

    @rule(who=WHO, other=ANYONE, which=WHICH, ban=st.booleans())
    def kick(self, who: Who, other: int, which: Which, ban: bool) -> None:
        player, party = self._who(which, who)
        named = self._named(party, other)
        fields = {"playerId": named, "ban": ban}
        if self._acts(player, party, "KickMember", fields, party.refuses_to_kick(player, named, ban)):
            if named in party.members:
                party.leaves(named)
            (party.banned if ban else party.kicked).add(named)

    @precondition(lambda self: len(self._live()) == LIVE_MAX)
    @rule(who=WHO, which=WHICH)
    def disband(self, who: Who, which: Which) -> None:
        player, party = self._who(which, who)
        if self._acts(player, party, "DisbandParty", {}, party.refuses_to_follow(player)):
            party.closes(set(party.members))

    # -- in the party

    @rule(who=WHO, other=ANYONE, which=WHICH)
    def promote(self, who: Who, other: int, which: Which) -> None:
        player, party = self._who(which, who)
        named = self._named(party, other)
        if self._acts(player, party, "PromoteMember", {"playerId": named}, party.refuses_to_name(player, named)):
            party.leader = named

    @rule(who=WHO, which=WHICH, is_ready=st.booleans(), is_stale=st.sampled_from([False, False, False, True]))
    def get_ready(self, who: Who, which: Which, is_ready: bool, is_stale: bool) -> None:
        player, party = self._who(which, who)
        version = party.settings_version - is_stale
        refusal = party.refuses_to_see(player) or ("SETTINGS_CHANGED" if is_stale else None)
        if self._acts(player, party, "SetReady", {"ready": is_ready, "settingsVersion": version}, refusal):
            party.gets_ready(player, is_ready)

    @rule(
        who=WHO,
        which=WHICH,
        difficulty=st.sampled_from(["Easy", "Hard"]),
        locked=st.booleans(),
        seats=st.integers(1, 4),
    )
    def update(self, who: Who, which: Which, difficulty: str, locked: bool, seats: int) -> None:
        player, party = self._who(which, who)
        refusal = party.refuses_to_follow(player)
        if refusal is None and party.state == "STARTING":
            refusal = "PARTY_STARTING"
        if refusal is None and seats < len(party.members):
            refusal = "INVALID_INPUT"
        wishes = {"difficulty": difficulty, "locked": locked, "maxMembers": seats}
        if self._acts(player, party, "UpdateParty", {"settings": wishes}, refusal):
            if seats != party.seats and difficulty == party.difficulty:
                party.settings_version += 1
                party.ready.clear()
            party.changes_difficulty(difficulty)
            party.is_locked, party.seats = locked, seats

    @rule(who=WHO, which=WHICH)
    def rotate_code(self, who: Who, which: Which) -> None:
        player, party = self._who(which, who)
        answer = self._acts(player, party, "RotateJoinCode", {}, party.refuses_to_follow(player))
        if answer:
            assert answer["party"]["joinCode"] != party.code
            party.code = answer["party"]["joinCode"]

    @rule(who=WHO, which=WHICH, text=st.sampled_from(["hello", "  bye "]))
    def say(self, who: Who, which: Which, text: str) -> None:
        player, party = self._who(which, who)
        self._acts(player, party, "PostMessage", {"text": text}, party.refuses_to_see(player))

    # -- sessions

    @rule(who=WHO, which=WHICH, force=st.booleans())
    def start(self, who: Who, which: Which, force: bool) -> None:
        player, party = self._who(which, who)
        answer = self._acts(player, party, "StartSession", {"force": force}, party.refuses_to_start(player, force))
        if answer:
            party.starts(force)
            if party.state == "STARTING":
                self.session_ids[party.id] = answer["session"]["id"]
            assert answer["session"]["id"] == self.session_ids[party.id]
            self._begins(party, player)

    @rule(which=WHICH)
    def start_together(self, which: Which) -> None:
        """All steps of a session at once: random steps rarely lead to one."""
        _, party = self._who(which, ("leader", 0))
        if party.state == "WAITING":
            for member in list(party.members):
                fields = {"ready": True, "settingsVersion": party.settings_version}
                self._acts(member, party, "SetReady", fields, None)
                party.gets_ready(member, True)
            self.start(("leader", 0), ("any", self.parties.index(party)), force=False)

    @rule(who=WHO, which=WHICH)
    def cancel(self, who: Who, which: Which) -> None:
        player, party = self._who(which, who)
        refusal = party.refuses_to_follow(player)
        if refusal is None and party.state != "STARTING":
            refusal = "SESSION_NOT_ACTIVE"
        if self._acts(player, party, "CancelStart", {}, refusal):
            party.state = "WAITING"

    @precondition(lambda self: any(party.state == "IN_PROGRESS" for party in self.parties))
    @rule(who=WHO, act=st.sampled_from(["JoinSession", "LeaveSession", "CompleteSession"]), which=WHICH)
    def in_session(self, who: Who, act: str, which: Which) -> None:
        running = [index for index, party in enumerate(self.parties) if party.state == "IN_PROGRESS"]
        player, party = self._who(("any", running[which[1] % len(running)]), who)
        is_leaders = act == "CompleteSession"
        refusal = party.refuses_to_follow(player) if is_leaders else party.refuses_to_see(player)
        answer = self._does(player, act, {"sessionId": self.session_ids[party.id]}, refusal)
        if answer is None:
            return
        if is_leaders:
            party.ends_session()
        elif act == "LeaveSession" and player in party.inside:
            party.leaves_session(player)
        elif act == "JoinSession" and player not in party.inside:
            party.inside.append(player)
        party.is_shown_in(answer["party"])
        assert (answer["ticket"] is not None) is (act == "JoinSession")

    # -- once more

    @precondition(lambda self: self.keyed)
    @rule(index=st.integers(0, 50))
    def send_again(self, index: int) -> None:
        """The answer was lost, or so the client thinks."""
        player, operation, fields, seq = self.keyed[index % len(self.keyed)]
        again = self.clients.run(operation, {"input": fields}, player)
        assert (again["__typename"] != "Rejection", again["replayed"], again["seq"]) == (True, True, seq)

    # -- what all of them do

    def _live(self) -> list[ModelParty]:
        return [party for party in self.parties if party.state != "CLOSED"]

    def _who(self, which: Which, who: Who) -> tuple[str, ModelParty]:
        """A player and a party, closed or not."""
        parties = (self._live() if which[0] == "live" else self.parties) or self.parties
        party = parties[which[1] % len(parties)]
        role, index = who
        if role == "leader" and party.leader is not None:
            return party.leader, party
        if role == "member" and party.members:
            return party.members[index % len(party.members)], party
        return self.clients.ids[index], party

    def _named(self, party: ModelParty, index: int) -> str:
        """Mostly one of the others in the party."""
        named: str = [*party.members, *self.clients.ids][index]
        return named

    def _seat(self, player: str) -> ModelParty | None:
        return next((party for party in self.parties if player in party.members), None)

    def _does(self, player: str, operation: str, fields: Answer, refusal: str | None) -> Answer | None:
        """The answer of what goes through; None for the refusal that the model foresees."""
        keyed = {**fields, "idempotencyKey": str(uuid4())}
        answer: Answer = self.clients.run(operation, {"input": keyed}, player)
        assert answer.get("code") == refusal, f"{operation}: {answer}"
        if refusal is not None:
            return None
        assert answer["replayed"] is False
        self.keyed.append((player, operation, keyed, answer["seq"]))
        return answer

    def _acts(
        self, player: str, party: ModelParty, operation: str, fields: Answer, refusal: str | None
    ) -> Answer | None:
        """The same in a party, of which both sides must think the same before."""
        for member in party.members[:1]:
            party.is_shown_in(self.clients.run("Party", {"id": party.id}, member))
        return self._does(player, operation, {"partyId": party.id, **fields}, refusal)

    def _begins(self, party: ModelParty, player: str) -> None:
        """Without a countdown a session begins at once, which is a moment later."""
        deadline = time.monotonic() + BEGIN_WAIT_S
        while party.state == "STARTING" and party.countdown_s == 0:
            assert time.monotonic() < deadline, "the session does not begin"
            if self.clients.run("MyParty", {}, player)["state"] == "IN_PROGRESS":
                party.begins()


@pytest.fixture(scope="module")
def clients() -> Iterator[Clients]:
    """Nobody goes by time here: graces and cooldowns are longer than any run. Game servers run the sessions, so that no player
    hosts one: the model knows no hosts."""
    hour_s = 3600.0
    long = {f"grace_{state}_s": hour_s for state in ("waiting", "starting", "in_progress")}
    servers = {"allocator": "static", "game_servers": ["udp://play.example:7777?capacity=100000"]}
    with lobby(**long, **servers, kick_cooldown_s=hour_s, access_token_min=60) as address:
        clients = Clients(address, PLAYERS)
        yield clients
        clients.close()


def test_the_served_lobby_does_what_the_model_says(clients: Clients) -> None:
    ServedLobby.clients = clients
    run_state_machine_as_test(
        ServedLobby,
        settings=settings(
            max_examples=1000 if DEEP else 20,
            stateful_step_count=60 if DEEP else 35,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
