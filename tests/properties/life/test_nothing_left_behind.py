"""Two hundred connections, every `$disconnect` lost, one write in ten refused.

Of the clients half are half-open, a quarter have ended, an eighth read nothing, and an eighth live on.
"""

from __future__ import annotations

import random

from tests.properties.life.history import RUN_OUT_MS
from tests.properties.life.simulation import MINUTE, WRITES, Simulation, simulated

CONNECTIONS, USERS = 200, 50
MOST_REFUSALS = 6  # of the writes that one connection needs to go; each of them costs a sweep


def test_when_the_heartbeats_have_run_out_the_table_holds_exactly_the_live_connections() -> None:
    # Nobody is closed as idle meanwhile: it is the heartbeat alone that has to find out.
    with simulated(IDLE_TIMEOUT_SECONDS="3600") as simulation:
        chance = random.Random(4)
        simulation.fails = lambda operation: operation in WRITES and chance.random() < 0.1
        _connect(simulation, chance)
        clients = [line for line in simulation.lines() if line.is_live]
        for number, line in enumerate(chance.sample(clients, len(clients))):
            if number % 4 != 3:
                simulation.end(line, half_open=number % 2 == 0)
            elif number % 8 == 3:
                simulation.stop_reading(line)
        before = {line.connection_id for line in simulation.lines() if line.is_live and not line.stopped}
        assert len(before) == CONNECTIONS // 8 and len(simulation.rows()) > CONNECTIONS - USERS

        simulation.converge(RUN_OUT_MS // MINUTE + MOST_REFUSALS)

        assert set(simulation.rows()) == simulation.live() == before
        assert simulation.violations == []
        assert all(line.deleted for line in simulation.lines() if line.stopped), "the gateway's own limit ended some"


def _connect(simulation: Simulation, chance: random.Random) -> None:
    """Within two minutes; who is refused because DynamoDB is tries again."""
    for number in range(CONNECTIONS):
        while not simulation.open(f"user{number % USERS}").is_open:
            pass
        simulation.pass_time(chance.randrange(1200))
