import statistics
import time


def median_ms(*functions, runs=15):
    """Median milliseconds of each function, run in turn (A B A B …) after one warm-up, so that a drift hits all alike."""
    for function in functions:
        function()
    times = [[] for _ in functions]
    for _ in range(runs):
        for function, kept in zip(functions, times, strict=True):
            began = time.perf_counter()
            function()
            kept.append((time.perf_counter() - began) * 1000)
    return [statistics.median(kept) for kept in times]
