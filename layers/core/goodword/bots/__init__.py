"""Who is a machine: a kept list of agents, a named list of networks, telling headers.

Speaks to crawlerdetect, which only the stream's function loads.
"""
