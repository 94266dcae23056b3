"""A client that does each mutation exactly once: it sends the same request under the same key until there is an answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from random import Random
from typing import Any
from uuid import UUID

from tools.chaos.actions.situation import Action
from tools.chaos.evidence import ObservationKind, Response, SentMutation, epoch_of
from tools.chaos.json_value import Json
from tools.chaos.players.context import RunContext
from tools.chaos.players.credentials import Credentials
from tools.chaos.players.transport import Backoff, NoAnswer, RequestFailed, TokenRenewed, Transport

TWICE_SHARE = 0.06
"""The share of requests that are sent twice at the same time."""
AGAIN_SHARE = 0.08
"""The share of answered mutations that are sent once more."""
OTHER_INPUT_SHARE = 0.01
"""The share of those whose input is changed under the same key, which the server must refuse."""
_FRESH_FIELDS = frozenset({"__typename", "replayed", "ticket"})
"""Fields of an answer that may differ between copies."""


class NotFound(Exception):
    """The server answered that the requested object does not exist for this player."""


class CursorRefused(Exception):
    """The server answered that a page can't continue after this cursor."""


class RetryingClient:
    """`transports` returns the connections that are open now; each copy of a request takes any of them."""

    def __init__(
        self,
        context: RunContext,
        credentials: Credentials,
        transports: Callable[[], list[Transport]],
        random: Random,
    ) -> None:
        self._context = context
        self._credentials = credentials
        self._transports = transports
        self._random = random

    async def query(self, operation: str, variables: Json) -> Any:
        """A query's root field, asked for until there is an answer. Raises `NotFound` or `CursorRefused`."""
        backoff = Backoff(self._random)
        while True:
            try:
                self._context.figures.queries += 1
                return await self._ask(operation, variables)
            except NoAnswer:
                await backoff.pause()
            except RequestFailed as failed:
                if failed.code == "NOT_FOUND":
                    raise NotFound(operation) from failed
                if failed.code == "BAD_USER_INPUT" and variables.get("after") is not None:
                    raise CursorRefused(operation) from failed
                if failed.code != "UNAVAILABLE":
                    self._record(f"{operation} of {self._credentials.player_id}: {failed}")
                await backoff.pause()

    async def mutate(self, action: Action) -> Json:
        """A mutation's root field, which may be a Rejection."""
        key = str(UUID(int=self._random.getrandbits(128), version=4))
        fields = {**action.input, "idempotencyKey": key}
        evidence, figures = self._context.evidence, self._context.figures
        mutation = evidence.begin_mutation(self._credentials.player_id, action.operation, fields, action.mark)
        figures.mutations += 1
        figures.by_operation[action.operation] += 1
        began_at = time.monotonic()
        answer = await self._send_until_answered(mutation)
        figures.unanswered_s = max(figures.unanswered_s, time.monotonic() - began_at)
        if mutation.first_acceptance is not None and self._random.random() < AGAIN_SHARE:
            await self._send_again(mutation)
        return answer

    async def _send_until_answered(self, mutation: SentMutation) -> Json:
        backoff = Backoff(self._random)
        while True:
            try:
                answer = await self._send(mutation)
                if answer.get("code") != "UNAVAILABLE":
                    return answer
            except NoAnswer:
                self._context.figures.retried += 1
            await backoff.pause()

    async def _send(self, mutation: SentMutation) -> Json:
        """Send one copy, or two at once. Raises `NoAnswer`."""
        if self._random.random() >= TWICE_SHARE:
            return await self._send_copy(mutation)
        self._context.figures.repeated += 1
        both = await asyncio.gather(self._send_copy(mutation), self._send_copy(mutation), return_exceptions=True)
        answers = [answer for answer in both if isinstance(answer, dict)]
        for failure in both:
            if isinstance(failure, BaseException) and not isinstance(failure, NoAnswer):
                raise failure
        if not answers:
            raise NoAnswer("neither copy was answered")
        return next((answer for answer in answers if _is_acceptance(answer)), answers[0])

    async def _send_again(self, mutation: SentMutation) -> None:
        self._context.figures.repeated += 1
        try:
            if self._random.random() < OTHER_INPUT_SHARE:
                await self._send_other_input(mutation)
            else:
                await self._send_copy(mutation)
        except NoAnswer:
            return
        except RequestFailed as failed:
            self._record(f"{mutation}, sent again: {failed}")

    async def _send_copy(self, mutation: SentMutation) -> Json:
        """Send one copy, and record the response. Raises `NoAnswer`."""
        figures = self._context.figures
        figures.requests += 1
        figures.in_flight += 1
        after_acceptance = mutation.first_acceptance is not None
        sent_era = self._context.evidence.era
        mutation.unanswered += 1
        try:
            answer: Json = await self._ask(mutation.operation, {"input": mutation.input})
        except TokenRenewed:
            mutation.unanswered -= 1
            raise
        except RequestFailed as failed:
            self._record(f"{mutation}: {failed}")
            raise NoAnswer(str(failed)) from failed
        finally:
            figures.in_flight -= 1
        if answer.get("code") != "UNAVAILABLE":  # that is no answer: the store may have committed the mutation
            mutation.unanswered -= 1
            mutation.responses.append(self._response(answer, after_acceptance, sent_era))
        return answer

    async def _send_other_input(self, mutation: SentMutation) -> None:
        if "partyId" not in mutation.input:
            return
        changed = {**mutation.input, "partyId": "another"}
        answer: Json = await self._ask(mutation.operation, {"input": changed})
        if answer.get("code") not in ("IDEMPOTENCY_KEY_REUSED", "UNAVAILABLE"):
            self._record(f"{mutation}: its key was accepted with other input: {answer}")

    async def _ask(self, operation: str, variables: Json) -> Any:
        """Send over any transport; renew the token if it has expired. Raises `NoAnswer` or `RequestFailed`."""
        transport = self._random.choice(self._transports())
        token = self._credentials.token
        self._context.figures.by_transport[transport.name] += 1
        try:
            return await transport.ask(operation, variables, token)
        except RequestFailed as failed:
            if failed.code != "UNAUTHENTICATED":
                raise
            transport.on_token_expired()
            await self._credentials.renew(token)
            raise TokenRenewed from failed

    def _response(self, answer: Json, after_acceptance: bool, sent_era: int) -> Response:
        evidence, figures = self._context.evidence, self._context.figures
        if not _is_acceptance(answer):
            figures.rejections[answer["code"]] += 1
            if answer.get("current") is not None:
                evidence.observe_party(self._credentials.player_id, answer["current"])
            content = evidence.contents.keep(answer)
            return Response(
                False,
                content,
                answer["code"],
                after_acceptance=after_acceptance,
                sent_era=sent_era,
                era=evidence.era,
                received_at_s=time.monotonic(),
            )
        figures.acknowledged += 1
        figures.replayed += answer["replayed"]
        stable = {name: part for name, part in answer.items() if name not in _FRESH_FIELDS}
        party = party_of_answer(answer)
        if party is None:  # about no party, and the answer shows how it is now
            content = evidence.contents.keep({})
            return Response(True, content, None, replayed=answer["replayed"], after_acceptance=after_acceptance)
        party_id, seq = party["id"], party["version"]
        if "invite" in answer:
            evidence.observe_party(self._credentials.player_id, party)
        else:
            evidence.observe(ObservationKind.ANSWER, party_id, seq, self._credentials.player_id, stable)
        content = evidence.contents.keep(stable)
        return Response(
            True,
            content,
            None,
            party_id,
            seq,
            answer["replayed"],
            after_acceptance,
            epoch_of(party["cursor"]),
            sent_era,
            evidence.era,
            time.monotonic(),
        )

    def _record(self, failure: str) -> None:
        self._context.evidence.record_failure(failure)


def party_of_answer(answer: Json) -> Json | None:
    """The party after an accepted mutation; None if the mutation is about no party."""
    party: Json | None = answer.get("party") or answer.get("invite", {}).get("party")
    return party


def _is_acceptance(answer: Json) -> bool:
    return bool(answer["__typename"] != "Rejection")
