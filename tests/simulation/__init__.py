"""The proof that a credit is posted exactly once: the production steps, run on simulated parts.

Nothing of the protocol is written down a second time here. The steps of `goodword.steps` run as
they are, behind their ports; the tables, Stripe, the CRM, the deliveries, the clock and the ids are
simulated, and one seeded source decides all that happens to them. The same seed gives the same
trace, call by call.

baton.py        workers that run one at a time and hand over only at port calls
faults.py       what can go wrong at a port call, and the count of what did
stripe.py       Stripe behind the Billing port: keys, replays, late effects
parts.py        the tables, ids, clock, CRM and messages behind the other ports
stories.py      what a seed's world begins with: programs, people, deals and the CRM's events
world.py        the parts and the steps put together, and the workers that run them
invariants.py   what must hold, one function with a sentence each, and the model of what was earned
runner.py       one random schedule from its seed, and many on all cores
boundaries.py   where the seeds begin, and at which rare places their faults are aimed
coverage.py     what the schedules must come across, and how often they did
mutants.py      ways to break the protocol, each of which must be caught
choices.py      a schedule as the list of its choices, which outlives what its seed means
kept.py         schedules that once found something
exhaustive.py   all placements of two preemptions and one fault from a list of start states
scenes.py       the start states
healing.py      what happens once all faults are over

Why threads with a baton: production code is plain and blocking, so a worker can be stopped in the
middle of a step only from within its own calls. Letting another step run inside a port call (nested
preemption) would do for most races, yet it can never let two workers step by turns, and that is
what two workers on one credit do. So each worker has a thread, exactly one of them holds the baton,
and it is handed over only at a port call and only where the schedule says so. That is
deterministic, and costs some microseconds a turn.
"""
