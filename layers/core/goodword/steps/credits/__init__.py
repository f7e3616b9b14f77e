"""Credits of an account, their posting to Stripe, the ledger and its audit."""
