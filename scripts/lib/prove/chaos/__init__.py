"""The fault run: load from many users while every part is killed, stopped and cut off. A checker compares the stored
sessions with the acknowledged ones.

`faults` plans the faults, `inject` carries them out on a stack, `line` on its connections. `people` make the load, over
`calls`; those of `voices` speak, and their browsers fail. `ledger` notes what they sent and what was acknowledged, `checker`
compares it with the database, `witness` the voice provider's record with the transcripts. `run` joins the parts.
"""
