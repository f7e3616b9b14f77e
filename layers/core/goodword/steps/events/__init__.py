"""Publication of the timeline's events."""
