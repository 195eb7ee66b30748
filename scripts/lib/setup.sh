# Sourced by every command: finds Python and Node, installs what is pinned, leaves $root and $python set.
# The second run of an unchanged checkout only compares checksums.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
python=$root/.venv/bin/python

find_python() {
  local candidate
  for candidate in "${PYTHON:-}" python3 python3.13 python3.12 python3.11 python3.14 python; do
    if [[ -n $candidate ]] && command -v "$candidate" >/dev/null 2>&1 &&
      "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$candidate"
      return
    fi
  done
  echo "Python 3.11 or newer is needed and was not found (python3 is: $(python3 --version 2>&1 || true))." >&2
  echo "Install it, or set PYTHON to its path." >&2
  return 1
}

system_python=$(find_python) || exit 1
"$system_python" -I "$root/scripts/lib/install.py" "$root" || exit 1
export PYTHONPATH="$root/functions:$root/scripts/lib${PYTHONPATH:+:$PYTHONPATH}"
