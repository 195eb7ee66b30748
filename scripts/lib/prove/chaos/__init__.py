"""The fault run: load from many users while everything is killed, stopped and cut off, and a checker that believes
only what was acknowledged.

`faults` plans, `inject` does it to a stack and `line` to its connections; `people` are the load, over `calls`;
`ledger` is what they know; `checker` compares it with what is stored; `run` puts it together.
"""
