"""Speed and memory as ratios against a baseline that runs beside them, on the same machine, rows and middleware."""
