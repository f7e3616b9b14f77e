"""What keeps the project in order: names, places, pins, keys, docs and words."""
