"""From a claimed session with its provider's records to what `save_voice_reconciliation` takes. Pure."""

from datetime import UTC, datetime, timedelta
from typing import Any

from voice.alignment import OurLine, align
from voice.record import turns_of
from voice.timings import timings


def reconcile(claim: dict[str, Any]) -> dict[str, Any]:
    """`{"lines", "unplaced", "timings"}` for an element of `reconcile` of `claim_voice_work`.

    A session has several conversations after a reconnect; their turns follow one another. Moments for the recording are
    those of the last conversation, the one that the audio route plays.
    """
    lines = [OurLine(line["sequence"], line["speaker"], line["text"]) for line in claim["transcript"]]
    conversations = claim["conversations"]
    turns = [(turn, number) for number, each in enumerate(conversations) for turn in turns_of(each["turns"])]
    plan = align(lines, [turn for turn, _ in turns], open_end=claim["complete"])
    starts = [_moment(each["started_at"] or claim["started_at"]) for each in conversations]

    def spoken_at(index: int) -> str:
        turn, number = turns[index]
        moment = starts[number] + timedelta(seconds=turn.at_seconds or 0)
        return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    last = len(conversations) - 1
    latest = [turn for turn, number in turns if number == last]
    moments = {
        str(sequence): turns[index][0].at_seconds
        for sequence, index in sorted(plan.turn_of.items())
        if turns[index][1] == last and turns[index][0].at_seconds is not None
    }
    return {
        "lines": [
            {"sequence": fill.sequence, "speaker": fill.speaker, "text": fill.text, "timestamp": spoken_at(fill.turn)}
            for fill in sorted(plan.fills, key=lambda fill: fill.sequence)
        ],
        "unplaced": plan.unplaced,
        "timings": {
            **timings(latest, conversations[-1]["duration_seconds"] if conversations else None),
            "moments": moments,
        },
    }


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
