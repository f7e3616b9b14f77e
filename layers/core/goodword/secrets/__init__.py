"""Secrets and settings: SSM parameters of one deployment; imports boto3."""
