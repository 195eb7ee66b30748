"""Loaded by Schemathesis (SCHEMATHESIS_HOOKS): a check of our own."""

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
