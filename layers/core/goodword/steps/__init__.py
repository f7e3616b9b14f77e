"""The order of the work, one module per job; each step speaks to the outside through ports alone."""
