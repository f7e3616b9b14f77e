"""Application steps, one module per job.

Each step reaches the outside through ports only.
"""
