"""The grader's process: `target` answers HTTP, `drain` grades what waits, `queue` speaks to the database."""
