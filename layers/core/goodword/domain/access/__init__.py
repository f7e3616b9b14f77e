"""Access: API keys, staff, sessions, one-time links."""
