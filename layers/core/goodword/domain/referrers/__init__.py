"""The people who refer, their billing accounts, and what their approver signed off."""
