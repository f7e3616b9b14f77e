"""The functions over HTTP, in this process.

A package, so that pytest removes its deployment after its last test.
"""
