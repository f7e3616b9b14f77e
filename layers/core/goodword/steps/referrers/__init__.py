"""Referrers, their billing accounts, and their approvers' sign-offs."""
