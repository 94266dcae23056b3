"""The generator turns operations into methods, and inputs into classes."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

from tests.needs import ROOT
from tests.tools.unity_codegen.sample import sources
from tools.unity_codegen.contract import read_contract
from tools.unity_codegen.package import generate_code
from web.graphql.execution.client_documents import client_documents

ENTER = """# Go in.
# Quietly, if you can.
mutation Enter($input: EnterInput!) { enter(input: $input) { __typename ... on Tavern { id } ... on Rejection { message } } }"""
PLACES = """query Places($mood: Mood, $first: Int! = 5, $text: String!) {
  places(first: $first, mood: $mood, text: $text) { __typename id }
}"""


def test_a_mutation_with_a_key_takes_its_input_and_returns_a_result(tmp_path: Path) -> None:
    enter = sources(tmp_path, ENTER)["Operations/Enter.cs"]

    assert "public Task<LobbyResult<LobbyTavern>> EnterAsync(" in enter
    assert "/// <summary>Go in. Quietly, if you can.</summary>" in enter
    assert re.search(
        r'LobbyDocuments\.Enter,\s+input,\s+reader => LobbyResult<LobbyTavern>\.Read\(reader, "Tavern"', enter
    )


def test_a_query_has_required_parameters_first_and_optional_ones_last(tmp_path: Path) -> None:
    places = sources(tmp_path, PLACES)["Operations/Places.cs"]

    assert re.search(r"PlacesAsync\(\s+string text,\s+LobbyMood\? mood = null,\s+int\? first = null,\s+Cancel", places)
    assert 'writer.Required("text", text);' in places
    assert 'writer.Member("mood", LobbyMoodWords.Word(mood));' in places
    assert "Task<IReadOnlyList<LobbyPlace>>" in places


def test_a_subscription_is_an_operation_for_a_stream(tmp_path: Path) -> None:
    text = "subscription Happenings($after: ID) { happenings(after: $after) { __typename id } }"

    happenings = sources(tmp_path, text)["Operations/Happenings.cs"]

    assert "public static LobbyOperation<LobbyPlace> Happenings(string? after = null)" in happenings


def test_an_input_omits_null_and_checks_required_members(tmp_path: Path) -> None:
    files = sources(tmp_path, ENTER)

    enter = files["Inputs/EnterInput.cs"]
    assert "public sealed class EnterInput : IIdempotentInput" in enter
    assert "public bool? Quietly { get; set; }" in enter
    assert 'writer.Required("placeId", PlaceId);' in enter
    assert 'writer.Member("moods", Moods);' in enter
    assert 'writer.Member("idempotencyKey", idempotencyKey);' in enter
    mood = files["Inputs/MoodInput.cs"]
    assert "public sealed class MoodInput : ILobbyJsonWritable" in mood
    assert 'writer.Required("mood", LobbyMoodWords.Word(Mood));' in mood


def test_documents_are_embedded_exactly_with_the_hash_of_the_server() -> None:
    files = generate_code(read_contract(ROOT))

    for name, text in client_documents(ROOT / "client_queries").items():
        source = files[Path("Operations", f"{name}.cs")]
        hashed, *lines = re.findall(r'^ {12}"(.*)"(?:,| \+|\);)$', source, re.MULTILINE)[1:]
        assert hashed == sha256(text.encode()).hexdigest()
        assert "".join(lines).replace("\\n", "\n").replace('\\"', '"').replace("\\\\", "\\") == text


def test_the_generator_is_deterministic() -> None:
    assert generate_code(read_contract(ROOT)) == generate_code(read_contract(ROOT))
