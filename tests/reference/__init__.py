"""The reference model: what is owed, written from the specification alone.

Read it beside `RULES.md`, in this order:

- `history.py`: the input. Everything that is true, as plain records.
- `copy.py`: the state of CRM objects at any time (section 1).
- `milestones.py`: when a milestone was met by one deal (section 3).
- `matching.py`: which referral a deal belongs to (section 2, rules 1 to 7 and the flags of rule 9).
- `owed.py`: credits, holds, limits, sending, take-backs and *Needs a decision* (rule 8, sections 2
  to 4).

`DECISIONS.md` lists what was decided where the specification is silent. `cases.py` plays the cases
of tests/cases, and `stories.py` makes up random histories.

To compare a run of the product with it, build a `History` and a `Play` with the run's commits and
sendings, and call `owed.owed(history, now, play)`. A credit that is then `pending` with a due time
in the past is owed and was not sent. A sent credit that should not stand is either `reversed` here,
or an item with the kind `sent_changed` explains it, or a note does.
"""
