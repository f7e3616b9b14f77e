"""Contact data as people type it; speaks to email-validator and phonenumbers."""
