"""Grading: transcript in, grade out. Pure, but for the three modules of model/ that call the model's server."""
