"""Validation of contact data as people type it.

Imports email-validator, phonenumbers and disposable-email-domains.
"""
