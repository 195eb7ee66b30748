"""The voice provider's record of a conversation: read, aligned with our lines, fetched and erased. One module a provider."""
