"""Mail: the only package that calls SES."""
