"""The one reader of the published snapshot: marts, suggestions, metrics, scoped and masked by the policy."""

from operational_api.insights.reader import read_table
from operational_api.insights.routes import router
from operational_api.insights.selection import BadParameter
from operational_api.insights.snapshots import Snapshots

__all__ = ["BadParameter", "Snapshots", "read_table", "router"]
