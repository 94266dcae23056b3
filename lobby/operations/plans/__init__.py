"""Operations known beforehand, turned into plain Python.

A plan covers the usual case, in which everything goes well. Whatever it does not cover, at the latest an error on the way,
is left to graphql-core, whose answer then is the answer: so a plan has no error messages of its own.
"""

from lobby.operations.plans.compile import plan_of
from lobby.operations.plans.plan import Plan
from lobby.operations.plans.uncovered import Uncovered

__all__ = ["Plan", "Uncovered", "plan_of"]
