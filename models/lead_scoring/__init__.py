"""Will this lead buy: the chance of an order within 60 days, from what was known on the day of asking."""

from models.lead_scoring.score import HORIZON_DAYS, KEY, score_leads

__all__ = ["HORIZON_DAYS", "KEY", "score_leads"]
