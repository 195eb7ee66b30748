"""A dump of a working database, restored elsewhere, keeps every promise."""

import subprocess
import uuid
from pathlib import Path

import pytest

from local.postgres import Postgres
from support import Database, Refused, line, talk

RIGHTS = """
    select c.oid::regclass::text, a::text, c.relrowsecurity
      from pg_class c, aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) a
     where c.relnamespace in ('public'::regnamespace, 'training'::regnamespace) and c.relkind in ('r', 'v')
    union all
    select p.oid::regprocedure::text, a::text, p.prosecdef
      from pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
     where p.pronamespace in ('public'::regnamespace, 'training'::regnamespace)
    union all
    select polrelid::regclass::text || polname, pg_get_expr(polqual, polrelid), true from pg_policy
     order by 1, 2
"""
STORED = "select to_jsonb(s) from public.training_sessions s order by id"


def test_what_is_restored_is_what_was_dumped_and_goes_on(
    postgres: Postgres, database: Database, tmp_path: Path
) -> None:
    with database.rep() as rep, database.grader() as grader:
        active, waiting, claimed = (rep.rpc("create_training_session", agent_name=name)["id"] for name in "abc")
        rep.rpc("append_transcript", session_id=active, lines=talk())
        for session_id in (waiting, claimed):
            rep.rpc("complete_training_session", session_id=session_id, lines=talk())
        [claim] = grader.rpc("claim_training_sessions", session_id=claimed, max_count=1)
        user_id = rep.user_id
    restored = restore(postgres, database, tmp_path)

    assert restored.sql(STORED) == database.sql(STORED)
    assert restored.sql(RIGHTS) == database.sql(RIGHTS)
    with restored.rep(user_id) as rep, restored.rep() as stranger, restored.grader() as grader:
        again = rep.rpc("append_transcript", session_id=active, lines=talk())
        assert (again["line_count"], again["duplicates"]) == (6, 6), "a line acknowledged before the dump is known"
        assert rep.rpc("append_transcript", session_id=active, lines=[line(7)])["line_count"] == 7
        assert rep.rpc("create_training_session", agent_name="d")["id"] > claimed, "ids go on where they were"
        with pytest.raises(Refused, match="session_not_found"):
            stranger.rpc("get_training_session", session_id=active)
        attempt = {"grader": "heuristic", "rubric_version": "1", "outcome": "accepted", "scores": scores(50)}
        late = grader.rpc("save_training_grade", session_id=claimed, claim_id=claim["claim_id"], attempts=[attempt])
        assert late["saved"], "a grader that was at work during the dump can save"
        [next_claim] = grader.rpc("claim_training_sessions")
        assert next_claim["session_id"] == waiting, "what waited still waits"
    postgres.drop_database(restored.url.rsplit("/", 1)[1])


def restore(postgres: Postgres, database: Database, folder: Path) -> Database:
    """The commands of docs/OPERATIONS.md, into a new database of the same server."""
    url = postgres.create_database(f"restored_{uuid.uuid4().hex}")
    dump = folder / "dump"
    subprocess.run(
        [postgres.tool("pg_dump"), "--format=custom", "--no-owner", f"--file={dump}", database.url], check=True
    )
    subprocess.run([postgres.tool("pg_restore"), "--no-owner", "--exit-on-error", f"--dbname={url}", dump], check=True)
    return Database(url)


def scores(each: int) -> dict[str, int]:
    return dict.fromkeys(("rapport", "discovery", "objection_handling", "closing"), each)
