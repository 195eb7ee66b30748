"""The grader's settings."""

import pytest

from grader.settings import GraderSettings


def test_an_empty_environment_gives_the_defaults() -> None:
    assert GraderSettings.from_env({"OPENAI_MODEL": " ", "UNKNOWN": "1"}) == GraderSettings()
    assert not GraderSettings().asks_model


def test_each_setting_is_read_from_the_variable_of_its_name() -> None:
    settings = GraderSettings.from_env(
        {
            "OPENAI_API_KEY": "k",
            "OPENAI_API": "chat",
            "GRADER_CONCURRENCY": "4",
            "GRADER_DEADLINE_SECONDS": "2.5",
        }
    )
    assert settings.asks_model
    assert (settings.openai_api, settings.grader_concurrency, settings.grader_deadline_seconds) == (
        "chat",
        4,
        2.5,
    )


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("OPENAI_API", "soap"),
        ("OPENAI_BASE_URL", "localhost:8080"),
        ("OPENAI_BASE_URL", "file:///etc/passwd"),
        ("GRADER_CONCURRENCY", "many"),
        ("GRADER_CONCURRENCY", "0"),
        ("GRADER_CONCURRENCY", "1.5"),
        ("GRADER_DEADLINE_SECONDS", "0"),
        ("GRADER_DEADLINE_SECONDS", "nan"),
        ("GRADER_DEADLINE_SECONDS", "inf"),
        ("GRADER_LEASE_SECONDS", "40"),
        ("GRADER_LEASE_SECONDS", "7200"),
        ("GRADER_BUDGET_SECONDS", "40"),
        ("GRADER_TRANSCRIPT_TOKENS", "10"),
        ("GRADER_OUTPUT_TOKENS", "10"),
        ("GRADER_STOP_SECONDS", "-1"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_by_name(variable: str, value: str) -> None:
    with pytest.raises(ValueError, match=variable):
        GraderSettings.from_env({variable: value})


def test_secrets_do_not_show() -> None:
    settings = GraderSettings.from_env({"OPENAI_API_KEY": "sk-hidden", "GRADER_SECRET": "hidden-too"})
    assert "hidden" not in repr(settings)
