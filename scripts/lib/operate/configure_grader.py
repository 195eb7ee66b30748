"""Tells the database where the grader is: configure_grader.py URL, with DATABASE_URL and GRADER_SECRET set.

With ELEVENLABS_WEBHOOK_SECRET it also lets the voice hook store.
"""

import os
import sys

import psycopg

from voice.token import split_secrets, token_hashes


def main() -> None:
    [url] = sys.argv[1:]
    secrets = split_secrets(os.environ.get("ELEVENLABS_WEBHOOK_SECRET", ""))
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        for row in connection.execute("select training.configure_grader(%s, %s)", (url, os.environ["GRADER_SECRET"])):
            print(f"The grader is at {url}; schedule in the database: {row[0]}")
        connection.execute("select training.configure_voice(%s)", (token_hashes(secrets),))
        print(
            f"The voice hook may store, by {len(secrets)} secrets" if secrets else "No secret for a voice hook is set"
        )


if __name__ == "__main__":
    main()
