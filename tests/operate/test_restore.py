"""A dump of a working project, restored into a new one by the commands of docs/OPERATIONS.md, keeps every promise."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from run.local.database import migrate, pending_migrations
from run.local.postgres import Postgres
from support import Database, Refused, line, transcript_lines

# What every Supabase project has before anything is put into it: roles, none of them the operator's superuser; people; Realtime's
# table; and default privileges that give the API's roles all rights to what is made in public.
ROLES = """
create role project_owner login createrole bypassrls;
grant anon, authenticated, service_role to project_owner with admin option;
"""
NEW_PROJECT = """
create table auth.users (id uuid primary key, email text, has_email boolean generated always as (email is not null) stored);
create table auth.identities (id uuid primary key, user_id uuid not null references auth.users (id) on delete cascade);
grant usage on schema auth to project_owner;
grant all on auth.users, auth.identities to project_owner;
create schema realtime;
create table realtime.messages (id bigint generated always as identity, topic text, event text, payload jsonb, private boolean, extension text);
alter table realtime.messages owner to project_owner;
alter table realtime.messages enable row level security;
create function realtime.topic() returns text language sql stable as $$ select current_setting('realtime.topic', true) $$;
create function realtime.send(payload jsonb, event text, topic text, private boolean default true) returns void language sql as
  $$ insert into realtime.messages (topic, event, payload, private, extension) values (topic, event, payload, private, 'broadcast') $$;
grant usage on schema realtime to project_owner, authenticated;
create function public.rls_auto_enable() returns event_trigger language plpgsql as $$ begin end $$;
alter function public.rls_auto_enable() owner to project_owner;
"""
DEFAULTS = "alter default privileges for role {} in schema public grant all on {} to anon, authenticated, service_role"
# Of a migration under way, what ties the schemas together.
MIGRATION = """
create schema training_migration;
create table public.live_sessions (id uuid primary key);
create function training_migration.mirror() returns trigger language plpgsql as $$ begin return null; end $$;
create trigger mirror after insert on public.live_sessions for each row execute function training_migration.mirror();
"""

RIGHTS = """
    select c.oid::regclass::text, a::text, c.relrowsecurity
      from pg_class c, aclexplode(coalesce(c.relacl, acldefault(case c.relkind when 'S' then 's' else 'r' end::"char", c.relowner))) a
     where c.relnamespace::regnamespace::text in ('public', 'training', 'training_migration') and c.relkind in ('r', 'v', 'S')
    union all
    select p.oid::regprocedure::text, a::text, p.prosecdef
      from pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
     where p.pronamespace::regnamespace::text in ('public', 'training', 'training_migration')
    union all
    select polrelid::regclass::text || polname, pg_get_expr(polqual, polrelid), true from pg_policy
    union all
    select format('default of %s', defaclobjtype), a::text, true from pg_default_acl, aclexplode(defaclacl) a
     where defaclrole = 'project_owner'::regrole
    order by 1, 2
"""
STORED = "select to_jsonb(s) from public.training_sessions s order by id"


@pytest.fixture
def new_project(postgres: Postgres) -> Iterator[Callable[[], Database]]:
    """Makes databases like a new Supabase project's, each to be reached as its owner."""
    server = Database(postgres.url()).admin
    names: list[str] = []
    server.sql(ROLES)

    def make() -> Database:
        names.append(f"project_{uuid.uuid4().hex}")
        admin = Database(postgres.create_database(names[-1])).admin
        admin.sql(f"alter database {names[-1]} owner to project_owner")
        admin.sql(NEW_PROJECT)
        for role in ("project_owner", "supabase_admin"):
            for things in ("tables", "sequences", "functions"):
                admin.sql(DEFAULTS.format(role, things))
        return Database(postgres.url(names[-1], user="project_owner"))

    yield make
    for name in names:
        postgres.drop_database(name)
    server.sql("drop role project_owner")


def test_a_restored_database_equals_the_dump_and_goes_on(
    new_project: Callable[[], Database], documented: Callable[..., Path]
) -> None:
    source, restored = new_project(), new_project()
    migrate(source.url)
    people = [str(uuid.uuid4()) for _ in range(2)]
    for person in people:
        source.sql("insert into auth.users (id, email) values (%s, 'rep@example.com')", person)
        source.sql("insert into auth.identities (id, user_id) values (gen_random_uuid(), %s)", person)
    source.sql(MIGRATION)
    with source.rep(people[0]) as rep, source.grader() as grader:
        active, waiting, claimed = (rep.rpc("create_training_session", agent_name=name)["id"] for name in "abc")
        rep.rpc("append_transcript", session_id=active, lines=transcript_lines())
        for session_id in (waiting, claimed):
            rep.rpc("complete_training_session", session_id=session_id, lines=transcript_lines())
        [claim] = grader.rpc("claim_training_sessions", session_id=claimed, max_count=1)
    documented("pg_dump", DATABASE_URL=source.url)
    documented("pg_restore", NEW_DATABASE_URL=restored.url)

    assert restored.sql(STORED) == source.sql(STORED)
    assert restored.sql(RIGHTS) == source.sql(RIGHTS)
    assert pending_migrations(restored.url) == [], "the next deployment goes on from here"
    with restored.rep(people[0]) as rep, restored.rep(people[1]) as stranger, restored.grader() as grader:
        again = rep.rpc("append_transcript", session_id=active, lines=transcript_lines())
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


def scores(each: int) -> dict[str, int]:
    return dict.fromkeys(("rapport", "discovery", "objection_handling", "closing"), each)
