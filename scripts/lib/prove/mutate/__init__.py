"""Plants one fault at a time in a copy of the checkout, and runs the tests that should find it.

`operators` lists the faults by language, `run` makes the copy and runs the tests. The tests start real servers from the
sources on disk, in SQL, Python and JavaScript, so a fault is a changed file, not a patched object of one process.
"""
