"""What all tests share: found examples are the same on every run, and no test hurries for a deadline."""

from hypothesis import settings

settings.register_profile("same", deadline=None, derandomize=True)
settings.load_profile("same")
