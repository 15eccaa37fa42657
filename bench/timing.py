import gc
import statistics
import time


def median_ms(*functions, runs=15):
    """Median milliseconds of each function, run in turn (A B A B …) after one warm-up, so that a drift hits all alike; as with
    timeit, no garbage is collected while one runs, which would fall on the same one of them again and again."""
    for function in functions:
        function()
    times = [[] for _ in functions]
    gc.disable()
    try:
        for _ in range(runs):
            gc.collect()
            for function, kept in zip(functions, times, strict=True):
                began = time.perf_counter()
                function()
                kept.append((time.perf_counter() - began) * 1000)
    finally:
        gc.enable()
    return [statistics.median(kept) for kept in times]
