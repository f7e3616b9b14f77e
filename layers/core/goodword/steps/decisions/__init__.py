"""Decisions by people."""
