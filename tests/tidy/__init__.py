"""What keeps the house in order: names, places, pins, keys, docs and words."""
