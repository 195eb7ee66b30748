"""`./scripts/migrate`: from live_sessions to training_sessions. The work is done by SQL functions (sql/), put
beside the project's by `prepare`; the modules here install, drive, check and remove them."""
