"""Will this owner come back: the chance of a workshop visit within six months."""

from models.service_return.score import HORIZON_DAYS, KEY, score_returns

__all__ = ["HORIZON_DAYS", "KEY", "score_returns"]
