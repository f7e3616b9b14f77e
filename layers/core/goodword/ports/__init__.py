"""What steps need from outside, as Protocols: `writes`, `stores` and `services`.

An adapter loads what it needs itself, so nothing of the domain is loaded here: every function would
load all of it.
"""
