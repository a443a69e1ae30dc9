#!/usr/bin/env bash
# Set up survgui once and start it: bash packaging/run.sh [--headless] [ARGUMENTS OF survgui]
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
source "$root/packaging/find_python.sh"

arguments=()
for argument in "$@"; do
  if [[ "$argument" == --headless ]]; then
    export QT_QPA_PLATFORM=offscreen
  else
    arguments+=("$argument")
  fi
done
[[ ${#arguments[@]} -gt 0 ]] || arguments=(demo)

python="$(find_python)"
"$python" "$root/packaging/prepare.py"
exec "$root/.venv/bin/survgui" "${arguments[@]}"
