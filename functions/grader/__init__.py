"""The I/O around grading: asks the model, falls back to the heuristic, saves. Its entries: `target.handle`,
`worker.Grader`."""
