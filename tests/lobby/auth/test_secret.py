"""The secret: made once, kept for its owner alone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from stat import S_IMODE

import pytest

from lobby.auth.secret import SECRET_BYTES, Secret


def test_a_missing_secret_is_made_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "data" / "secret"
    Secret.kept_in(path)
    assert (S_IMODE(path.stat().st_mode), S_IMODE(path.parent.stat().st_mode)) == (0o600, 0o700)
    assert [each.name for each in path.parent.iterdir()] == ["secret"]


def test_the_secret_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    assert Secret.kept_in(path).key("credentials") == Secret.kept_in(path).key("credentials")


def test_two_servers_that_start_at_once_have_one_secret(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    with ThreadPoolExecutor(8) as threads:
        secrets = list(threads.map(lambda _: Secret.kept_in(path), range(32)))
    assert len({secret.key("credentials") for secret in secrets}) == 1
    assert [each.name for each in tmp_path.iterdir()] == ["secret"]


@pytest.mark.parametrize("content", ["", "not hex", "abcd", "00" * (SECRET_BYTES + 1), "é"])
def test_a_file_with_something_else_is_refused_and_left_alone(tmp_path: Path, content: str) -> None:
    path = tmp_path / "secret"
    path.write_text(content)
    with pytest.raises(ValueError, match="secret"):
        Secret.kept_in(path)
    assert path.read_text() == content


def test_a_line_end_that_an_editor_left_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    kept = Secret.kept_in(path).key("credentials")
    path.write_text(path.read_text() + "\n")
    assert Secret.kept_in(path).key("credentials") == kept


def test_each_purpose_has_a_key_of_its_own() -> None:
    secret = Secret.made()
    keys = {secret.key(purpose) for purpose in ("credentials", "tickets", "fingerprints")}
    assert (len(keys), {len(key) for key in keys}) == (3, {32})


@pytest.mark.parametrize("text", ["x", "x" * 10_000, "größer"])
def test_a_secret_from_the_settings_may_have_any_length(text: str) -> None:
    assert Secret.of(text).key("credentials") == Secret.of(text).key("credentials")
    assert Secret.of(text).key("credentials") != Secret.of(text + "x").key("credentials")


def test_secrets_that_were_made_differ() -> None:
    assert Secret.made().key("credentials") != Secret.made().key("credentials")


def test_a_secret_that_was_kept_in_a_file_can_be_given_as_a_setting(tmp_path: Path) -> None:
    kept = Secret.kept_in(tmp_path / "secret")
    given = Secret.of(f"hex:{(tmp_path / 'secret').read_text()}")
    assert given.key("access") == kept.key("access")
    with pytest.raises(ValueError, match="the setting holds no secret"):
        Secret.of("hex:something else")
