"""Builds deploy/Containerfile and serves from it, on a Debian without docker or podman: `python -m tools.image_trial`, as root.

mmdebstrap unpacks Debian packages for the base image. buildah builds with its chroot isolation, which needs no daemon and no
user namespace. The server then runs as `podman run --read-only --tmpfs /tmp -v DATA:/data` would run it: user, environment and
command are those of the image, nothing can be written to its root, and /data is a folder of its own.
It takes 35 s of CPU, and 25 s more where the pages are not built yet. Nothing of it stays but a small file in which buildah keeps
where layers come from. `apt-get install buildah mmdebstrap` brings both programs.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from tools.chaos.ports import HOST, free_ports

ROOT = Path(__file__).parents[1]
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
PROGRAMS = ("buildah", "mmdebstrap", "unshare")
DEBIAN = "bookworm"
"""As the base that the Containerfile names."""
PACKAGES = (
    "base-files,base-passwd,libc-bin,dash,coreutils,findutils,grep,sed,mawk,"  # what scripts need
    "python3,python3-venv,passwd,login,"
    "libstdc++6"  # for node, which builds the pages
)
SMALLER = [f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in ("doc", "man", "locale")]
AFTER_UNPACKING = {
    "usr/share/base-passwd/passwd.master": "etc/passwd",
    "usr/share/base-passwd/group.master": "etc/group",
    "usr/bin/mawk": "usr/bin/awk",
}
"""Copies that the installation of these packages makes. Unpacking alone takes a quarter of the CPU of an installation."""
ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "SSL_CERT_FILE": str(CERTIFICATES),
    "NODE_EXTRA_CA_CERTS": str(CERTIFICATES),
}
"""Of the base. The certificates are those of this machine, for one that reaches package indexes over a proxy of its own."""
RUN_READ_ONLY = """
set -e
root=$1 data=$2 folder=$3 user=$4
shift 4
mount --bind "$root" "$root"
mount -t tmpfs tmpfs "$root/tmp"
mount --bind "$data" "$root/data"
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/dev"
for device in null zero urandom random; do touch "$root/dev/$device"; mount --bind "/dev/$device" "$root/dev/$device"; done
mount -o remount,bind,ro "$root"
exec chroot --userspec "$user" "$root" /bin/sh -c 'cd "$0" && exec "$@"' "$folder" "$@"
"""
"""Runs in a mount namespace of its own, which ends with the process."""
WRITES = "touch /data/written && ! touch /written && ! touch /opt/lobby/written && ! touch /etc/written"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
"""A stand-in, which the metrics must show."""
BUILD_ONLY = ("src", "opt/lobby/bin/uv", "opt/lobby/bin/pip", "usr/bin/gcc", "usr/bin/npm")
"""Files of the stage that builds, or of tools for it, that an image to serve from must not have."""
BUILD_WAIT_S = 900
UP_WAIT_S = 60
ANSWER_WAIT_S = 5
DOWN_WAIT_S = 40


def main() -> int:
    """The exit code: 0 if the image was built and served. A step that fails raises."""
    for program in PROGRAMS:
        if shutil.which(program) is None:
            print(f"{program} is missing: apt-get install buildah mmdebstrap", file=sys.stderr)
            return 2
    with tempfile.TemporaryDirectory(prefix="image-") as name:
        folder = Path(name)
        buildah = ["buildah", "--root", f"{folder}/images", "--runroot", f"{folder}/run"]
        try:
            make_base(buildah)
            build = ["bud", "--format", "docker", "--isolation", "chroot", "--layers=false", "-q", "-t", "lobby"]
            base = ["--build-arg", "PYTHON_IMAGE=localhost/base", "--build-arg", f"COMMIT={COMMIT}"]
            step("the image", [*buildah, *build, *base, "-f", "deploy/Containerfile", "."])
            image = json.loads(step("its settings", [*buildah, "inspect", "--type", "image", "lobby"]))
            container = step("a container", [*buildah, "from", "lobby"])
            root = Path(step("its files", [*buildah, "mount", container]))
            if left := [file for file in BUILD_ONLY if Path(root, file).exists()]:
                raise SystemExit(f"the image has what only its build needs: {left}")
            serve(root, image["Docker"]["config"], folder / "data")
        finally:
            step("unmount", [*buildah, "umount", "--all"])
    return 0


def make_base(buildah: Sequence[str]) -> None:
    """An image with Debian and Python."""
    container = step("a container", [*buildah, "from", "scratch"])
    root = step("its folder", [*buildah, "mount", container])
    step("Debian", ["mmdebstrap", "--variant=extract", f"--include={PACKAGES}", *SMALLER, DEBIAN, root])
    for file, copy in AFTER_UNPACKING.items():
        shutil.copy(Path(root, file), Path(root, copy))
    certificates = Path(root, CERTIFICATES.relative_to("/"))
    certificates.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(CERTIFICATES, certificates)
    variables = [f"--env={name}={value}" for name, value in ENVIRONMENT.items()]
    step("settings of the base", [*buildah, "config", *variables, container])
    step("the base", [*buildah, "commit", "-q", "--rm", container, "localhost/base"])


def step(name: str, command: Sequence[str]) -> str:
    """The output of a command, whose time is printed."""
    began_at = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=BUILD_WAIT_S)  # noqa: S603 - from above
    if done.returncode != 0:
        raise SystemExit(f"{name}: {done.stdout[-3000:]}{done.stderr[-3000:]}")
    print(f"{name}: {time.monotonic() - began_at:.1f} s", flush=True)
    return done.stdout.strip()


def serve(root: Path, config: dict[str, Any], data: Path) -> None:
    """Run the command of the image until /healthz answers, check where it can write, ask its own health check, and end it."""
    data.mkdir(mode=0o700)
    os.chown(data, *map(int, config["User"].split(":")))
    [port] = free_ports(1)
    variables = [*config["Env"], f"LOBBY_HOST={HOST}", f"LOBBY_PORT={port}"]
    inside = [
        "unshare",
        "--mount",
        "sh",
        "-c",
        RUN_READ_ONLY,
        "sh",
        str(root),
        str(data),
        config["WorkingDir"],
        config["User"],
    ]
    inside += ["env", "-i", *variables]
    step("a read-only root", [*inside, "sh", "-c", WRITES])
    server = subprocess.Popen([*inside, *config["Entrypoint"], *config["Cmd"]], stdin=subprocess.DEVNULL)  # noqa: S603 - as above
    try:
        wait_up(f"http://{HOST}:{port}/healthz", server)
        check = " ".join(config["Healthcheck"]["Test"][1:2])
        script = config["Healthcheck"]["Test"][-1].replace(":8000/", f":{port}/")
        step("the health check", [*inside, check, "-c", script])
        with urlopen(f"http://{HOST}:{port}/metrics", timeout=ANSWER_WAIT_S) as metrics:
            if f'commit="{COMMIT}"' not in metrics.read().decode():
                raise SystemExit("the metrics do not show of which commit the image was built")
        print(f"user {process_user(server.pid)}, files {sorted(path.name for path in data.iterdir())}")
    finally:
        server.terminate()
        code = server.wait(DOWN_WAIT_S)
    if code != 0:
        raise SystemExit(f"the server ended with {code} after SIGTERM")


def wait_up(url: str, server: subprocess.Popen[bytes]) -> None:
    ends_at = time.monotonic() + UP_WAIT_S
    while time.monotonic() < ends_at and server.poll() is None:
        try:
            with urlopen(url, timeout=ANSWER_WAIT_S) as answer:  # noqa: S310 - http
                print(f"{url} answers {answer.status}")
                return
        except URLError:
            time.sleep(0.1)
    raise SystemExit("the server does not answer")


def process_user(pid: int) -> str:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return next(line for line in status.splitlines() if line.startswith("Uid:")).split()[1]


if __name__ == "__main__":
    sys.exit(main())
