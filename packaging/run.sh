#!/usr/bin/env bash
# Set up survgui once and start it: bash packaging/run.sh [--headless] [ARGUMENTS OF survgui]
# Without arguments the window opens on the demo case; without a display, or with --headless, the same case goes
# through engine and window off screen, and the paths of report and screenshots are printed.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
source "$root/packaging/find_python.sh"

arguments=()
headless=""
for argument in "$@"; do
  if [[ "$argument" == --headless ]]; then headless=yes; else arguments+=("$argument"); fi
done
if [[ "$(uname)" == Linux && -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]]; then headless=yes; fi
if [[ -n "$headless" ]]; then export QT_QPA_PLATFORM=offscreen; fi

python="$(find_python)"
"$python" "$root/packaging/prepare.py"
survgui="$root/.venv/bin/survgui"
if [[ ${#arguments[@]} -gt 0 ]]; then
  exec "$survgui" "${arguments[@]}"
elif [[ -n "$headless" ]]; then
  "$survgui" demo
  exec "$root/.venv/bin/python" "$root/packaging/screenshots.py" demo-out/screenshots
fi
exec "$survgui" demo --window
