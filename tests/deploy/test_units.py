"""The unit, the compose file, the Kubernetes objects and the Containerfile name settings, paths and files that exist."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from adventurebot_lobby.__main__ import SUBCOMMANDS
from tests.needs import ROOT, needs
from tests.web.rest_client import Rest, running
from web.serving import STOP_WAIT_S
from web.settings.secret_files import file_variables, secret_names
from web.settings.settings import PREFIX, Settings

DEPLOY = ROOT / "deploy"
WAIT_S = 60
EXPOSURE_MAX = 20
"""Of 100, as `systemd-analyze security` counts."""
VARIABLES = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
VARIABLES |= set(file_variables(secret_names(Settings.model_fields), PREFIX))


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit, with a program that exists here."""
    text = (DEPLOY / "lobby.service").read_text().replace("/opt/lobby/bin/adventurebot-lobby", sys.executable)
    (tmp_path / "lobby.service").write_text(text)
    return tmp_path / "lobby.service"


@pytest.mark.parametrize(
    "check",
    [["verify", "--man=no"], ["security", "--no-pager", "--offline=true", f"--threshold={EXPOSURE_MAX}"]],
    ids=lambda c: c[0],
)
def test_systemd_takes_the_unit_and_finds_it_closed(unit: Path, check: list[str]) -> None:
    program = needs("systemd-analyze")
    ran = subprocess.run([program, *check, unit], capture_output=True, text=True, timeout=WAIT_S)

    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr
    assert "lobby.service:" not in ran.stderr, ran.stderr


def test_the_unit_waits_longer_than_a_server_takes_to_end_and_names_settings() -> None:
    text = (DEPLOY / "lobby.service").read_text()

    assert int(found(r"TimeoutStopSec=(\d+)", text)) > STOP_WAIT_S
    assert_settings(re.findall(r"LOBBY_\w+", text))
    assert found(r"adventurebot-lobby (\w+)", text) in SUBCOMMANDS


def test_the_compose_file_fits_the_proxy_and_mounts_files_that_exist() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    services: dict[str, Any] = compose["services"]
    nodes = [service for service in services.values() if service["image"] == "adventurebot2-lobby"]
    addresses = [node["networks"]["lobby"]["ipv4_address"] for node in nodes]
    sources = [volume.split(":")[0] for service in services.values() for volume in service.get("volumes", ())]

    assert addresses == re.findall(r"server (10\.0\.0\.\d+):8000", (DEPLOY / "nginx.conf").read_text())
    assert all((DEPLOY / source).exists() for source in sources if source.startswith("./"))
    assert {source for source in sources if not source.startswith("./")} == compose["volumes"].keys()
    assert_settings(name for node in nodes for name in node["environment"])
    assert services["nginx"]["networks"]["lobby"]["ipv4_address"] in nodes[0]["environment"]["LOBBY_TRUSTED_PROXIES"]


def test_the_unit_hides_nothing_that_the_metrics_of_the_process_need() -> None:
    """prometheus_client 0.25 shows none of them without /proc/stat, and two alerts would never fire."""
    text = (DEPLOY / "lobby.service").read_text()

    assert "ProcSubset=pid\n" not in text
    assert "process_start_time_seconds" in (DEPLOY / "prometheus/rules.yml").read_text()


def test_prometheus_and_grafana_of_the_compose_file_find_the_nodes_and_the_dashboard() -> None:
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    mounts = dict(volume.split(":")[:2] for volume in services["grafana"]["volumes"])
    provisioning = DEPLOY / "grafana/provisioning"
    [provider] = yaml.safe_load((provisioning / "dashboards/lobby.yaml").read_text())["providers"]
    [source] = yaml.safe_load((provisioning / "datasources/prometheus.yaml").read_text())["datasources"]
    [job] = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text())["scrape_configs"]

    assert mounts["./grafana/provisioning"] == "/etc/grafana/provisioning"  # where the image of Grafana looks
    assert mounts["./grafana/lobby.json"] == f"{provider['options']['path']}/lobby.json"
    assert source["url"] == "http://prometheus:9090"
    assert "prometheus" in services
    nodes = [name for name, service in services.items() if service["image"] == "adventurebot2-lobby"]
    assert job["static_configs"] == [{"targets": [f"{node}:8000" for node in nodes]}]


def test_docker_compose_takes_the_file_and_asks_for_the_secret() -> None:
    command = [str(needs("docker-compose")), "-f", str(DEPLOY / "compose.yaml"), "config", "--quiet"]
    with_secret, without = (
        subprocess.run(command, env=environment, capture_output=True, text=True, timeout=WAIT_S)
        for environment in ({"LOBBY_SECRET": "0" * 64}, {})
    )

    assert (with_secret.returncode, with_secret.stderr) == (0, "")
    assert without.returncode != 0
    assert "set it to the output of openssl rand -hex 32" in without.stderr


def test_the_prometheus_of_the_compose_file_takes_its_settings() -> None:
    config = DEPLOY / "prometheus/prometheus.yml"
    ran = subprocess.run([needs("promtool"), "check", "config", config], capture_output=True, text=True, timeout=WAIT_S)

    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("version", ["1.31", "1.37"])
def test_the_schemas_of_kubernetes_take_its_objects(version: str) -> None:
    command = [str(needs("kubernetes-validate")), "--strict", "-k", version, str(DEPLOY / "kubernetes/lobby.yaml")]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=WAIT_S)
    text = ran.stdout + ran.stderr

    assert ran.returncode == 0, text
    assert re.findall(r"passed for resource (\w+)/lobby", text) == ["deployment", "service", "poddisruptionbudget"]


def test_the_objects_of_kubernetes_fit_each_other_and_the_server() -> None:
    objects = {each["kind"]: each for each in yaml.safe_load_all((DEPLOY / "kubernetes/lobby.yaml").read_text())}
    pod = objects["Deployment"]["spec"]["template"]
    spec, [container] = pod["spec"], pod["spec"]["containers"]
    labels = pod["metadata"]["labels"]
    for selector in (
        objects["Deployment"]["spec"]["selector"]["matchLabels"],
        objects["Service"]["spec"]["selector"],
        objects["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"],
    ):
        assert selector == labels
    sleep_s = int(container["lifecycle"]["preStop"]["exec"]["command"][1])
    assert spec["terminationGracePeriodSeconds"] > sleep_s + STOP_WAIT_S
    assert spec["enableServiceLinks"] is False
    assert container["args"][0] in SUBCOMMANDS
    assert container["ports"][0]["containerPort"] == Settings.model_fields["port"].default
    assert_settings(variable["name"] for variable in container["env"])
    assert {mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in spec["volumes"]}
    paths = [container[probe]["httpGet"]["path"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")]
    with running() as url:
        assert [Rest(url).get(path).status_code for path in paths] == [200] * 3


def test_the_image_starts_a_subcommand_with_settings_and_asks_for_its_health() -> None:
    text = (DEPLOY / "Containerfile").read_text()

    assert_settings(re.findall(r"\b(LOBBY_\w+)=", text))
    assert found(r'CMD \["(\w+)"\]', text) in SUBCOMMANDS
    assert (ROOT / found(r"RUN (scripts/\w+)", text)).is_file()
    path = found(r"127\.0\.0\.1:8000(/\w+)", text)
    with running() as url:
        assert Rest(url).get(path).is_success


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match is not None, pattern
    return match[1]


def assert_settings(names: Iterable[str]) -> None:
    assert sorted(set(names) - VARIABLES) == []
