"""Mail: the one place that speaks to SES."""
