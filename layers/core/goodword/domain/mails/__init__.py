"""What is mailed to whom, and how far the sending is."""
