"""The local stack: real servers on 127.0.0.1, each behind a small class that starts, checks and stops it.

`Postgres`, `Postgrest`, `Functions` and `Gateway` stand alone and are what the tests build on;
`supervisor` keeps one of each running for `./scripts/stack`.
"""
