"""Pages for people: forms, cookies, languages, errors."""
