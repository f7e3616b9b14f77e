"""Goodword: a customer-referral program that runs inside your own AWS account."""
