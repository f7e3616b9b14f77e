"""Lambda's events and their answers; imports aws-lambda-powertools.

Each function's app.py wires, parses, calls one step and replies; shared parts are here.
"""
