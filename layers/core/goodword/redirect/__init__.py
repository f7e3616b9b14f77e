"""The redirect's own way to DynamoDB, on the standard library alone; nothing else may use it.

pynamodb and what it stands on cost most of a cold start and most of a warm click
(docs/performance.md). What the library did for the redirect is done here: signing, credentials that
change, connections that die, throttling, certificates.
"""
