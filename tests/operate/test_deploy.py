"""./scripts/deploy, run whole against stand-ins for gcloud, the Supabase CLI and the set-up of the database."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from api.docs import CONTENT_TYPES, FOLDERS
from config import ApiSettings, GraderSettings
from support import ROOT

SECRETS = {"SUPABASE_SECRET_KEY": "sb_secret_canary", "GRADER_SECRET": "grader,canary=1"}
PLAIN = {
    "SUPABASE_URL": "https://x.supabase.co",
    "SUPABASE_PUBLISHABLE_KEY": "sb_publishable_x",
    "DATABASE_URL": "postgresql://u:db-canary@h/d",
    "GCP_PROJECT": "p",
    "GCP_REGION": "r",
}
# Notes what it is called with and with what on its input; what was created once is there.
GCLOUD = f"""#!/bin/sh
exec '{sys.executable}' -IS "$0.py" "$@"
"""
GCLOUD_PY = """import json, pathlib, sys
here, words = pathlib.Path(__file__).parent, [word for word in sys.argv[1:] if not word.startswith("-")]
given = sys.stdin.read() if "--data-file=-" in sys.argv else ""
for word in sys.argv:
    if word.startswith("--flags-file="):
        file = pathlib.Path(word.partition("=")[2])
        assert file.stat().st_mode & 0o077 == 0, "others may read it"
        given = file.read_text()
with open(here / "calls", "a") as calls:
    print(json.dumps([sys.argv[1:], given]), file=calls)
thing = here / "-".join(words[:1] + words[-1:])
if "create" in words:
    assert not thing.exists(), "already exists"
    thing.touch()
elif words[0] in ("secrets", "scheduler") and not thing.exists():
    sys.exit("not found")
elif words[:3] == ["run", "services", "describe"]:
    print("https://grader.example")
"""
PYTHON = f"""#!/bin/sh
echo "$*" >> "$(dirname "$0")/called"
[ "$1" != -c ] || exec '{sys.executable}' "$@"
"""


class Deployment:
    """A checkout with stand-ins, and what a Google Cloud project would hold after the deployments so far."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._put("scripts/deploy", (ROOT / "scripts" / "deploy").read_text())
        self._put(".env.example", (ROOT / ".env.example").read_text())
        self._put("scripts/lib/setup.sh", "")
        for name in ("swagger-ui.css", "swagger-ui-bundle.js", "LICENSE", "NOTICE"):
            self._put(f"web/node_modules/swagger-ui-dist/{name}", f"{name} as installed")
        self._put("bin/gcloud", GCLOUD)
        self._put("bin/gcloud.py", GCLOUD_PY)
        self._put(".venv/bin/python", PYTHON)

    def _put(self, path: str, text: str) -> None:
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(text)
        (self.folder / path).chmod(0o755)

    def deploy(self, *arguments: str, dotenv: str = "", **env: str) -> subprocess.CompletedProcess[str]:
        done = self.try_to_deploy(*arguments, dotenv=dotenv, **env)
        assert done.returncode == 0, done.stderr
        return done

    def try_to_deploy(self, *arguments: str, dotenv: str = "", **env: str) -> subprocess.CompletedProcess[str]:
        self._put(".env", dotenv)
        known = {**PLAIN, **SECRETS, **env}
        return subprocess.run(
            [str(self.folder / "scripts" / "deploy"), *arguments],
            env={"PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}", **{k: v for k, v in known.items() if v}},
            capture_output=True,
            text=True,
            check=False,
        )

    def calls(self, *words: str) -> list[tuple[dict[str, str], str]]:
        """The flags and the input of each call of gcloud that begins so."""
        every = [json.loads(line) for line in (self.folder / "bin" / "calls").read_text().splitlines()]
        return [
            ({flag.partition("=")[0]: flag.partition("=")[2] for flag in said if flag.startswith("--")}, given)
            for said, given in every
            if said[: len(words)] == list(words)
        ]

    def configuration(self, service: str) -> dict[str, str]:
        """The environment of the service as last deployed; a secret as the value of its newest version."""
        flags, _ = self.calls("run", "deploy", service)[-1]
        newest = {name: self.calls("secrets", "versions", "add", name)[-1][1] for name in pairs(flags, "--set-secrets")}
        return pairs(flags, "--set-env-vars") | newest


def pairs(flags: Mapping[str, str], flag: str) -> dict[str, str]:
    """KEY=VALUE,KEY=VALUE as gcloud reads it: ^X^ in front makes X the separator."""
    text, separator = flags.get(flag, ""), ","
    if other := re.match(r"\^([^^]+)\^", text):
        text, separator = text[other.end() :], other[1]
    return dict(pair.split("=", 1) for pair in text.split(separator) if pair)


@pytest.fixture
def project(tmp_path: Path) -> Deployment:
    return Deployment(tmp_path)


def test_a_dry_run_prints_each_command_and_no_secret(project: Deployment) -> None:
    done = project.deploy("--dry-run", OPENAI_API_KEY="sk-canary", ELEVENLABS_API_KEY="el-canary")
    for command in (
        "operate.push_migrations",
        "swagger-ui-dist",
        "--function=training_sessions",
        "--function=grade_sessions",
        "operate.configure_grader",
        "gcloud scheduler jobs create http",
    ):
        assert command in done.stdout
    assert done.stdout.startswith("Project: https://x.supabase.co; Google Cloud project p in r\n")
    assert "canary" not in done.stdout + done.stderr
    assert not (project.folder / "bin" / "calls").exists()
    assert not (project.folder / "functions").exists()


def test_the_deployed_source_holds_the_files_of_the_api_docs_page(project: Deployment) -> None:
    project.deploy()
    copied = project.folder / FOLDERS[0].relative_to(ROOT)
    for name in set(CONTENT_TYPES) - {"start.js"}:  # the function writes start.js itself
        assert (copied / name).read_text() == f"{name} as installed"


def test_settings_arrive_whole_and_secrets_go_by_secret_manager(project: Deployment) -> None:
    common = {"SUPABASE_REST_URL": "https://rest.example"}
    pages = {"ALLOWED_ORIGINS": "https://a.example,https://b.example"}
    model = {
        "OPENAI_BASE_URL": "https://eu.example/v1?a=b|c",
        "OPENAI_API": "chat",
        "OPENAI_MODEL": "own model",
    }
    own = {"GRADER_CONCURRENCY": "64"}
    voice = {"ELEVENLABS_API_KEY": "el-canary"}
    keys = {"OPENAI_API_KEY": "sk-canary", **voice, "ELEVENLABS_WEBHOOK_SECRET": "old-canary,new-canary"}
    done = project.deploy(**common, **pages, **model, **own, **keys)
    both = {name: PLAIN[name] for name in ("SUPABASE_URL", "SUPABASE_PUBLISHABLE_KEY")} | common
    both |= model | {"OPENAI_API_KEY": "sk-canary"}
    assert project.configuration("training-sessions") == both | voice | pages | {
        "ELEVENLABS_WEBHOOK_SECRET": "old-canary,new-canary"
    }
    assert project.configuration("grade-sessions") == both | voice | own | SECRETS
    assert len(project.calls("secrets", "versions", "add", "ELEVENLABS_API_KEY")) == 1
    for service in ("training-sessions", "grade-sessions"):
        [(flags, _)] = project.calls("run", "deploy", service)
        assert "canary" not in flags["--set-env-vars"]
    assert "canary" not in done.stdout + done.stderr


def test_a_setting_without_a_value_is_removed_from_the_function(project: Deployment) -> None:
    project.deploy(ELEVENLABS_API_KEY="el-canary", ALLOWED_ORIGINS="https://a.example")
    project.deploy()
    flags, _ = project.calls("run", "deploy", "training-sessions")[-1]
    assert "--clear-secrets" in flags
    assert "ALLOWED_ORIGINS" not in pairs(flags, "--set-env-vars")


def test_the_schedule_gets_a_rotated_secret(project: Deployment) -> None:
    project.deploy()
    [(created, flags)] = project.calls("scheduler", "jobs", "create", "http")
    assert json.loads(flags) == {"--headers": {"X-Grader-Secret": SECRETS["GRADER_SECRET"]}}
    project.deploy(GRADER_SECRET="rotated")
    [(updated, flags)] = project.calls("scheduler", "jobs", "update", "http")
    assert json.loads(flags) == {"--update-headers": {"X-Grader-Secret": "rotated"}}
    assert updated["--uri"] == created["--uri"] == "https://grader.example"
    assert project.configuration("grade-sessions")["GRADER_SECRET"] == "rotated"


def test_no_command_line_holds_a_secret(project: Deployment) -> None:
    project.deploy(OPENAI_API_KEY="sk-canary", ELEVENLABS_API_KEY="el-canary")
    called = [json.loads(line)[0] for line in (project.folder / "bin" / "calls").read_text().splitlines()]
    assert "canary" not in json.dumps(called) + (project.folder / ".venv" / "bin" / "called").read_text()


def test_with_a_service_account_google_checks_who_calls_the_grader(project: Deployment) -> None:
    project.deploy(SCHEDULER_SERVICE_ACCOUNT="cron@p.example")
    [(created, _)] = project.calls("scheduler", "jobs", "create", "http")
    assert created["--oidc-service-account-email"] == "cron@p.example"
    assert created["--oidc-token-audience"] == created["--uri"]
    [(bound, _)] = project.calls("run", "services", "add-iam-policy-binding", "grade-sessions")
    assert (bound["--member"], bound["--role"]) == ("serviceAccount:cron@p.example", "roles/run.invoker")
    assert "--no-allow-unauthenticated" in project.calls("run", "deploy", "grade-sessions")[0][0]
    assert "--allow-unauthenticated" in project.calls("run", "deploy", "training-sessions")[0][0]


def test_a_dry_run_with_a_setting_missing_shows_the_rest_and_fails(project: Deployment) -> None:
    done = project.try_to_deploy("--dry-run", GCP_PROJECT="")
    assert done.returncode == 1
    assert "missing GCP_PROJECT" in done.stderr
    assert "gcloud scheduler jobs create http" in done.stdout


def test_the_environment_comes_before_dotenv(project: Deployment) -> None:
    project.deploy(dotenv="GRADER_SECRET=old\nOPENAI_API=chat\n", GRADER_SECRET="new")
    deployed = project.configuration("grade-sessions")
    assert (deployed["GRADER_SECRET"], deployed["OPENAI_API"]) == ("new", "chat")


def test_a_deployed_revision_gets_the_traffic_also_after_a_rollback(project: Deployment) -> None:
    project.deploy()
    for service in ("training-sessions", "grade-sessions"):
        [(flags, _)] = project.calls("run", "services", "update-traffic", service)
        assert "--to-latest" in flags


def test_the_grader_keeps_its_processor_after_an_answer_and_has_memory_for_its_budget(project: Deployment) -> None:
    project.deploy()
    [(flags, _)] = project.calls("run", "deploy", "grade-sessions")
    assert "--no-cpu-throttling" in flags
    assert (flags["--memory"], flags["--concurrency"], flags["--max-instances"]) == ("1Gi", "80", "10")
    assert GraderSettings().grader_transcript_bytes * 16 <= 1024**3, "a byte of JSON takes up to sixteen of memory"


class Reads(Mapping[str, str]):
    """An environment that notes what is asked of it."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self._values = {**PLAIN, **SECRETS}

    def __getitem__(self, name: str) -> str:
        self.names.add(name)
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def test_the_example_lists_what_each_function_reads() -> None:
    function, grader = Reads(), Reads()
    ApiSettings.from_env(function)
    GraderSettings.from_env(grader)
    assert listed("both") == function.names & grader.names
    assert listed("training_sessions") == function.names - grader.names
    assert listed("grade_sessions") == grader.names - function.names


def listed(*headings: str) -> set[str]:
    """The variables that .env.example has under a heading."""
    sections = re.split(r"^# --- (\S+).*$", (ROOT / ".env.example").read_text(), flags=re.MULTILINE)
    return {
        name
        for heading, section in zip(sections[1::2], sections[2::2], strict=True)
        if heading in headings
        for name in re.findall(r"^([A-Z_]+)=", section, re.MULTILINE)
    }


@pytest.mark.parametrize("document", ["README.md", "docs/OPERATIONS.md", "docs/SCALING.md"])
def test_the_documents_commands_name_the_project_and_the_region(document: str) -> None:
    text = (ROOT / document).read_text().replace("\\\n", " ")
    for command in re.findall(r"^.*?(gcloud (?:run|scheduler|logging|services) .*)$", text, re.MULTILINE):
        assert '--project="$GCP_PROJECT"' in command
        if not command.startswith(("gcloud services", "gcloud logging")):
            assert re.search(r'--(region|location)="\$GCP_REGION"', command), command
