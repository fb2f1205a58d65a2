"""Python's SharedMemory as a peer: it knows the lines that src/peer/serve.rs describes."""

import os
import sys
from multiprocessing.shared_memory import SharedMemory
from time import perf_counter_ns


class Region:
    """Memory that is mapped, and whose first byte is touched. Its creator unlinks the name."""

    def __init__(self, name, size=0):
        self.created = size > 0
        self.memory = SharedMemory(name, create=self.created, size=size)
        self.memory.buf[0] = 1

    def close(self):
        self.memory.close()
        if self.created:
            self.memory.unlink()


def join(name, size):
    try:
        return Region(name, size)
    except FileExistsError:
        return Region(name)


def repeat(millis, body):
    begin = perf_counter_ns()
    body()
    one = max(perf_counter_ns() - begin, 100)
    if one >= millis * 1e6:
        return one
    count = int(min(max(millis * 1e6 / one, 1), 1e5))
    begin = perf_counter_ns()
    for _ in range(count):
        body()
    return (perf_counter_ns() - begin) / count


def storm(count, body):
    times, failures = [], 0
    begin = perf_counter_ns()
    for _ in range(count):
        turn = perf_counter_ns()
        try:
            body()
        except (OSError, ValueError):
            failures += 1
        times.append(perf_counter_ns() - turn)
    mean = (perf_counter_ns() - begin) / count
    return f"{mean:.1f} {sorted(times)[(count - 1) * 99 // 100]} {failures}"


def grow(name, count, size):
    begin = perf_counter_ns()
    regions = [Region(f"{name}{index}", size) for index in range(count)]
    create = perf_counter_ns() - begin
    begin = perf_counter_ns()
    for index in range(count):
        Region(f"{name}{index}").close()
    opened = perf_counter_ns() - begin
    begin = perf_counter_ns()
    for region in regions:
        region.close()
    close = perf_counter_ns() - begin
    # It has nothing that lists names.
    return f"{create / count:.1f} {opened / count:.1f} - {close / count:.1f}"


def recover(name, size):
    try:
        old = SharedMemory(name)
        old.close()
        old.unlink()
    except FileNotFoundError:
        pass
    return Region(name, size)


def obey(held, word, *rest):
    match word, rest:
        case "create", (name, size, millis):
            return f"{repeat(float(millis), lambda: Region(name, int(size)).close()):.1f}"
        case "hold", (name, size):
            held.append(Region(name, int(size)))
            return name
        case "release", ():
            while held:
                held.pop().close()
            return ""
        case "open", (name, _, millis):
            return f"{repeat(float(millis), lambda: Region(name).close()):.1f}"
        case "grow", (name, count, size):
            return grow(name, int(count), int(size))
        case "recover", (name, size):
            held.append(recover(name, int(size)))
            return ""
        case "own", (name, count, size):
            own = f"{name}.{os.getpid()}"
            return storm(int(count), lambda: Region(own, int(size)).close())
        case "equal", (name, count, size):
            return storm(int(count), lambda: join(name, int(size)).close())
    raise ValueError(f"it does not know {word} {rest}")


def main():
    held = []
    for line in sys.stdin:
        try:
            print("ok", obey(held, *line.split()), flush=True)
        except (OSError, ValueError) as error:
            print("fail", str(error).replace("\n", " "), flush=True)
    obey(held, "release")


if __name__ == "__main__":
    main()
