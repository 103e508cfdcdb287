#!/usr/bin/env python3
"""Kills servers that share a PostgreSQL server with SIGKILL at random moments, and starts others in their place.

Usage: .build-venv-server/bin/python Tests/Soak/servers.py KILLS [SEED] (make server makes .build-venv-server). AUTO_BIN names the
folder of the binaries. What must hold stands in Tests/Server/machines.py: every session ends as an undisturbed one, nothing that
was seen FINISHED is asked for again, and what was under way is asked again by the same Idempotency-Key.
"""

import pathlib
import random
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "Tests" / "Server"))

from conftest import Place  # noqa: E402
from machines import PROGRAMS, Counter, Crew, Database  # noqa: E402

# So many servers run at once, and so many sessions begin between two kills.
SERVERS = 3
SESSIONS = 4
# A step that was under way at each of several ends, one after the other, is asked for so often; three ends with one step fail it.
MOST = 4


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    if not PROGRAMS:
        sys.exit("servers: PostgreSQL is missing: install Debian's postgresql")
    kills = int(sys.argv[1])
    seed = int(sys.argv[2]) if len(sys.argv) == 3 else random.randrange(1 << 30)
    chance = random.Random(seed)
    print(f"servers: {kills} kills, seed {seed}", flush=True)
    database, counter = Database(), Counter(delay=0.2)
    with tempfile.TemporaryDirectory(prefix="autorun-soak-") as folder:
        place = Place(pathlib.Path(folder))
        try:
            crew = Crew(place, database.start(), counter)
            for _ in range(SERVERS):
                crew.serve()
            crew.undisturbed()
            for _ in range(kills):
                crew.start(SESSIONS)
                time.sleep(chance.uniform(0, 1.5))
                chance.choice(crew.alive()).kill()
                crew.serve()
            ends = crew.settle(most=MOST)
        finally:
            place.clean()
            database.clean()
            counter.shutdown()
    print(f"{kills} kills passed: {len(ends)} sessions ended, {len(crew.repeated())} steps were asked for again by their key")


main()
