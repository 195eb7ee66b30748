"""The fault run: load from many users while every part is killed, stopped and cut off. A checker compares the stored
sessions with the acknowledged ones.

`faults` plans the faults, `inject` carries them out on a stack, `line` on its connections. `people` make the load, over `calls`.
`ledger` notes what they sent and what was acknowledged, `checker` compares it with the database, `run` joins the parts.
"""
