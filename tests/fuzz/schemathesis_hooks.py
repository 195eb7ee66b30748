"""Loaded by Schemathesis (SCHEMATHESIS_HOOKS): a check of our own."""

from typing import Any

import schemathesis


@schemathesis.check
def a_full_transcript_is_all_that_refuses_valid_lines(
    ctx: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case[Any]
) -> None:
    if case.meta is None or not case.meta.generation.mode.is_positive or response.status_code != 422:
        return
    if case.operation.definition.raw.get("operationId") in ("appendLines", "completeSession"):
        error = response.json()
        assert error["code"] == "transcript_full", error["message"]
