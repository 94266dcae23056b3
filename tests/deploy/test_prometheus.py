"""The alerts fire when they should and only then, and each query of the alerts and of the dashboard finds numbers of a server."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from tests.needs import ROOT, needs
from tests.serving import served
from tests.waiting import wait_for_value
from tests.web.rest_client import Rest, connected, guest, running
from tests.web.updates_client import following
from tools.chaos.ports import HOST, free_ports
from tools.chaos.valkey.server import ValkeyServer
from web.app import create_app
from web.settings.settings import Settings

RULES = ROOT / "deploy/prometheus/rules.yml"
DASHBOARD = ROOT / "deploy/grafana/lobby.json"
WAIT_S = 60
MINUTES = 30
EVENTS_SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5"

Series = dict[str, str]
BAD: dict[str, Series] = {
    "LobbyDown": {'up{job="lobby"}': "0x30"},
    "LobbyStoreDown": {"lobby_store_up": "0x30"},
    "LobbyMutationsUnavailable": {'lobby_rejections_total{code="UNAVAILABLE"}': "0+60x30"},
    "LobbyInternalErrors": {
        'lobby_graphql_errors_total{code="INTERNAL"}': "0+60x30",
        'lobby_http_responses_total{path="/graphql",status="500"}': "0x30",
    },
    "LobbyCommitsSlow": {
        'lobby_commit_seconds_bucket{le="0.5"}': "0x30",
        'lobby_commit_seconds_bucket{le="2.5"}': "0+60x30",
        'lobby_commit_seconds_bucket{le="+Inf"}': "0+60x30",
    },
    "LobbyDeliverySlow": {
        'lobby_delivery_seconds_bucket{le="2.5"}': "0x30",
        'lobby_delivery_seconds_bucket{le="5.0"}': "0+60x30",
        'lobby_delivery_seconds_bucket{le="+Inf"}': "0+60x30",
    },
    "LobbyEventLoopLate": {"lobby_event_loop_late_seconds_total": "0+30x30"},
    "LobbyCommitsWaiting": {"lobby_store_waiting_commits": "5000x30"},
    "LobbyRestarts": {'process_start_time_seconds{job="lobby"}': "0+60x30"},
    "LobbyIssuerUnreachable": {'lobby_issuer_reachable{issuer="x"}': "0x30"},
    "LobbyAllocationsFail": {'lobby_allocations_total{outcome="failed"}': "0+1x30"},
    "LobbyEventsLate": {"lobby_events_lag_seconds": "0+60x30"},
    "LobbyEventsLost": {"lobby_events_lost_total": "0+1x30"},
    "LobbyFollowersFallBehind": {'lobby_snapshots_total{reason="fell_behind"}': "0+600x30"},
    "LobbyHintsMissed": {"lobby_hints_missed_total": "0+1x30"},
    "LobbyFilesRunOut": {'process_open_fds{job="lobby"}': "950x30", 'process_max_fds{job="lobby"}': "1000x30"},
}
"""By alert: numbers of half an hour for which it fires."""
GOOD: Series = {
    'up{job="lobby"}': "1x30",
    "lobby_store_up": "1x30",
    'lobby_rejections_total{code="UNAVAILABLE"}': "7x30",
    'lobby_graphql_errors_total{code="INTERNAL"}': "7x30",
    'lobby_http_responses_total{path="/graphql",status="500"}': "7x30",
    'lobby_http_responses_total{path="/readyz",status="503"}': "0+60x30",
    'lobby_commit_seconds_bucket{le="0.5"}': "0+60x30",
    'lobby_commit_seconds_bucket{le="2.5"}': "0+60x30",
    'lobby_commit_seconds_bucket{le="+Inf"}': "0+60x30",
    'lobby_delivery_seconds_bucket{le="1.0"}': "0+60x30",
    'lobby_delivery_seconds_bucket{le="2.5"}': "0+60x30",
    'lobby_delivery_seconds_bucket{le="5.0"}': "0+60x30",
    'lobby_delivery_seconds_bucket{le="+Inf"}': "0+60x30",
    "lobby_event_loop_late_seconds_total": "0+1x30",
    "lobby_store_waiting_commits": "3x30",
    'process_start_time_seconds{job="lobby"}': "5x30",
    'lobby_issuer_reachable{issuer="x"}': "1x30",
    'lobby_allocations_total{outcome="failed"}': "7x30",
    "lobby_events_lag_seconds": "20x30",
    "lobby_events_lost_total": "7x30",
    'lobby_snapshots_total{reason="fell_behind"}': "0+6x30",
    "lobby_hints_missed_total": "7x30",
    'process_open_fds{job="lobby"}': "100x30",
    'process_max_fds{job="lobby"}': "1000x30",
}
"""Numbers of a server that is well."""


def at(instance: str, series: Series) -> list[dict[str, str]]:
    """The series of one server, as promtool reads them."""
    return [
        {
            "series": name[:-1] + f',instance="{instance}"}}' if "{" in name else f'{name}{{instance="{instance}"}}',
            "values": v,
        }
        for name, v in series.items()
    ]


def test_each_alert_fires_for_a_server_in_trouble_and_for_no_other(tmp_path: Path) -> None:
    promtool = needs("promtool")
    names = re.findall(r"alert: (\w+)", RULES.read_text())
    assert sorted(names) == sorted(BAD)
    tests: list[dict[str, Any]] = [
        {
            "interval": "1m",
            "input_series": [*at("good", GOOD), *at("bad", series)],
            "promql_expr_test": [
                {
                    "expr": f'count(ALERTS{{alertname="{alert}", alertstate="firing", instance="bad"}})',
                    "eval_time": f"{MINUTES}m",
                    "exp_samples": [{"labels": "{}", "value": 1}],
                },
                {
                    "expr": 'count(ALERTS{alertstate="firing", instance="good"})',
                    "eval_time": f"{MINUTES}m",
                    "exp_samples": [],
                },
            ],
        }
        for alert, series in BAD.items()
    ]
    file = tmp_path / "tests.yml"
    file.write_text(json.dumps({"rule_files": [str(RULES)], "evaluation_interval": "1m", "tests": tests}))
    ran = subprocess.run([promtool, "test", "rules", file], capture_output=True, text=True, timeout=WAIT_S)

    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A Prometheus that reads the metrics of a server and has its rules."""
    program, folder = needs("prometheus"), tmp_path_factory.mktemp("prometheus")
    [port] = free_ports(1)
    with running(events_url=f"http://{HOST}:9/", events_secret=EVENTS_SECRET) as url:
        job = {"job_name": "lobby", "static_configs": [{"targets": [url.removeprefix("http://")]}]}
        config = {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(RULES)],
            "scrape_configs": [job],
        }
        (folder / "prometheus.yml").write_text(json.dumps(config))
        process = subprocess.Popen(
            [
                program,
                f"--config.file={folder}/prometheus.yml",
                f"--storage.tsdb.path={folder}/data",
                f"--web.listen-address={HOST}:{port}",
                "--log.level=error",
            ]
        )
        try:
            with httpx.Client(base_url=f"http://{HOST}:{port}/api/v1", trust_env=False) as client:
                wait_for_value(lambda: is_reading(client), bool, WAIT_S)
                play(url)
                yield client
        finally:
            process.terminate()
            process.wait(WAIT_S)


def is_reading(client: httpx.Client) -> bool:
    try:
        return bool(query(client, "lobby_info"))
    except (httpx.TransportError, ValueError):
        return False


def query(client: httpx.Client, expression: str) -> list[dict[str, Any]]:
    answer = client.get("/query", params={"query": expression}).json()
    assert answer["status"] == "success", f"{expression}: {answer}"
    result: list[dict[str, Any]] = answer["data"]["result"]
    return result


def play(url: str) -> None:
    """Let something happen that the numbers show."""
    ann = guest(url)
    ann.makes()
    ann.post("/party")  # rejected: she is in one
    ann.post("/graphql", {"query": "{ nonsense }"})


def dashboard_queries() -> list[str]:
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    return [target["expr"] for panel in panels for target in panel["targets"]]


def test_each_query_of_the_dashboard_finds_numbers(prometheus: httpx.Client) -> None:
    without_file = "lobby_store_bytes"  # the server of this test has no file
    for template in dashboard_queries():
        expression = template.replace("$__rate_interval", "30s").replace("$instance", ".*")
        if without_file in expression:
            query(prometheus, expression)
        else:
            wait_for_value(lambda: query(prometheus, expression), bool, WAIT_S)  # noqa: B023


def test_no_alert_fires_for_a_server_that_is_well_and_each_can_be_evaluated(prometheus: httpx.Client) -> None:
    def rules() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = prometheus.get("/rules").json()["data"]["groups"][0]["rules"]
        return found

    wait_for_value(rules, lambda found: all(rule["health"] == "ok" for rule in found), WAIT_S)
    assert {rule["state"] for rule in rules()} <= {"inactive", "pending"}


def test_each_metric_of_the_alerts_and_of_the_dashboard_is_documented() -> None:
    page = (ROOT / "docs/metrics.md").read_text(encoding="utf-8")
    used = set(re.findall(r"\blobby_\w+", " ".join(dashboard_queries()) + RULES.read_text()))
    names = {re.sub(r"_(bucket|count|sum)$", "", name) for name in used}

    assert sorted(name for name in names if name not in page) == []


def test_each_metric_of_a_server_is_documented() -> None:
    page = (ROOT / "docs/metrics.md").read_text(encoding="utf-8")
    with running() as url:
        text = Rest(url).get("/metrics").text
    names = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE lobby_")}

    assert names
    assert sorted(name for name in names if f"`{name}" not in page) == []


async def test_the_numbers_count_what_happens() -> None:
    with running() as url:
        ann, bob = guest(url), guest(url)
        party = ann.makes()
        ann.post("/party")
        ann.post("/graphql", {"query": "{ nonsense }"})
        async with following(ann, party) as client:
            await client.receive()
            bob.joins(party)
            await client.receive()
            text = Rest(url).get("/metrics").text
    numbers = {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in text.splitlines() if line[0] != "#"}

    assert numbers['lobby_mutation_rejections_total{code="ALREADY_IN_PARTY",mutation="create_party"}'] == 1
    assert numbers['lobby_graphql_errors_total{code="GRAPHQL_VALIDATION_FAILED"}'] == 1
    assert numbers['lobby_graphql_errors_total{code="INTERNAL"}'] == 0
    assert numbers['lobby_sign_ins_total{outcome="done",provider="guest"}'] == 2
    assert numbers['lobby_http_responses_total{path="/party",status="409"}'] == 1
    assert numbers['lobby_http_responses_total{path="/graphql",status="200"}'] >= 2
    assert numbers['lobby_snapshots_total{reason="subscribed"}'] == 1
    assert numbers["lobby_delivery_seconds_count"] >= 1
    assert numbers["lobby_players_connected"] == 1
    assert numbers['lobby_operation_seconds_count{operation="other"}'] >= 2
    assert numbers['lobby_operation_seconds_count{operation="CreateParty"}'] == 0


def test_calls_to_a_valkey_are_timed(valkey: ValkeyServer) -> None:
    app = create_app(Settings(store=valkey.url, secret=SecretStr("the secret of this server, and of no other")))
    with served(app, drain=app.drain) as url, connected(url):
        guest(url).makes()
        text = Rest(url).get("/metrics").text
    counted = re.search(r"^lobby_store_call_seconds_count (\S+)", text, re.MULTILINE)

    assert counted is not None
    assert float(counted[1]) > 0
    assert "lobby_store_calls_failed_total 0.0" in text
    assert "lobby_store_bytes" not in text
