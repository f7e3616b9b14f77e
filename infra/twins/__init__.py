"""Local stand-ins for external systems: Stripe and the CRMs."""
