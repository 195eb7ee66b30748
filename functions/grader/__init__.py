"""The I/O around grading: `target.Grader` answers HTTP, `worker.Worker` claims and saves, `model.ModelGrader` asks."""
