"""The operator's commands: they speak to a project's Data API with its secret key."""
