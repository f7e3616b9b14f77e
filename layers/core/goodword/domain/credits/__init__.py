"""What an account is owed, its posting to Stripe, the ledger and its audit."""
