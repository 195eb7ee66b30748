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
from api.database import DataApi
from config import ApiSettings, GraderSettings, environment
from http_response import framework_error

if TYPE_CHECKING:
    from worker.target import Grader

# The framework answers what never reaches a target (an unknown method, /robots.txt) in plain text, and has no hook.
# This gives its application our error shape.
functions_framework.aio.Starlette = functools.partial(  # type: ignore[attr-defined, assignment]
    functions_framework.aio.Starlette,  # type: ignore[attr-defined]
    exception_handlers={HTTPException: framework_error},
)

_env = environment()


@functools.cache
def _api() -> Api:
    settings = ApiSettings.from_env(_env)
    return Api(settings, DataApi(settings.rest_url, settings.publishable_key))


@functools.cache
def _grader() -> "Grader":
    from worker.target import Grader  # imported here, so that the users' function never loads the worker

    return Grader(GraderSettings.from_env(_env))


# A wrong setting stops the start, not the first request.
(_grader if os.environ.get("FUNCTION_TARGET") == "grade_sessions" else _api)()

# Requests leave hardly any reference cycles, so the collector may run rarely and skip the loaded modules.
# This saves about a twelfth of a request's work.
gc.freeze()
gc.set_threshold(50_000, 20, 20)


@functions_framework.aio.http
async def training_sessions(request: Request) -> Response:
    """Records, ends and shows sessions for the user whose JWT is in Authorization. See /api/openapi.json."""
    return await _api()(request)


@functions_framework.aio.http
async def grade_sessions(request: Request) -> Response:
    """Grades what waits. POST with the grader's secret."""
    return await _grader()(request)
