# Sourced by the other scripts: goes to the project's root and sets $UV to a uv that can read its lock file.
# A fresh machine may have nothing but Python 3.11: uv then comes from PyPI into .tools/, which belongs to this checkout alone.
set -eu
cd "$(dirname "$0")/.."
root=$(pwd)
tools=$root/.tools
mkdir -p "$tools"

# What uv, npm and a browser keep goes below HOME; where there is none that can be written, they get one here.
if [ ! -d "${HOME:-}" ] || [ ! -w "$HOME" ]; then
    export HOME="$tools/home"
    mkdir -p "$HOME"
fi
unset VIRTUAL_ENV PYTHONHOME  # Another project's environment must not leak into this one's.

say() { printf '%s\n' "$*" >&2; }

can_install_packages() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }

# progress LABEL COMMAND...: says what goes on where it takes longer than two seconds, and shows the end of the output
# where it fails.
progress() {
    label=$1 log=$tools/last-$$.log
    shift
    rm -f "$log.slow"
    (while sleep 2 >/dev/null 2>&1; do
        [ -e "$log.slow" ] && printf . >&2 || printf '%s ..' "$label" >&2
        : >"$log.slow"
    done) &
    ticker=$!
    if "$@" </dev/null >"$log" 2>&1; then outcome=0; else outcome=$?; fi
    kill "$ticker" 2>/dev/null
    [ ! -e "$log.slow" ] || say ""
    [ "$outcome" = 0 ] || { say "$label: failed"; tail -n "${FAILURE_LINES:-15}" "$log" >&2; }
    rm -f "$log" "$log.slow"
    return "$outcome"
}

apt_install() {
    can_install_packages && progress "Installing $* (apt-get)" sh -c 'export DEBIAN_FRONTEND=noninteractive
        apt-get -q update; apt-get -q install -y --no-install-recommends "$@"' sh "$@"
}

is_new_uv() {
    "$1" --version 2>/dev/null | awk '{ split($2, v, "."); ok = v[1] > 0 || v[2] >= 13 } END { exit !ok }'
}

find_python() {
    for name in python3 python3.14 python3.13 python3.12 python3.11 python; do
        "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && command -v "$name" && return
    done
    say "Python 3.11 or newer is needed, and there is none on the PATH."
    return 1
}

# By either of two ways, since Debian ships Python without ensurepip or without pip, and not to be installed into.
fetch_uv() {
    "$python" -m venv "$made" && "$made/bin/python" -m pip install "$1" && return
    rm -rf "$made"
    "$python" -m pip install --target "$made" "$1"
}

make_uv() {
    python=$(find_python) || return 1
    made=$tools/uv-$$
    "$python" -c 'import ensurepip' 2>/dev/null || "$python" -m pip --version >/dev/null 2>&1 ||
        apt_install "$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')" || true
    progress "Installing uv into .tools" fetch_uv "uv==0.13.*" || {
        say "Install Python's venv module (on Debian python3-venv), or uv itself, and try again."
        return 1
    }
    mv "$made/bin/uv" "$tools/uv"  # One file, moved in whole: what was broken off is never taken for done.
    rm -rf "$made"
}

sync() { progress "Installing the Python packages" "$UV" sync --locked --inexact "$@"; }

if is_new_uv uv; then
    UV=$(command -v uv)
else
    UV=$tools/uv
    is_new_uv "$UV" || make_uv
fi
