"""A model of the lobby for its state machine: who is in which party, in what state, and what would be refused.

It knows neither log nor session id nor clock, and is written from the rules, not from the code.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tools.demo.answers import Answer


@dataclass(slots=True)
class ModelParty:
    """One party. Its players are known by their ids."""

    id: str
    code: str
    members: list[str]
    leader: str | None
    is_private: bool
    seats: int
    countdown_s: int
    state: str = "WAITING"
    difficulty: str = "Easy"
    is_locked: bool = False
    settings_version: int = 1
    is_forced: bool = False
    ready: set[str] = field(default_factory=set)
    inside: list[str] = field(default_factory=list)
    """The players of the running session."""
    kicked: set[str] = field(default_factory=set)
    banned: set[str] = field(default_factory=set)
    former: set[str] = field(default_factory=set)
    """All who have ever left."""
    last_members: set[str] = field(default_factory=set)

    # -- what would be refused

    def refuses_to_see(self, player: str) -> str | None:
        """The rejection of anything that only members do; None if `player` may do it."""
        is_stranger = player not in self.members and player not in self.last_members
        if self.is_private and is_stranger:
            return "NOT_FOUND"
        if self.state == "CLOSED":
            return "PARTY_CLOSED"
        return "NOT_MEMBER" if player not in self.members else None

    def refuses_to_follow(self, player: str) -> str | None:
        """The rejection of anything that only leaders do."""
        return self.refuses_to_see(player) or ("NOT_LEADER" if player != self.leader else None)

    def refuses_to_join(self, player: str, by_code: bool, is_elsewhere: bool) -> str | None:
        if player in self.members:
            return None
        checks = (
            (self.is_private and not by_code, "NOT_FOUND"),
            (self.state == "CLOSED", "PARTY_CLOSED"),
            (player in self.banned, "BANNED"),
            (player in self.kicked, "KICK_COOLDOWN"),
            (self.is_locked, "PARTY_LOCKED"),
            (self.state == "STARTING", "PARTY_STARTING"),
            (len(self.members) >= self.seats, "PARTY_FULL"),
            (is_elsewhere, "ALREADY_IN_PARTY"),
        )
        return next((code for is_so, code in checks if is_so), None)

    def refuses_to_start(self, player: str, force: bool) -> str | None:
        refusal = self.refuses_to_follow(player)
        if refusal is not None or self.state != "WAITING" or force:
            return refusal
        return None if set(self.members) - {self.leader} <= self.ready else "NOT_READY"

    def refuses_to_name(self, leader: str, other: str) -> str | None:
        """The rejection of a kick or a promotion of `other`."""
        refusal = self.refuses_to_follow(leader)
        if refusal is not None:
            return refusal
        if other == leader:
            return "INVALID_INPUT"
        return "NOT_MEMBER" if other not in self.members else None

    def refuses_to_kick(self, leader: str, other: str, ban: bool) -> str | None:
        """A player who has left can still be banned."""
        is_former = other in self.former and other not in self.members
        return self.refuses_to_follow(leader) if ban and is_former else self.refuses_to_name(leader, other)

    # -- what happens

    def joins(self, player: str) -> None:
        if player not in self.members:
            self.members.append(player)
            if self.state == "IN_PROGRESS":
                self.inside.append(player)

    def leaves(self, player: str) -> None:
        self.members.remove(player)
        self.former.add(player)
        self.ready.discard(player)
        if player in self.inside:
            self.leaves_session(player)
        if not self.members:
            self.closes({player})
        elif player == self.leader:
            self.leader = self.members[0]
        if self.state == "STARTING" and not self.is_forced:
            self.state = "WAITING"

    def closes(self, last_members: set[str]) -> None:
        self.state, self.leader, self.last_members = "CLOSED", None, last_members
        self.members, self.inside = [], []
        self.ready.clear()

    def gets_ready(self, player: str, is_ready: bool) -> None:
        if not is_ready and player in self.ready and self.state == "STARTING" and not self.is_forced:
            self.state = "WAITING"
        (self.ready.add if is_ready else self.ready.discard)(player)

    def changes_difficulty(self, difficulty: str) -> None:
        if difficulty != self.difficulty:
            self.difficulty = difficulty
            self.settings_version += 1
            self.ready.clear()

    def starts(self, force: bool) -> None:
        if self.state == "WAITING":
            self.state, self.is_forced = "STARTING", force

    def begins(self) -> None:
        self.state, self.inside = "IN_PROGRESS", list(self.members)

    def leaves_session(self, player: str) -> None:
        self.inside.remove(player)
        if not self.inside:
            self.ends_session()

    def ends_session(self) -> None:
        self.state, self.inside = "WAITING", []
        self.ready.clear()

    # -- what is shown

    def is_shown_in(self, shown: Answer) -> None:
        """The test fails where the server shows something else."""
        members = [member["player"]["id"] for member in shown["members"]]
        leaders = [member["player"]["id"] for member in shown["members"] if member["isLeader"]]
        assert (shown["state"], members) == (self.state, self.members)
        assert leaders == ([self.leader] if self.leader else [])
        assert {member["player"]["id"] for member in shown["members"] if member["ready"]} == self.ready
        assert (shown["settings"]["version"], shown["settings"]["maxMembers"]) == (self.settings_version, self.seats)
        assert shown["freeSeats"] == self.seats - len(self.members)
        if self.state == "IN_PROGRESS":
            assert [player["id"] for player in shown["session"]["players"]] == self.inside
