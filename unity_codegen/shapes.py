"""What an answer looks like in C#: classes, and the members that they read."""

from __future__ import annotations

from dataclasses import dataclass, field

from graphql import GraphQLNamedType, GraphQLOutputType


@dataclass(slots=True)
class Member:
    """A field of a selection. `of` names the class of its objects; None for leaves.

    `kinds`: the types of the schema that have it, where the class stands for several; empty where all have it.
    `selected`: in how many of the selections that read into the class it is.
    """

    name: str
    type: GraphQLOutputType
    description: str
    of: str | None
    kinds: set[str]
    selected: int = 0


@dataclass(slots=True)
class Answer:
    """A class. `selections`: how many places of the documents read into it."""

    name: str
    type: GraphQLNamedType
    members: dict[str, Member] = field(default_factory=dict)
    selections: int = 0

    def always(self, member: Member) -> bool:
        """Whether every object that the class is read from has the member."""
        return member.selected == self.selections and not member.kinds


class Unclear(ValueError):
    """Documents for which there is no one class: the message says which."""
