"""The next step after a session, from the rules of the analytics page (web/pages/coach.js), so that both say the same."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[4]
SCRIPT = """
import { readFileSync } from "node:fs";
const [coach, personas] = process.argv.slice(1);
const { nextStep } = await import(coach);
const session = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(nextStep(session, JSON.parse(readFileSync(personas, "utf8")))));
"""


def next_step(session: dict[str, Any]) -> tuple[str, str]:
    """What to practise next, and how, for a graded session."""
    command = ["node", "--input-type=module", "--eval", SCRIPT]
    files = [(ROOT / "web/pages/coach.js").as_uri(), str(ROOT / "functions/api/personas.json")]
    run = subprocess.run(
        [*command, *files], input=json.dumps(session), capture_output=True, text=True, check=True, timeout=20
    )
    found = json.loads(run.stdout)
    return found["step"], found["how"]
