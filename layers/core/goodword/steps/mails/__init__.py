"""Mails to referrers, approvers and staff, and the state of their sending."""
