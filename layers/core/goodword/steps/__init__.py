"""The order of the work, one module per job.

Each step speaks to the outside through ports alone.
"""
