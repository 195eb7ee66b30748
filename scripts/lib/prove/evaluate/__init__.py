"""The instrument: grades labelled transcripts with one grader and measures the grades. `python -m prove.evaluate`."""
