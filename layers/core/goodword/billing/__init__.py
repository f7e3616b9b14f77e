"""The Stripe adapter: the only package that imports stripe."""
