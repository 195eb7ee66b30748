"""Loaded by Schemathesis (SCHEMATHESIS_HOOKS): checks of our own."""

from typing import Any

import schemathesis

EXPECTED = {
    "appendLines": "transcript_full",
    "completeSession": "transcript_full",
    "createSession": "idempotency_mismatch",
    "trainingProgress": "invalid_field",
}
"""The one code with which an operation may refuse a body that fits its schema."""


@schemathesis.check
def only_one_rule_beyond_the_schema_refuses_a_valid_body(
    ctx: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case[Any]
) -> None:
    if case.meta is None or not case.meta.generation.mode.is_positive or response.status_code != 422:
        return
    expected = EXPECTED.get(case.operation.definition.raw.get("operationId", ""))
    if expected:
        error = response.json()
        assert error["code"] == expected, error["message"]


@schemathesis.check
def a_server_error_names_a_missing_setting(
    ctx: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case[Any]
) -> None:
    if response.status_code >= 500:
        error = response.json()
        assert (response.status_code, error["code"].partition("_")[2]) == (503, "not_configured"), error["message"]
