"""The documents of clients in one file: it is current, and a server answers its hashes alone."""

from __future__ import annotations

import json
import re
import subprocess
from hashlib import sha256

from tests.needs import ROOT, needs
from tests.served.lobby import lobby
from tools.client_bundle import BUNDLE, POSSIBLE_TYPES, client_bundle, possible_types

PAGE = ROOT / "docs/javascript.md"
BLOCK = re.compile(r"```js\n(.*?)```", re.DOTALL)
RUN_WAIT_S = 30


def test_the_bundle_is_current() -> None:
    assert BUNDLE.read_text(encoding="utf-8") == client_bundle(), "run scripts/unity"


def test_the_possible_types_are_current() -> None:
    assert POSSIBLE_TYPES.read_text(encoding="utf-8") == possible_types(), "run scripts/unity"
    assert "Rejection" in json.loads(possible_types())["PartyResult"]


def test_each_document_has_its_name_its_type_and_its_hash() -> None:
    operations = json.loads(client_bundle())["operations"]
    files = {path.stem[:1].upper() + path.stem[1:] for path in BUNDLE.parent.glob("*.graphql")}

    assert {each["name"] for each in operations} == files
    assert {each["type"] for each in operations} == {"query", "mutation", "subscription"}
    assert [each["id"] for each in operations] == [sha256(each["body"].encode()).hexdigest() for each in operations]


def test_the_code_of_the_page_sends_a_hash_and_gets_an_answer() -> None:
    code, *_ = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    code = code.replace("console.log(await", "console.log(JSON.stringify(await").replace('Info"));', 'Info")));')
    with lobby(trusted_documents_only=True) as address:
        call = [needs("node"), "--input-type=module", "-e", code.replace("http://127.0.0.1:8000", address.base)]
        done = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, timeout=RUN_WAIT_S)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["data"]["serverInfo"]["difficulties"] == ["Easy", "Normal", "Hard"]
