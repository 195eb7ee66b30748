"""The README's two commands as root in a folder that only root can enter, which is what many fresh containers are."""

import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import install
from checkout import unused_base
from run.local.binaries import ROOT
from run.local.postgres import _server_user

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="ONLY ROOT has folders that PostgreSQL's user cannot enter")


class Fresh:
    """A checkout at `place` with the installed packages of this one, and empty folders for TMPDIR and HOME."""

    def __init__(self, place: Path, temporary: Path, home: Path) -> None:
        self.place = place
        self.temporary = temporary
        self.home = home
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("STACK_", "XDG_", "PYTHONPATH"))}
        self.environment = kept | {
            "STACK_PORT_BASE": str(unused_base()), "PYTHON": sys.executable, "TMPDIR": str(temporary), "HOME": str(home),
        }  # fmt: skip

    def run(self, command: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [self.place / "scripts" / command, *arguments],
            env=self.environment, umask=0o077, capture_output=True, text=True, check=False,
        )  # fmt: skip


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Fresh]:
    closed, temporary, home = tmp_path / "für root allein", tmp_path / "tmp", tmp_path / "home"
    for folder in (closed, temporary, home):
        folder.mkdir(mode=0o700)
    place = closed / "a checkout"
    for name in subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT, text=True).split("\0")[:-1]:
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, place / name)
    # What pip and npm would install, without the minute that they take.
    for name in (".venv", "web/node_modules"):
        linked = subprocess.run(["cp", "-al", ROOT / name, place / name], check=False, capture_output=True)
        if linked.returncode:
            shutil.rmtree(place / name, ignore_errors=True)
            shutil.copytree(ROOT / name, place / name, symlinks=True)
    stamp = place / ".venv" / ".installed"
    stamp.unlink()
    stamp.write_text(install.python_stamp(place))
    fresh = Fresh(place, temporary, home)
    yield fresh
    fresh.run("stack", "down")


@AS_ROOT
@pytest.mark.timeout(180)
def test_both_commands_work_where_only_root_can_enter_and_leave_nothing_outside(fresh: Fresh) -> None:
    demo = fresh.run("demo")
    assert demo.returncode == 0, demo.stdout + demo.stderr
    assert "Overall" in demo.stdout
    test = fresh.run("test", "-q", "-p", "no:cacheprovider", "tests/http/test_system.py")
    assert test.returncode == 0, test.stdout + test.stderr
    assert fresh.run("stack", "down").returncode == 0
    assert list(fresh.home.rglob("*")) == []
    assert [path for path in fresh.temporary.iterdir() if not path.name.startswith("pytest-of-")] == []


def user(name: str, uid: int) -> pwd.struct_passwd:
    return pwd.struct_passwd((name, "x", uid, uid, "", "/", "/bin/sh"))


@pytest.mark.parametrize(
    ("users", "taken"),
    [
        ([user("root", 0), user("daemon", 1), user("nobody", 65_534)], "nobody"),
        ([user("root", 0), user("ann", 1000), user("postgres", 70)], "postgres"),
        ([user("root", 0), user("ann", 1000)], "ann"),
    ],
)
def test_as_root_the_server_runs_as_nobody_or_a_system_account(users: list[pwd.struct_passwd], taken: str) -> None:
    assert _server_user(users).pw_name == taken


def test_without_any_other_user_the_message_says_what_to_do() -> None:
    with pytest.raises(RuntimeError, match="useradd"):
        _server_user([user("root", 0)])
