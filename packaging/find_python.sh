# Sourced by run.sh and test.sh: `find_python` prints the name of a Python that can make the environment.
# A name on the PATH is not enough: version managers put there names that run nothing.

find_python() {
  local name
  for name in python3.11 python3.12 python3.13 python3 python; do
    if "$name" -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
      echo "$name"
      return 0
    fi
  done
  echo "survgui set-up: Python 3.11 or later was not found; install it from python.org, or with" \
    "sudo apt-get install -y python3 python3-venv, or with: brew install python@3.12" >&2
  return 1
}
