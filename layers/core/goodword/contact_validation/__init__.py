"""Contact data as people type it; speaks to email-validator, phonenumbers and disposable-email-domains."""
