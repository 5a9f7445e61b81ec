"""A clearly fictional brand, simulated: eight markets, 36 months, known truth."""
