"""Applies the pending migrations with `supabase db push`, to the database that DATABASE_URL names."""

import os
import sys

from run.local.binaries import run_supabase

if __name__ == "__main__":
    sys.exit(run_supabase("db", "push", "--yes", database_url=os.environ["DATABASE_URL"], show=True).returncode)
