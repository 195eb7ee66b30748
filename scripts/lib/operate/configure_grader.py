"""Tells the database where the grader is: configure_grader.py URL, with DATABASE_URL and GRADER_SECRET set."""

import os
import sys

import psycopg


def main() -> None:
    [url] = sys.argv[1:]
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        for row in connection.execute("select training.configure_grader(%s, %s)", (url, os.environ["GRADER_SECRET"])):
            print(f"The grader is at {url}; schedule in the database: {row[0]}")


if __name__ == "__main__":
    main()
