"""Faults put into a whole installation under load: what was acknowledged, against what each of several readers saw."""
