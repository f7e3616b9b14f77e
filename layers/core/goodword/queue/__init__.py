"""The queue that wakes the worker which posts credits; speaks to boto3's SQS client."""
