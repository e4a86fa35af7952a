"""Runs the programs of the demo as one: they start together, speak through one console, and end together."""
