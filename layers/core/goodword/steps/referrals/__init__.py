"""A prospect's referral under one program version."""
