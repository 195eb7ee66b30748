"""The heuristic's judgement, held against talks labelled by hand (talks.py)."""


from grading_talks import TALKS, Talk  # noqa
