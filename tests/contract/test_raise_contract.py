"""`scripts/contract` lets the contract grow, and refuses what would break clients."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contract.__main__ import PRINTED, raise_contract

SERVED = PRINTED.read_text(encoding="utf-8")
OLDER = SERVED.replace('  """Joined while a session was running."""\n  lateJoin: Boolean!\n', "")


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    path = tmp_path / "contract.graphql"
    path.write_text(OLDER, encoding="utf-8")
    return path


def test_a_schema_that_adds_becomes_the_contract(contract: Path) -> None:
    assert OLDER != SERVED
    assert raise_contract(PRINTED, contract) == 0
    assert contract.read_text(encoding="utf-8") == SERVED


@pytest.mark.parametrize(
    ("schema", "reported"),
    [
        (
            OLDER.replace("  isLeader: Boolean!\n", ""),
            "takes away from the contract: Member.isLeader: field is missing",
        ),
        (
            SERVED.replace("  isLeader: Boolean!", "  isLeader: Boolean!, mood: Int"),
            "the served schema lacks: Member.mood",
        ),
    ],
)
def test_a_schema_that_takes_away_or_is_not_served_is_refused(
    contract: Path, tmp_path: Path, schema: str, reported: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (new := tmp_path / "new.graphql").write_text(schema, encoding="utf-8")
    assert raise_contract(new, contract) == 1
    assert reported in capsys.readouterr().err
    assert contract.read_text(encoding="utf-8") == OLDER
