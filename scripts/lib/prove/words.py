"""Finds words that our comments, messages and documents do not use; exits with 1 when a folder that was clean has one."""

import re
import subprocess
import sys

from run.local.binaries import ROOT

UNWANTED = re.compile(r"\b(nobody|whoever|whatever|somebody)\b|\b(is|are) no (?!(longer|more)\b)", re.IGNORECASE)
# The user account of this name, and what another program says.
ALLOWED = re.compile(r"[\"'`]nobody|user nobody|nobody\.|-v ?\^nobody")
NOT_CHECKED = ("tests/", "evaluation/", "scripts/lib/prove/words.py", "scripts/lib/run/demo/talk.json")
SUFFIXES = (".py", ".sql", ".md", ".js", ".ts", ".html", ".json", ".toml", ".yml", ".sh", "")
CLEAN = (
    ".ci",
    ".github",
    "scripts/lib/run",
    "scripts/lib/install.py",
    "supabase/tests",
    "supabase/seed.sql",
    "CONTRIBUTING.md",
)
"""What has been rewritten and must stay so."""


def main() -> int:
    files = subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT, text=True).split("\0")[:-1]
    clean, other = [], 0
    for name in files:
        path = ROOT / name
        if name.startswith(NOT_CHECKED) or path.suffix not in SUFFIXES or not path.is_file():
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if UNWANTED.search(line) and not ALLOWED.search(line):
                if name.startswith(CLEAN):
                    clean.append(f"{name}:{number}: {line.strip()[:100]}")
                else:
                    other += 1
    for place in clean:
        print(place)
    print(f"Unwanted words: {len(clean)} lines in rewritten folders, {other} elsewhere.")
    return 1 if clean else 0


if __name__ == "__main__":
    sys.exit(main())
