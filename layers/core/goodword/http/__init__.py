"""Where Lambda's events come in and answers go out; speaks to aws-lambda-powertools.

Every function's app.py is wire, parse, call one step, reply; what several of them share is here.
"""
