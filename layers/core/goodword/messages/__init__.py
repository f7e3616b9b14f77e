"""Sentences for people, made from reasons, events and records, by audience and by language.

labels.py       labels of names: stages, fields, attributes, statuses, milestones
page_labels.py, console_labels.py    labels and short sentences of pages and of the console
reasons.py      a sentence's part for each code of a reason
events.py       a sentence for each kind of event of the timeline
vocabulary.py   all codes and kinds, joined
verdict.py, why.py, notice.py, portal.py, landing.py, offer.py     sentences made from records

This package decides nothing and stores nothing.
"""
