"""The command ./scripts/stack, on ports and in a folder of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import jwt
import psycopg
import pytest

from checkout import Checkout, eventually, unused_base
from run.local import state
from run.local.binaries import ROOT
from run.local.functions import Functions
from run.local.http_client import request
from run.local.keys import DEV_USERS, Keys
from run.local.ports import HOST
from run.local.settings import PORTS
from run.local.state import ServiceState, StackState

pytestmark = pytest.mark.timeout(90)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """A stack that two `up` at once have started."""
    checkout = Checkout(tmp_path_factory.mktemp("a checkout") / "stack", unused_base())
    try:
        with checkout.begin("up", "--detach") as one, checkout.begin("up", "--detach") as other:
            said = [one.communicate(), other.communicate()]
        assert (one.returncode, other.returncode) == (0, 0), said
        assert sorted("already" in out for out, _ in said) == [False, True]
        yield checkout
    finally:
        checkout.run("down")


@pytest.fixture(scope="module")
def env(checkout: Checkout) -> dict[str, str]:
    return checkout.env()


def test_env_prints_what_clients_tests_and_operators_need(checkout: Checkout, env: dict[str, str]) -> None:
    origin = f"http://{HOST}:{checkout.base + 1}"
    assert env["SUPABASE_URL"] == env["WEB_URL"] == origin
    assert env["API_URL"] == f"{origin}/api/training-sessions"
    assert env["GRADER_URL"].startswith(origin)
    assert env["SUPABASE_PUBLISHABLE_KEY"].startswith("sb_publishable_")
    assert env["SUPABASE_SECRET_KEY"].startswith("sb_secret_")
    assert env["SUPABASE_JWT_SECRET"]
    assert env["GRADER_SECRET"]
    with psycopg.connect(env["DATABASE_URL"]) as connection:
        who = "select rolname, rolsuper, rolbypassrls, rolcreaterole from pg_roles where rolname = current_user"
        assert connection.execute(who).fetchone() == ("postgres", False, True, True), "as on hosted Supabase"


def test_a_stack_on_other_ports_is_refused_while_this_one_runs(checkout: Checkout) -> None:
    elsewhere = Checkout(checkout.folder, unused_base())
    done = elsewhere.run("up", "--detach")
    assert done.returncode == 1
    assert str(checkout.base) in done.stderr
    assert "down" in done.stderr


def test_the_token_is_the_one_of_the_user_who_was_asked_for(checkout: Checkout, env: dict[str, str]) -> None:
    def claims(*arguments: str) -> Any:
        token = checkout.run("token", *arguments).stdout.strip()
        return jwt.decode(token, env["SUPABASE_JWT_SECRET"], ["HS256"], audience="authenticated")

    assert claims()["sub"] == DEV_USERS["Dana"]
    assert claims("--user", DEV_USERS["Robin"])["sub"] == DEV_USERS["Robin"]
    assert claims()["role"] == "authenticated"
    assert checkout.run("token", "--user", "nobody").returncode == 2


# --- API keys, as hosted Supabase treats them


def ask_who_i_am(env: dict[str, str], headers: dict[str, str], query: str = "") -> httpx.Response:
    return request("GET", f"{env['SUPABASE_URL']}/rest/v1/rpc/who_am_i{query}", headers=headers)


@pytest.fixture(scope="module")
def who_am_i(env: dict[str, str]) -> dict[str, str]:
    """A function that tells the role and the user of its caller."""
    with psycopg.connect(env["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(
            """
            create function public.who_am_i() returns json language sql stable as $$
              select json_build_object(
                'role', current_user, 'sub', current_setting('request.jwt.claims', true)::json ->> 'sub') $$;
            grant execute on function public.who_am_i to anon, authenticated, service_role;
            notify pgrst, 'reload schema';
            """
        )
    key = {"apikey": env["SUPABASE_PUBLISHABLE_KEY"]}
    assert eventually(lambda: ask_who_i_am(env, key).status_code == 200)
    return env


def test_without_a_key_nothing_is_answered(who_am_i: dict[str, str]) -> None:
    answer = ask_who_i_am(who_am_i, {"Authorization": f"Bearer {who_am_i['SUPABASE_SECRET_KEY']}"})
    assert answer.status_code == 401
    assert answer.json()["code"] == "not_authenticated"
    assert answer.headers["access-control-allow-origin"] == "*"


def test_a_key_of_another_project_is_refused(who_am_i: dict[str, str]) -> None:
    assert ask_who_i_am(who_am_i, {"apikey": Keys.generate().secret}).status_code == 401


@pytest.mark.parametrize(
    ("key", "role"), [("SUPABASE_PUBLISHABLE_KEY", "anon"), ("SUPABASE_SECRET_KEY", "service_role")]
)
def test_a_key_without_a_token_acts_as_its_role(who_am_i: dict[str, str], key: str, role: str) -> None:
    value = who_am_i[key]
    in_header = ask_who_i_am(who_am_i, {"apikey": value})
    twice = ask_who_i_am(who_am_i, {"apikey": value, "Authorization": f"Bearer {value}"})
    in_query = ask_who_i_am(who_am_i, {}, f"?apikey={value}")
    assert [answer.json()["role"] for answer in (in_header, twice, in_query)] == [role] * 3


def test_a_user_token_beside_the_key_acts_as_the_user(checkout: Checkout, who_am_i: dict[str, str]) -> None:
    token = checkout.run("token").stdout.strip()
    headers = {"apikey": who_am_i["SUPABASE_PUBLISHABLE_KEY"], "Authorization": f"Bearer {token}"}
    assert ask_who_i_am(who_am_i, headers).json() == {"role": "authenticated", "sub": DEV_USERS["Dana"]}


def test_a_token_by_es256_is_the_user_and_one_of_another_signing_key_is_refused(
    checkout: Checkout, who_am_i: dict[str, str]
) -> None:
    keys = Keys(**json.loads((checkout.folder / "settings.json").read_text())["keys"])

    def ask(keys: Keys) -> httpx.Response:
        token = keys.user_token(DEV_USERS["Dana"], algorithm="ES256")
        return ask_who_i_am(
            who_am_i, {"apikey": who_am_i["SUPABASE_PUBLISHABLE_KEY"], "Authorization": f"Bearer {token}"}
        )

    assert ask(keys).json() == {"role": "authenticated", "sub": DEV_USERS["Dana"]}
    other = json.loads(Keys.generate().signing_key)
    own = json.loads(keys.signing_key)
    assert ask(replace(keys, signing_key=json.dumps(other))).status_code == 401
    assert ask(replace(keys, signing_key=json.dumps({**other, "kid": own["kid"]}))).status_code == 401


def test_a_request_is_stopped_at_the_time_out_of_its_role(env: dict[str, str], checkout: Checkout) -> None:
    with psycopg.connect(env["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(
            """
            create function public.time_out() returns text language sql stable as $$
              select current_setting('statement_timeout') $$;
            grant execute on function public.time_out to anon, authenticated;
            notify pgrst, 'reload schema';
            """
        )
    token = checkout.run("token").stdout.strip()

    def ask(**headers: str) -> httpx.Response:
        return request("GET", f"{env['SUPABASE_URL']}/rest/v1/rpc/time_out", headers=headers)

    assert eventually(lambda: ask(apikey=env["SUPABASE_PUBLISHABLE_KEY"]).status_code == 200)
    assert ask(apikey=env["SUPABASE_PUBLISHABLE_KEY"]).json() == "3s"
    assert ask(apikey=env["SUPABASE_PUBLISHABLE_KEY"], Authorization=f"Bearer {token}").json() == "8s"


def test_the_secret_key_as_a_mere_bearer_token_opens_nothing(who_am_i: dict[str, str]) -> None:
    headers = {
        "apikey": who_am_i["SUPABASE_PUBLISHABLE_KEY"],
        "Authorization": f"Bearer {who_am_i['SUPABASE_SECRET_KEY']}",
    }
    assert ask_who_i_am(who_am_i, headers).status_code == 401


def test_a_browser_may_ask_from_any_origin(env: dict[str, str]) -> None:
    answer = request(
        "OPTIONS",
        f"{env['SUPABASE_URL']}/rest/v1/training_sessions",
        headers={"Origin": "https://app.example", "Access-Control-Request-Method": "POST"},
    )
    assert answer.status_code == 204
    assert "apikey" in answer.headers["access-control-allow-headers"]


# --- Pages


def test_pages_get_the_public_settings_and_no_secret(env: dict[str, str]) -> None:
    answer = request("GET", f"{env['WEB_URL']}/config.json")
    config = answer.json()
    assert config["publishableKey"] == env["SUPABASE_PUBLISHABLE_KEY"]
    assert {user["id"] for user in config["devUsers"]} == set(DEV_USERS.values())
    for name in ("SUPABASE_SECRET_KEY", "SUPABASE_JWT_SECRET", "GRADER_SECRET"):
        assert env[name] not in answer.text
    roles = {jwt.decode(user["token"], options={"verify_signature": False})["role"] for user in config["devUsers"]}
    assert roles == {"authenticated"}


@pytest.mark.parametrize(
    "path",
    ["/package.json", "/node_modules/swagger-ui-dist/package.json", "/vendor/supabase-js/../package.json", "/.env"],
)
def test_files_that_are_not_pages_are_not_served(env: dict[str, str], path: str) -> None:
    answer = request("GET", env["WEB_URL"] + path)
    assert answer.status_code == 404
    assert set(answer.json()) == {"code", "message", "details", "hint"}


def test_a_foreign_host_name_is_turned_away(env: dict[str, str]) -> None:
    answer = request("GET", f"{env['WEB_URL']}/config.json", headers={"Host": "rebound.example"})
    assert answer.status_code == 421


# --- Going on after things break


def test_a_killed_server_is_started_again(checkout: Checkout, env: dict[str, str]) -> None:
    killed = checkout.service("postgrest")
    assert killed.pid
    os.kill(killed.pid, signal.SIGKILL)
    url, key = f"{env['SUPABASE_URL']}/rest/v1/", {"apikey": env["SUPABASE_SECRET_KEY"]}
    answers: list[httpx.Response] = []

    def answers_again() -> bool:
        answers.append(request("GET", url, headers=key))
        return checkout.service("postgrest").restarts == killed.restarts + 1 and answers[-1].status_code == 200

    assert eventually(answers_again)
    # In between the gateway says so itself, in the one error shape.
    assert {answer.status_code for answer in answers} <= {200, 503}
    assert all(answer.json()["code"] for answer in answers if answer.status_code == 503)


def test_data_survives_down_and_up(checkout: Checkout, env: dict[str, str]) -> None:
    with psycopg.connect(env["DATABASE_URL"]) as connection:
        connection.execute("create table public.kept as select 'still here' as note")
    assert checkout.run("down").returncode == 0
    assert checkout.run("status").returncode == 1
    checkout.up()
    assert checkout.env() == env
    with psycopg.connect(env["DATABASE_URL"]) as connection:
        assert connection.execute("select note from public.kept").fetchone() == ("still here",)
        connection.execute("drop table public.kept")


@pytest.mark.parametrize("also", [(), ("functions", "postgres")])
def test_after_a_killed_supervisor_up_cleans_up(checkout: Checkout, env: dict[str, str], also: tuple[str, ...]) -> None:
    before = checkout.now()
    left = [(service.pid, service.identity) for service in before.services if service.pid]
    os.kill(before.pid, signal.SIGKILL)
    for name in also:
        pid = next(service.pid for service in before.services if service.name == name)
        assert pid
        os.kill(pid, signal.SIGKILL)
    checkout.up()
    assert checkout.now().pid != before.pid
    assert [pid for pid, born in left if state.identity(pid) == born] == []
    with psycopg.connect(env["DATABASE_URL"]) as connection:
        connection.execute("select 1")


def test_a_stranger_who_got_an_old_process_id_is_left_alone(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "60"]) as stranger:
        try:
            crashed = StackState("ready", 54_320, pid=stranger.pid, identity="some other time")
            crashed.services = [ServiceState("gateway", 54_321, stranger.pid, "some other time", 0, True)]
            crashed.save(tmp_path)
            assert Checkout(tmp_path, 54_320).run("down").stdout.strip() == "The stack was not up."
            assert stranger.poll() is None
        finally:
            stranger.kill()


def test_a_port_clash_says_which_port_and_what_to_do(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path / "stack", unused_base())
    taken = checkout.base + PORTS["postgres"]
    with socket.create_server((HOST, taken)):
        done = checkout.run("up", "--detach")
    assert done.returncode == 1
    assert f"port {taken} (postgres) is taken by" in done.stderr
    assert "STACK_PORT_BASE=" in done.stderr
    assert checkout.run("status").returncode == 1


def test_a_wrong_port_base_is_a_clear_error(tmp_path: Path) -> None:
    done = Checkout(tmp_path, 99).run("env")
    assert done.returncode == 1
    assert "STACK_PORT_BASE must be a number" in done.stderr


# --- The demo on it


def test_the_demo_ends_with_a_grade(checkout: Checkout, env: dict[str, str]) -> None:
    done = checkout.run(command="demo")
    assert done.returncode == 0, done.stdout + done.stderr
    order = ["Project: ", "Overall", "Next step", f"{env['WEB_URL']}/analytics/", "Transcript of session"]
    places = [done.stdout.find(words) for words in order]
    assert places == sorted(places), "the score first, then the transcript"
    assert -1 not in places


def test_a_transcript_without_the_rep_has_no_grade(checkout: Checkout, tmp_path: Path) -> None:
    file = tmp_path / "transcript.json"
    file.write_text(json.dumps([{"speaker": "agent", "text": "Hello? Is anybody there?"}]))
    done = checkout.run(str(file), command="demo")
    assert done.returncode == 1
    assert "no_conversation" in done.stdout


def test_no_log_holds_a_secret_or_what_was_said(checkout: Checkout, env: dict[str, str]) -> None:
    logs = "".join(file.read_text(errors="replace") for file in (checkout.folder / "logs").glob("*.log"))
    assert logs
    for name in ("SUPABASE_SECRET_KEY", "SUPABASE_JWT_SECRET", "GRADER_SECRET", "DATABASE_URL"):
        assert env[name] not in logs
    assert "Marlene Kowalski" not in logs
    assert "Is anybody there" not in logs


def test_a_setting_that_a_target_must_not_see_is_not_read_from_dotenv(tmp_path: Path) -> None:
    (tmp_path / "config.py").write_text((ROOT / "functions" / "config.py").read_text())
    (tmp_path / ".env").write_text("SUPABASE_SECRET_KEY=leaked\nALLOWED_ORIGINS=https://kept.example\n")
    target = Functions("training_sessions", 1, {"SUPABASE_SECRET_KEY": None})
    program = "from config import environment as e; print(repr(e()['SUPABASE_SECRET_KEY']), e()['ALLOWED_ORIGINS'])"
    seen = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**target.environment(), "PYTHONPATH": str(ROOT / "functions")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert seen.stdout == "'' https://kept.example\n"
