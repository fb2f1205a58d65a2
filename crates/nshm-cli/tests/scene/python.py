"""Shared memory by multiprocessing: `python.py leave N` leaves N blocks and ends; `python.py hold N`
makes N blocks, the first of 2 GiB, says so, and has them mapped until it is killed."""

import signal
import sys
from multiprocessing import resource_tracker, shared_memory


def block(size):
    made = shared_memory.SharedMemory(create=True, size=size)
    # Without this a helper process removes it when this one ends. Killed ones leave it.
    resource_tracker.unregister(made._name, "shared_memory")
    return made


what, number = sys.argv[1], int(sys.argv[2])
first = 2 << 30 if what == "hold" else 1 << 20
blocks = [block(first)] + [block(1 << 20) for _ in range(number - 1)]
if what == "hold":
    print("ready", flush=True)
    signal.pause()
for made in blocks:
    made.close()
