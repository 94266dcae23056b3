"""The secret: created once, readable by its owner alone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from stat import S_IMODE

import pytest

from lobby.auth.secret import SECRET_BYTES, Secret


def test_a_missing_secret_file_is_created_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "data" / "secret"
    Secret.from_file(path)
    assert (S_IMODE(path.stat().st_mode), S_IMODE(path.parent.stat().st_mode)) == (0o600, 0o700)
    assert [each.name for each in path.parent.iterdir()] == ["secret"]


def test_the_secret_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    assert Secret.from_file(path).key("credentials") == Secret.from_file(path).key("credentials")


def test_servers_that_start_at_once_share_one_secret(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    with ThreadPoolExecutor(8) as threads:
        secrets = list(threads.map(lambda _: Secret.from_file(path), range(32)))
    assert len({secret.key("credentials") for secret in secrets}) == 1
    assert [each.name for each in tmp_path.iterdir()] == ["secret"]


@pytest.mark.parametrize("content", ["", "not hex", "abcd", "00" * (SECRET_BYTES + 1), "é"])
def test_a_file_with_other_content_is_rejected_and_not_changed(tmp_path: Path, content: str) -> None:
    path = tmp_path / "secret"
    path.write_text(content)
    with pytest.raises(ValueError, match="secret"):
        Secret.from_file(path)
    assert path.read_text() == content


def test_a_trailing_line_end_is_ignored(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    kept = Secret.from_file(path).key("credentials")
    path.write_text(path.read_text() + "\n")
    assert Secret.from_file(path).key("credentials") == kept


def test_each_purpose_has_a_key_of_its_own() -> None:
    secret = Secret.random()
    keys = {secret.key(purpose) for purpose in ("credentials", "tickets", "fingerprints")}
    assert (len(keys), {len(key) for key in keys}) == (3, {32})


@pytest.mark.parametrize("text", ["x", "x" * 10_000, "größer"])
def test_a_secret_from_the_settings_may_have_any_length(text: str) -> None:
    assert Secret.from_setting(text).key("credentials") == Secret.from_setting(text).key("credentials")
    assert Secret.from_setting(text).key("credentials") != Secret.from_setting(text + "x").key("credentials")


def test_random_secrets_differ() -> None:
    assert Secret.random().key("credentials") != Secret.random().key("credentials")


def test_the_content_of_a_secret_file_can_be_a_setting(tmp_path: Path) -> None:
    kept = Secret.from_file(tmp_path / "secret")
    given = Secret.from_setting(f"hex:{(tmp_path / 'secret').read_text()}")
    assert given.key("access") == kept.key("access")
    with pytest.raises(ValueError, match="the setting holds no secret"):
        Secret.from_setting("hex:something else")
