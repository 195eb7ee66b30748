"""The migrations reach what sql/ says, on every PostgreSQL at hand, by the real CLI; and stop before a database they do not fit."""

import uuid
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import errors

from run.local.binaries import postgres_bin_dirs
from run.local.database import migrate, pending_migrations
from run.local.ports import free_port
from run.local.postgres import Postgres
from support import MIGRATIONS, ROOT, Database

CATALOG = """
select 'relation', c.oid::regclass::text, concat_ws('|', c.relkind, c.relrowsecurity, c.reloptions, c.relacl::text, obj_description(c.oid, 'pg_class'))
  from pg_class c where c.relnamespace::regnamespace::text in ('public', 'training', 'auth') and c.relkind <> 't'
union all
select 'column', attrelid::regclass || '.' || attname, concat_ws('|', attnum, format_type(atttypid, atttypmod), attnotnull, attidentity, attgenerated,
         attcompression, attacl::text, pg_get_expr(d.adbin, d.adrelid), col_description(attrelid, attnum))
  from pg_attribute join pg_class c on c.oid = attrelid left join pg_attrdef d on d.adrelid = attrelid and d.adnum = attnum
 where c.relnamespace::regnamespace::text in ('public', 'training') and attnum > 0 and not attisdropped
union all
select 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
  from pg_constraint where connamespace::regnamespace::text in ('public', 'training')
union all
select 'index', indexrelid::regclass::text, pg_get_indexdef(indexrelid) from pg_index join pg_class c on c.oid = indexrelid
 where c.relnamespace::regnamespace::text in ('public', 'training')
union all
select 'function', oid::regprocedure::text, concat_ws('|', md5(pg_get_functiondef(oid)), proacl::text, obj_description(oid, 'pg_proc'))
  from pg_proc where pronamespace::regnamespace::text in ('public', 'training', 'auth')
union all
select 'view', viewname, definition from pg_views where schemaname in ('public', 'training')
union all
select 'policy', polrelid::regclass || '.' || polname, concat_ws('|', polcmd, polroles::regrole[]::text, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))
  from pg_policy
union all
select 'trigger', tgrelid::regclass || '.' || tgname, pg_get_triggerdef(oid) from pg_trigger where not tgisinternal
union all
select 'schema', nspname, concat_ws('|', nspacl::text, obj_description(oid, 'pg_namespace')) from pg_namespace where nspname in ('public', 'training', 'auth')
order by 1, 2, 3
"""


def apply(url: str, folder: str) -> None:
    files = sorted((ROOT / folder).glob("*.sql"))
    assert files
    with psycopg.connect(url) as connection:
        for file in files:
            connection.execute(file.read_bytes())


@pytest.fixture(scope="session", params=sorted(postgres_bin_dirs()))
def any_postgres(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A server of each major version found: 17 and 18 from wheels, 15 where Debian's is installed."""
    folder = tmp_path_factory.mktemp(f"postgres{request.param}")
    with Postgres(postgres_bin_dirs()[request.param], folder / "data", free_port(), durable=False).init() as server:
        yield server


@pytest.fixture
def plain(any_postgres: Postgres) -> Iterator[Database]:
    """A plain, empty database of that version, without the schemas of hosted Supabase."""
    name = f"plain_{uuid.uuid4().hex}"
    yield Database(any_postgres.create_database(name, template="template0"))
    any_postgres.drop_database(name)


def test_the_migrations_make_what_sql_says(postgres: Postgres) -> None:
    catalogs = []
    for folder in ("sql", "supabase/migrations"):
        name = f"from_{uuid.uuid4().hex}"
        url = postgres.create_database(name)
        apply(url, folder)
        catalogs.append(Database(url).sql(CATALOG))
        postgres.drop_database(name)
    assert len(catalogs[0]) > 150
    assert set(catalogs[0]) ^ set(catalogs[1]) == set()


def test_the_cli_applies_them_to_a_plain_database(plain: Database) -> None:
    assert migrate(plain.url) == [file.name.split("_")[0] for file in MIGRATIONS]
    assert pending_migrations(plain.url) == []
    assert migrate(plain.url) == []
    with plain.rep() as rep:
        assert rep.rpc("create_training_session", agent_name="Austin") == {"id": 1, "status": "active"}


@pytest.mark.parametrize(
    ("there", "says"),
    [
        ("create table public.training_sessions (id uuid primary key)", "a table"),
        ("create view public.training_sessions as select 1 as id", "a view"),
        ("create table public.users (id integer primary key)", "public.users"),
        ("create table public.users (id uuid, name text)", "public.users"),
    ],
)
def test_a_database_of_another_shape_stops_them_before_any_change(postgres: Postgres, there: str, says: str) -> None:
    name = f"other_{uuid.uuid4().hex}"
    database = Database(postgres.create_database(name))
    database.sql(there)
    before = database.sql(CATALOG)
    with pytest.raises(errors.RaiseException, match=says) as stopped:
        apply(database.url, "supabase/migrations")
    assert "Nothing was changed" in (stopped.value.diag.message_hint or "")
    assert database.sql(CATALOG) == before
    postgres.drop_database(name)


def test_the_apps_own_users_table_is_left_as_it_is(postgres: Postgres) -> None:
    name = f"users_{uuid.uuid4().hex}"
    database = Database(postgres.create_database(name))
    database.sql("create table public.users (id uuid primary key default gen_random_uuid(), email text)")
    database.sql("insert into public.users (email) values ('rep@example.com')")
    apply(database.url, "supabase/migrations")
    assert database.sql("select email from public.users") == ["rep@example.com"]
    assert database.sql("select count(*) from pg_policy where polrelid = 'public.users'::regclass") == [0]
    postgres.drop_database(name)


def test_the_transcript_is_compressed_with_lz4_where_the_server_has_it(database: Database) -> None:
    [has_lz4] = database.sql("select 'lz4' = any (enumvals) from pg_settings where name = 'default_toast_compression'")
    [compression] = database.sql(
        "select attcompression from pg_attribute where attrelid = 'public.training_sessions'::regclass and attname = 'transcript'"
    )
    assert compression == ("l" if has_lz4 else "")
