"""The deployable targets: `training_sessions` for users, `grade_sessions` for the wake-up and the schedule.

Run one per process: `functions-framework --source main.py --target training_sessions`.
"""

import functools
import gc
import os
from typing import TYPE_CHECKING

import functions_framework.aio
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.app import Api
from api.respond import framework_error
from config import Settings, environment
from database import Database

if TYPE_CHECKING:
    from grader.target import Grader

# The framework answers what never reaches a target (an unknown method, /robots.txt) in plain text and offers no hook:
# this gives the application it is about to make our error shape.
functions_framework.aio.Starlette = functools.partial(  # type: ignore[attr-defined, assignment]
    functions_framework.aio.Starlette,  # type: ignore[attr-defined]
    exception_handlers={HTTPException: framework_error},
)

_env = environment()
_settings = Settings.from_env(_env, grader=os.environ.get("FUNCTION_TARGET") == "grade_sessions")
_database = Database(_settings.rest_url, _settings.publishable_key, _settings.secret_key)
_api = Api(_settings, _database)


@functools.cache
def _grader() -> "Grader":
    from grader.settings import GraderSettings  # imported here, so that users' requests never wait for it
    from grader.target import Grader

    return Grader(_database, GraderSettings.from_env(_env))


if os.environ.get("FUNCTION_TARGET") == "grade_sessions":
    _grader()  # a wrong setting stops the start, not the first grade


# What is loaded by now stays, and requests leave hardly any cycles behind: the collector need not look for them after
# every few hundred objects. Saves about a twelfth of a request's work.
gc.freeze()
gc.set_threshold(50_000, 20, 20)


@functions_framework.aio.http
async def training_sessions(request: Request) -> Response:
    """Records, ends and shows sessions for the user whose JWT is in Authorization. See /api/openapi.json."""
    return await _api(request)


@functions_framework.aio.http
async def grade_sessions(request: Request) -> Response:
    """Grades what waits. POST with the grader's secret."""
    return await _grader()(request)
