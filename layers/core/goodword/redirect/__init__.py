"""The redirect's DynamoDB client, on the standard library; no other package may import it.

pynamodb and its dependencies cost most of a cold start and most of a warm click
(docs/performance.md). This package replaces what the redirect needs of them: signing, rotating
credentials, reconnecting, throttling, certificates.
"""
