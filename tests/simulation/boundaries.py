from tests.simulation.faults import FaultKind

AIMS: list[tuple[str, FaultKind]] = []
