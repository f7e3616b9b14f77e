"""Local stand-ins for the systems outside: Stripe and the CRMs."""
