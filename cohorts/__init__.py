"""Who: people and the offices, seats, cities and cohorts they belong to, what a seat may do, and the convenings where they
meet. Knows nothing of workspaces or policies; it tells them news through `cohorts.signals`."""
