"""The instrument over a real HTTP server with a scripted model behind it."""

from judges import TRANSCRIPTS

from config import GraderSettings
from prove.evaluate.grades import grade_by_model
from standins.openai import OpenAIStandIn


def test_a_model_is_measured_as_the_worker_would_use_it() -> None:
    with OpenAIStandIn() as server:
        server.play("well", containing={"rep number 2": ["prose"]})
        settings = GraderSettings(openai_api_key="sk-test", openai_base_url=server.url, grader_deadline_seconds=5)
        runs = grade_by_model(TRANSCRIPTS[:4], settings, repeat=2)
    assert [[result.graded_by for result in results] for results in runs] == [
        ["model", "model"],
        ["model", "model"],
        ["heuristic", "heuristic"],
        ["model", "model"],
    ]
    assert all(result.errors == ("wrong_shape",) for result in runs[2])
    assert runs[0][0].model
    assert runs[0][0].prompt_hash
    assert runs[0][0].tokens_in > 0
