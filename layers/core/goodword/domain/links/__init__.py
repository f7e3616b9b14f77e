"""Links, clicks and landing pages."""
