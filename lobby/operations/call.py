"""One call of an operation: everything that running it needs."""

from __future__ import annotations

from dataclasses import dataclass

from lobby.operations.prepared import PreparedOperation
from lobby.operations.request import Variables


@dataclass(frozen=True, slots=True)
class OperationCall:
    """An operation with the variables as they came, the context its resolvers see, and the id its faults
    are logged under."""

    operation: PreparedOperation
    variables: Variables
    context: object
    request_id: str
