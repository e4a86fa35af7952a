"""Load drivers. Each starts what it measures, measures, and leaves a dated page under `results/`."""
