"""What CRMs report: connections, deliveries, and the values they leave behind."""
