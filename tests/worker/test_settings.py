"""The settings of both functions: every missing and every wrong variable is named in one message."""

import pytest

from config import ApiSettings, ConfigError, GraderSettings

REQUIRED = {
    "SUPABASE_URL": "https://project.example/",
    "SUPABASE_PUBLISHABLE_KEY": "sb_publishable_x",
    "SUPABASE_SECRET_KEY": "sb_secret_hidden",
    "GRADER_SECRET": "hidden-too",
}


def test_an_environment_with_only_the_required_variables_gives_the_defaults() -> None:
    settings = GraderSettings.from_env({**REQUIRED, "OPENAI_MODEL": " ", "UNKNOWN": "1"})
    assert settings == GraderSettings("https://project.example/rest/v1", "sb_secret_hidden", "hidden-too")
    assert not settings.asks_model


def test_each_setting_is_read_from_the_variable_of_its_name() -> None:
    chosen = {
        "OPENAI_API_KEY": "k",
        "OPENAI_API": "chat",
        "GRADER_CONCURRENCY": "4",
        "GRADER_DEADLINE_SECONDS": "2.5",
        "SUPABASE_REST_URL": "http://127.0.0.1:3000/",
        "OPENAI_BASE_URL": "https://me.example/openai/?api-version=1&key=a%26b",
        "OPENAI_TEMPERATURE": "0.2",
        "OPENAI_REASONING_EFFORT": "none",
        "GRADER_SCENE": " Two people\n  meet at a fair. ",
    }
    settings = GraderSettings.from_env({**REQUIRED, **chosen})
    assert settings.asks_model
    assert settings.rest_url == "http://127.0.0.1:3000"
    read = settings.openai_api, settings.grader_concurrency, settings.grader_deadline_seconds
    assert read == ("chat", 4, 2.5)
    assert settings.openai_base_url == "https://me.example/openai"
    assert settings.openai_query == (("api-version", "1"), ("key", "a&b"))
    assert (settings.openai_temperature, settings.openai_reasoning_effort) == (0.2, "none")
    assert settings.grader_scene == "Two people meet at a fair."
    assert "a&b" not in repr(settings)


WRONG_IN_BOTH = [
    ("SUPABASE_URL", "project.example"),
    ("SUPABASE_PUBLISHABLE_KEY", "sb_secret_mistaken"),
    ("OPENAI_API", "soap"),
    ("OPENAI_BASE_URL", "localhost:8080"),
    ("OPENAI_BASE_URL", "file:///etc/passwd"),
    ("OPENAI_BASE_URL", "?api-version=1"),
    ("OPENAI_BASE_URL", "https://me.example/v1?version"),
    ("OPENAI_BASE_URL", "https://me.example/v1#part"),
    ("OPENAI_BASE_URL", "https://me.example/v1?a=b#part"),
]
"""Both functions read these."""


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        *WRONG_IN_BOTH,
        ("OPENAI_TEMPERATURE", "hot"),
        ("OPENAI_TEMPERATURE", "3"),
        ("GRADER_SCENE", "a " * 251),
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
    with pytest.raises(ConfigError, match=variable) as refused:
        GraderSettings.from_env({**REQUIRED, variable: value})
    assert "sb_secret" not in str(refused.value)


@pytest.mark.parametrize(("variable", "value"), WRONG_IN_BOTH)
def test_the_users_function_refuses_the_values_that_the_grader_refuses(variable: str, value: str) -> None:
    with pytest.raises(ConfigError, match=variable) as refused:
        ApiSettings.from_env({**REQUIRED, variable: value})
    assert "sb_secret" not in str(refused.value)


def test_one_message_names_every_missing_and_every_wrong_variable() -> None:
    with pytest.raises(ConfigError) as refused:
        GraderSettings.from_env({"SUPABASE_URL": "nowhere", "GRADER_CONCURRENCY": "many", "OPENAI_API": "soap"})
    for name in ("SUPABASE_PUBLISHABLE_KEY", "SUPABASE_SECRET_KEY", "GRADER_SECRET"):
        assert name in str(refused.value)
    for name in ("SUPABASE_URL must", "GRADER_CONCURRENCY must", "OPENAI_API must"):
        assert name in str(refused.value)


def test_the_users_function_needs_neither_secret() -> None:
    settings = ApiSettings.from_env({name: REQUIRED[name] for name in ("SUPABASE_URL", "SUPABASE_PUBLISHABLE_KEY")})
    assert settings.rest_url == "https://project.example/rest/v1"
    with pytest.raises(ConfigError, match="missing SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY"):
        ApiSettings.from_env({})


def test_secrets_do_not_show() -> None:
    settings = GraderSettings.from_env({**REQUIRED, "OPENAI_API_KEY": "sk-hidden"})
    assert "hidden" not in repr(settings)
