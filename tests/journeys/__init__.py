"""Journeys over HTTP through the whole program, on the local cloud, each function held to its own role."""
