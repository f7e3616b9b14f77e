"""The offer: program files, versions, milestones, criteria, limits."""
