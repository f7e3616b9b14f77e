"""Speaks to Stripe: the only room that imports stripe."""
