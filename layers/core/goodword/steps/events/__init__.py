"""The timeline's events on their way to subscribers."""
