"""Secrets and settings: SSM parameters of one deployment; speaks to boto3."""
