"""Machine detection: a maintained list of agents, named networks, and request headers.

Imports crawlerdetect, which only the stream's function loads.
"""
