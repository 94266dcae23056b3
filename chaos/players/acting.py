"""Doing something exactly once: the same request under the same key, until there is an answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from random import Random
from typing import Any
from uuid import UUID

from chaos.evidence.acts import Act, Answer
from chaos.evidence.sights import SightKind
from chaos.json_value import Json
from chaos.players.asking import NoAnswer, NotSignedIn, RequestRefused, Way
from chaos.players.backoff import Backoff
from chaos.players.passport import Passport
from chaos.players.wishes import Wish
from chaos.players.world import World

TWICE_SHARE = 0.06
"""Of the requests: sent twice at the same time."""
AGAIN_SHARE = 0.08
"""Of those that were answered: sent once more all the same."""
OTHER_INPUT_SHARE = 0.01
"""Of those: with other input under the same key, which has to be refused."""
_MADE_AFRESH = frozenset({"__typename", "replayed", "ticket"})


class NotThere(Exception):
    """The server says that what was asked for does not exist for this player."""


class Actor:
    """A player's hands. `ways`: the connections there are just now; each copy takes any of them."""

    def __init__(self, world: World, passport: Passport, ways: Callable[[], list[Way]], chance: Random) -> None:
        self._world = world
        self._passport = passport
        self._ways = ways
        self._chance = chance

    async def ask(self, operation: str, variables: Json) -> Any:
        """A query's answer, however often it has to be asked. Raises `NotThere`."""
        backoff = Backoff(self._chance)
        while True:
            try:
                self._world.figures.queries += 1
                return await self._asked(operation, variables)
            except NoAnswer:
                await backoff.pause()
            except RequestRefused as refused:
                if refused.code == "NOT_FOUND":
                    raise NotThere(operation) from refused
                if refused.code != "UNAVAILABLE":
                    self._world.evidence.fault(f"{operation} of {self._passport.player_id}: {refused}")
                await backoff.pause()

    async def do(self, wish: Wish) -> Json:
        """The answer of the server, a Rejection maybe."""
        key = str(UUID(int=self._chance.getrandbits(128), version=4))
        given = {**wish.input, "idempotencyKey": key}
        act = self._world.evidence.begin_act(self._passport.player_id, wish.operation, given, wish.mark)
        self._world.figures.acts += 1
        self._world.figures.by_operation[wish.operation] += 1
        began_at = time.monotonic()
        answer = await self._answered(act)
        figures = self._world.figures
        figures.unanswered_s = max(figures.unanswered_s, time.monotonic() - began_at)
        if act.accepted is not None and self._chance.random() < AGAIN_SHARE:
            await self._once_more(act)
        return answer

    async def _answered(self, act: Act) -> Json:
        backoff = Backoff(self._chance)
        while True:
            try:
                answer = await self._sent(act)
                if answer.get("code") != "UNAVAILABLE":
                    return answer
            except NoAnswer:
                self._world.figures.retried += 1
            await backoff.pause()

    async def _sent(self, act: Act) -> Json:
        if self._chance.random() >= TWICE_SHARE:
            return await self._copy(act)
        self._world.figures.repeated += 1
        both = await asyncio.gather(self._copy(act), self._copy(act), return_exceptions=True)
        answers = [answer for answer in both if isinstance(answer, dict)]
        for failure in both:
            if isinstance(failure, BaseException) and not isinstance(failure, NoAnswer):
                raise failure
        if not answers:
            raise NoAnswer("neither copy was answered")
        return next((answer for answer in answers if _is_acceptance(answer)), answers[0])

    async def _once_more(self, act: Act) -> None:
        self._world.figures.repeated += 1
        try:
            if self._chance.random() < OTHER_INPUT_SHARE:
                await self._with_other_input(act)
            else:
                await self._copy(act)
        except NoAnswer:
            return
        except RequestRefused as refused:
            self._world.evidence.fault(f"{act}, sent again: {refused}")

    async def _copy(self, act: Act) -> Json:
        """Sends one copy, and takes down what comes of it. Raises `NoAnswer`."""
        figures = self._world.figures
        figures.copies += 1
        figures.in_flight += 1
        after_acceptance = act.accepted is not None
        act.unanswered += 1
        try:
            answer: Json = await self._asked(act.operation, {"input": act.input})
        except NotSignedIn:
            act.unanswered -= 1
            raise
        except RequestRefused as refused:
            self._world.evidence.fault(f"{act}: {refused}")
            raise NoAnswer(str(refused)) from refused
        finally:
            figures.in_flight -= 1
        if answer.get("code") != "UNAVAILABLE":  # that is no answer: the store may yet have got it
            act.unanswered -= 1
            act.answers.append(self._noted(answer, after_acceptance))
        return answer

    async def _with_other_input(self, act: Act) -> None:
        changed = {**act.input, "partyId": "another"} if "partyId" in act.input else None
        if changed is None:
            return
        answer: Json = await self._asked(act.operation, {"input": changed})
        if answer.get("code") not in ("IDEMPOTENCY_KEY_REUSED", "UNAVAILABLE"):
            self._world.evidence.fault(f"{act}: its key went through with other input: {answer}")

    async def _asked(self, operation: str, variables: Json) -> Any:
        """By any way; with a fresh token where the old one has expired. Raises `NoAnswer`, `RequestRefused`."""
        way = self._chance.choice(self._ways())
        token = self._passport.token
        self._world.figures.by_transport[way.name] += 1
        try:
            return await way.ask(operation, variables, token)
        except RequestRefused as refused:
            if refused.code != "UNAUTHENTICATED":
                raise
            way.token_expired()
            await self._passport.renew(token)
            raise NotSignedIn from refused

    def _noted(self, answer: Json, after_acceptance: bool) -> Answer:
        contents = self._world.evidence.contents
        if not _is_acceptance(answer):
            self._world.figures.rejections[answer["code"]] += 1
            if answer["current"] is not None:
                self._world.evidence.note_party(self._passport.player_id, answer["current"])
            return Answer(False, contents.keep(answer), answer["code"], after_acceptance=after_acceptance)
        return self._acceptance(answer, after_acceptance)

    def _acceptance(self, answer: Json, after_acceptance: bool) -> Answer:
        self._world.figures.acknowledged += 1
        self._world.figures.replayed += answer["replayed"]
        said = {name: part for name, part in answer.items() if name not in _MADE_AFRESH}
        party_id, seq = answer["party"]["id"], answer["seq"]
        evidence = self._world.evidence
        evidence.note(SightKind.ANSWER, party_id, seq, self._passport.player_id, said)
        content = evidence.contents.keep(said)
        return Answer(True, content, None, party_id, seq, answer["replayed"], after_acceptance)


def _is_acceptance(answer: Json) -> bool:
    return bool(answer["__typename"] != "Rejection")
