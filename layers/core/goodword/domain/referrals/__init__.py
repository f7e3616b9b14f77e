"""A prospect's way through one program version."""
