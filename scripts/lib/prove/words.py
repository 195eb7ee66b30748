"""Finds words that comments, messages, documents and tests do not use; exits with 1 when a tracked file has one."""

import re
import subprocess
import sys

from run.local.binaries import ROOT

# Without a word boundary at the end, to find test_somebody_elses as well.
UNWANTED = re.compile(r"(?<![a-z])(nobody|whoever|whatever|somebody)|\b(is|are) no (?!(longer|more)\b)", re.IGNORECASE)
# The Unix account `nobody`, and the lists of the words that the heuristic looks for in speech.
ALLOWED = re.compile(
    r"[\"'`]nobody[\"'`.]|user nobody|as_nobody|-v ?\^nobody|word_set\(|\w\|(some|no)body|(somebody|nobody|whatever)\|"
)
# The words of speech, and this list itself.
NOT_CHECKED = (
    "evaluation/held-out.json",
    "evaluation/tune-first.json",
    "evaluation/tune.json",
    "functions/api/personas.json",
    "functions/grading/heuristic/weights.json",
    "scripts/lib/prove/words.py",
    "scripts/lib/run/demo/transcript.json",
    "tests/web/practice_sessions.json",
)
SUFFIXES = (".py", ".sql", ".md", ".js", ".ts", ".html", ".json", ".toml", ".yml", ".sh", "")


def main() -> int:
    files = subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT, text=True).split("\0")[:-1]
    found = 0
    for name in files:
        path = ROOT / name
        if name in NOT_CHECKED or path.suffix not in SUFFIXES or not path.is_file():
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if UNWANTED.search(line) and not ALLOWED.search(line):
                print(f"{name}:{number}: {line.strip()[:100]}")
                found += 1
    print(f"Unwanted words: {found} lines.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
