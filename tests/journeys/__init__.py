"""Journeys over HTTP through the whole program, on the local cloud.

Each function runs with its own role.
"""
