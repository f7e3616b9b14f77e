"""The queues of workers and the bus of events; speaks to clients of SQS and EventBridge."""
