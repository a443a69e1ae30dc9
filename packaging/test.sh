#!/usr/bin/env bash
# Set up survgui and run every check: bash packaging/test.sh [ARGUMENTS OF pytest]
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
source "$root/packaging/find_python.sh"

python="$(find_python)"
"$python" "$root/packaging/prepare.py" --test
cd "$root"
bin="$root/.venv/bin"
"$bin/ruff" check
"$bin/ruff" format --check
"$bin/lint-imports"
"$bin/mypy"
# two processes; a file stays in one, for its tests share what they make
exec "$bin/python" -m pytest -m "not slow and not gpu" -n 2 --dist loadfile "$@"
