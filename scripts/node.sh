# Sourced after setup.sh, by what needs node and npm: the machine's, if new enough, or else those of a PyPI package.
has_node() { command -v npm >/dev/null && node -e 'process.exit(Number(parseInt(process.versions.node) < 20))' 2>/dev/null; }

PATH=$PATH:$root/.venv/bin
# First on the PATH: a machine may have an older node, such as the one that Debian's Emscripten brings.
has_node || { sync --only-group frontend && PATH=$root/.venv/bin:$PATH; }
has_node || { say "node 20 or newer is needed: install it"; return 1; }

# npm_install FOLDER: what its lock file says, unless that is there already.
npm_install() {
    [ "$1/node_modules/.package-lock.json" -nt "$1/package-lock.json" ] ||
        progress "Installing the packages of $1" npm ci --prefix "$1" --no-audit --no-fund
}
