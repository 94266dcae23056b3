"""How the documents of a folder are put together."""

from __future__ import annotations

from pathlib import Path

import pytest
from graphql import parse

from web.graphql.execution.client_documents import FILE_CHARS_MAX, ClientDocumentError, client_documents

GREETING = "# Says hello.\nquery Greeting {\n  hello {\n    ...B\n    ...A\n  }\n}\n"

FRAGMENTS = {"fragments__A": "fragment A on T { a }", "fragments__B": "fragment B on T { b ...A }"}


def write(folder: Path, **files: str) -> Path:
    """`fragments__A="..."` becomes `fragments/A.graphql`."""
    for name, text in files.items():
        path = folder / (name.replace("__", "/") + ".graphql")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def test_a_document_is_its_operation_and_then_its_fragments_by_name(tmp_path: Path) -> None:
    write(tmp_path, greeting=GREETING, **FRAGMENTS)
    expected = GREETING + "\nfragment A on T { a }\n\nfragment B on T { b ...A }\n"
    assert {"Greeting": expected} == client_documents(tmp_path)


def test_a_fragment_that_is_not_spread_stays_out(tmp_path: Path) -> None:
    write(tmp_path, ping="query Ping { ping }", fragments__A="fragment A on T { a }")
    assert client_documents(tmp_path) == {"Ping": "query Ping { ping }\n"}


def test_the_text_is_the_same_whatever_the_line_endings_of_the_checkout(tmp_path: Path) -> None:
    (tmp_path / "ping.graphql").write_bytes(b"query Ping {\r\n  ping\r\n}\r\n")
    assert client_documents(tmp_path) == {"Ping": "query Ping {\n  ping\n}\n"}


def test_only_spreads_of_the_document_itself_count(tmp_path: Path) -> None:
    text = (
        'query Ping($at: At = {text: "...B {", size: 1}) {\n  # ...C\n  ping(text: """ ...D \\""" { """)\n'
        "  ... # why\n  A\n  ...on T { b }\n  ... @include(if: true) { c }\n}"
    )
    parse(text)
    write(tmp_path, ping=text, fragments__A="# All of T.\nfragment A on T { a }")
    assert client_documents(tmp_path) == {"Ping": f"{text}\n\n# All of T.\nfragment A on T {{ a }}\n"}


def test_fragments_in_a_circle_are_put_together_and_left_for_validation_to_refuse(tmp_path: Path) -> None:
    files = {"fragments__A": "fragment A on T { ...B }", "fragments__B": "fragment B on T { ...A }"}
    document = client_documents(write(tmp_path, greeting=GREETING, **files))["Greeting"]
    assert len(parse(document).definitions) == 3


@pytest.mark.parametrize(
    ("files", "complaint"),
    [
        ({"greeting": GREETING}, "spreads A, but there is no"),
        ({"greeting": "query Other { a }"}, "expected the operation Greeting"),
        ({"greeting": "query { a }"}, "its operation needs a name"),
        ({"greeting": "query Greeting { a } query B { a }"}, "expected one definition, found 2"),
        ({"greeting": "query Greeting { a"}, "its brackets do not match"),
        ({"greeting": f"query Greeting {{ a }} #{'x' * FILE_CHARS_MAX}"}, "more than 65536 characters"),
        (
            {"greeting": "query Greeting { ...A }", "fragments__A": "fragment B on T { a }"},
            "expected the fragment A",
        ),
    ],
)
def test_a_file_that_breaks_the_rules_of_the_folder_is_named(
    tmp_path: Path, files: dict[str, str], complaint: str
) -> None:
    with pytest.raises(ClientDocumentError, match=rf"\.graphql: .*{complaint}"):
        client_documents(write(tmp_path, **files))
