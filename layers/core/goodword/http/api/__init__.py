"""The `/v1` API: bodies, cursors, problems, and how records look."""
