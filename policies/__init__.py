"""What they do: interventions and their evidence, trackers, actions, indicators, check-ins and briefs, built on the
workspaces where two offices work."""
