"""Standard Webhooks, for any other system."""
