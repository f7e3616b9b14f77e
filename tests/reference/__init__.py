"""The reference model: what is owed, written from the specification alone."""
