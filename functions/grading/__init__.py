"""Grading: transcript in, grade out. Pure: no I/O besides reading rubric.json once, no clock, no chance."""
