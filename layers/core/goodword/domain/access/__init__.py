"""Who may do what: API keys, staff, sessions, one-time links."""
