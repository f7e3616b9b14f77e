"""Pages that people see; the standard library alone so far."""
