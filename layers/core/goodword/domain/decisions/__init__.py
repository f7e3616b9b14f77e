"""Decisions of people on credits."""
