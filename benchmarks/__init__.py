"""Measured figures beside their peers. A package of its own: a dependency ships another `benchmarks`."""
