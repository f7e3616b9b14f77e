"""Contact data as people type it.

Speaks to email-validator, phonenumbers and disposable-email-domains.
"""
