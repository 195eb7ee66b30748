"""The benches: each module here has `TITLE`, `GOAL` and `async def run(folder) -> Report`, on a stack of its own.

`load` is the client, `rig` the stack and its people, `report` the tables.
"""
