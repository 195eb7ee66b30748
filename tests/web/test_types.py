"""The types that TypeScript users get: of the database, generated; of the client, by JSDoc. And one format for the modules."""

import json
import os
import subprocess
from pathlib import Path

from run.local.binaries import run_supabase
from support import Database

WEB = Path(__file__).parent.parent.parent / "web"
TYPES = WEB / "database.types.ts"
BIN = WEB / "node_modules" / ".bin"
STRICT = {
    "compilerOptions": {"checkJs": True, "strict": True, "lib": ["dom", "dom.iterable", "dom.asynciterable", "esnext"]}
}


def test_the_database_types_are_those_of_the_migrated_database(database: Database, tmp_path: Path) -> None:
    """With WRITE_TYPES=1 the file is written instead of compared."""
    generated = run_supabase(
        "gen", "types", "--lang", "typescript", "--schema", "public", database_url=f"{database.url}?sslmode=disable", folder=tmp_path
    )  # fmt: skip
    assert generated.returncode == 0, generated.stderr
    formatted = _run(
        [BIN / "deno", "fmt", "--line-width", "120", "--ext", "ts", "-"], cwd=tmp_path, stdin=generated.stdout
    )
    if os.environ.get("WRITE_TYPES"):
        TYPES.write_text(formatted)
    assert TYPES.read_text() == formatted, "outdated: run this test once with WRITE_TYPES=1"


def test_the_client_and_the_pages_pass_a_strict_type_check(tmp_path: Path) -> None:
    """And TypeScript users of the client get its types: deno checks JSDoc as tsc would."""
    config = tmp_path / "deno.json"
    config.write_text(json.dumps(STRICT))
    modules = [*WEB.glob("*.js"), *WEB.glob("pages/*.js"), *WEB.glob("parts/*.js")]
    assert modules
    _run([BIN / "deno", "check", "--no-lock", "--config", config, *modules], cwd=WEB)


def test_the_modules_are_formatted(tmp_path: Path) -> None:
    """`deno fmt --line-width 120` puts them right."""
    modules = [*WEB.glob("*.js"), *WEB.glob("pages/*.js"), *WEB.glob("parts/*.js"), *Path(__file__).parent.glob("*.js")]
    _run([BIN / "deno", "fmt", "--check", "--line-width", "120", *modules], cwd=tmp_path)


def _run(command: list[str | Path], *, cwd: Path, stdin: str | None = None) -> str:
    run = subprocess.run(
        command, cwd=cwd, input=stdin, capture_output=True, text=True, timeout=100, env={**os.environ, "NO_COLOR": "1"}
    )
    assert run.returncode == 0, run.stderr[-8_000:]
    return run.stdout
