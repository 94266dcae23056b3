"""Fixtures and settings of all tests. The server runs on asyncio, so its tests do too."""

import gc
import os
from collections.abc import Iterator
from contextlib import suppress
from fnmatch import fnmatch
from importlib import import_module
from inspect import signature
from pathlib import Path

import certifi
import httpx
import pytest

from tests.changed_parts import changed_paths, unchanged_parts
from tests.needs import needs
from tools.chaos.valkey.server import PASSING, ValkeyServer

pytest.register_assert_rewrite(
    *(f"tests.{folder.name}" for folder in Path(__file__).parent.iterdir() if folder.is_dir())
)
# Else an assertion in a helper module of these folders would fail without its values.

os.environ["LOBBY_RATE_LIMITS"] = "off"
"""Tests send requests faster than players do. Tests about rate limits switch them on."""

if os.environ.get("LOBBY_TESTS_FAST") == "false":
    # The same tests on the plain server, without the parts of web/fast. Settings and server processes read this.
    os.environ["LOBBY_FAST"] = "false"

for phase in ("connect", "read", "write", "pool"):
    # The default of httpx, 5 s, is too short while other tests and their servers use the same cores.
    setattr(signature(httpx.Client).parameters["timeout"].default, phase, 60.0)

FAST_FOLDERS = ("lobby/domain", "lobby/app", "lobby/live", "lobby/limits", "lobby/stores", "web/graphql/execution")
"""Folders below tests/ for the daily loop, `scripts/test --fast`."""
SLOW_PARTS = ("sqlite", "valkey", "copy")
"""Parts of these folders that the fast tests leave out, because they need a disk or another server."""

LONG_FILES = (
    "docs/test_commands.py",
    "deploy/test_image.py",
    "tools/upgrade/test_rolling_upgrade.py",
    "tools/bench/test_bench.py",
    "tools/simulation/test_short_run.py",
    "web/graphql/explorer/test_graphiql.py",
    "unity/test_wasm.py",
    "tools/attack/test_short_run.py",
    "tools/chaos/test_short_run.py",
    "tools/chaos/test_server_faults.py",
    "journey/test_host_migration.py",
    "unity/stream/test_journey.py",
    "unity/netcode/test_netcode.py",
    "adventurebot_lobby/test_load.py",
    "served/test_workers.py",
    "served/test_continued_run.py",
    "tools/file_count/test_file_count.py",
    "privacy/test_privacy.py",
    "adventurebot_lobby/test_chaos.py",
    "test_wheel.py",
    "tools/demo/test_demo.py",
    "unity/test_journey.py",
    "deploy/test_keep_alive.py",
    "deploy/test_behind_a_proxy.py",
    "tools/fuzz/test_short_round.py",
    "served/test_time.py",
    "served/test_waiting.py",
    "lobby/stores/valkey/test_late_calls.py",
    "web/console/test_console.py",
    "web/rest/test_any_input.py",
    "web/fast/plans/test_differential.py",
    "unity/stream/test_linked_libraries.py",
    "unity/test_faults.py",
    "unity/stream/test_checks.py",
    "journey/test_javascript_libraries.py",
    "web/test_pages_in_a_browser.py",
    "lobby/allocators/test_webhook.py",
    "journey/test_typescript_client.py",
    "served/test_restart.py",
    "unity/toolkit/test_toolkit.py",
    "unity/stream/test_sample.py",
    "deploy/test_prometheus.py",
    "adventurebot_lobby/test_backup.py",
    "docs/test_receipts.py",
    "served/test_lost_files.py",
    "served/test_graceful_restart.py",
    "web/graphql/test_http_long_answers.py",
    "nodes/test_presence.py",
    "unity/test_roslyn.py",
    "web/fast/plans/test_client_documents.py",
)
"""The files below tests/ that take longest, the longest first. Of several workers none begins one of them at the end, while
the others have nothing left to do."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the tests of the daily loop, begin with the longest files if there are several workers, and leave out what
    `scripts/test --changed` does not ask for."""
    if hasattr(config, "workerinput"):
        items.sort(key=_rank)  # a stable sort: the other files stay in their order
    if left_out := _left_out(config):
        config.hook.pytest_deselected(items=[item for item in items if item.nodeid.startswith(left_out)])
        items[:] = [item for item in items if not item.nodeid.startswith(left_out)]
    for item in items:
        path = item.nodeid.removeprefix("tests/")
        if path.startswith(FAST_FOLDERS) and not any(part in path for part in SLOW_PARTS):
            item.add_marker(pytest.mark.fast)


def pytest_report_header(config: pytest.Config) -> str | None:
    left_out = _left_out(config)
    return f"left out, because nothing of theirs has changed: {', '.join(left_out)}" if left_out else None


def _left_out(config: pytest.Config) -> tuple[str, ...]:
    """The beginnings of the paths of the tests that `scripts/test --changed` leaves out."""
    changed = changed_paths(config.rootpath) if os.environ.get("LOBBY_TESTS_CHANGED") == "true" else None
    return unchanged_parts(changed) if changed is not None else ()


def pytest_collection(session: pytest.Session) -> None:
    """The objects of 8,000 tests live until the end. The collector would read them again and again."""
    gc.disable()
    if hasattr(session.config, "workerinput"):
        _import_share(session.config)


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


@pytest.hookimpl(optionalhook=True)  # of pytest-xdist
def pytest_testnodedown(node: object, error: object | None) -> None:
    """Called in the main process when a worker has ended. If it crashed, tests are left that nobody has run."""
    if error is not None:
        _crashed_workers.append(node)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """`scripts/test` runs failed tests again after exit code 1 alone."""
    if _crashed_workers:
        session.exitstatus = pytest.ExitCode.INTERNAL_ERROR


_crashed_workers: list[object] = []


def _import_share(config: pytest.Config) -> None:
    """Of a fresh clone each worker imports other test files first. pytest takes 5 s of CPU to rewrite the assertions of all of
    them and keeps them compiled, so that each worker finds what the others have done."""
    worker = config.workerinput  # type: ignore[attr-defined]  # of pytest-xdist
    files = [file for argument in config.args for file in _test_files(config.rootpath / argument)]
    for file in files[int(worker["workerid"].removeprefix("gw")) :: worker["workercount"]]:
        with suppress(Exception, pytest.skip.Exception):  # the collection imports it again, and reports this
            import_module(".".join(file.relative_to(config.rootpath).with_suffix("").parts))


def _test_files(folder: Path) -> Iterator[Path]:
    """In an order that is the same in each worker."""
    for path, folders, names in os.walk(folder):
        folders[:] = sorted(set(folders) - {"node_modules"})
        yield from (Path(path, name) for name in sorted(names) if fnmatch(name, "test_*.py"))


def _rank(item: pytest.Item) -> int:
    file = item.nodeid.partition("::")[0].removeprefix("tests/")
    return LONG_FILES.index(file) if file in LONG_FILES else len(LONG_FILES)


@pytest.fixture(scope="session", autouse=True)
def one_certificate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Each new client of httpx reads all certificates that certifi has, which takes 20 ms, and no test meets one of them."""
    end = "-----END CERTIFICATE-----\n"
    first, _, _ = Path(certifi.where()).read_text(encoding="utf-8").partition(end)
    file = tmp_path_factory.mktemp("certificates") / "first.pem"
    file.write_text(first + end, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(certifi, "where", lambda: str(file))
        yield


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def valkey_of_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyServer]:
    """A server that keeps nothing over a restart; one for all tests."""
    needs("valkey")
    server = ValkeyServer(tmp_path_factory.mktemp("valkey"), PASSING)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def valkey(valkey_of_all: ValkeyServer) -> ValkeyServer:
    """With nothing in it."""
    valkey_of_all.flush()
    return valkey_of_all
