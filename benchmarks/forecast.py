"""`dms bench forecast`: parts and cars against the forecasting libraries, in one run on the same months.

In: the real car parts of `../shared/data` (skipped with a word when they are not there) and simulated panels.
Out: figures next to peers. The peers are no part of the product: `make bench-environment` installs them.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

from benchmarks import forecast_parts
from benchmarks.figures import report
from benchmarks.forecast_levels import rolling
from benchmarks.forecast_speed import speed

PEERS = ("statsforecast", "mlforecast", "hierarchicalforecast", "lightgbm")
DATA = Path(__file__).resolve().parents[1] / ".." / "shared" / "data"


def main() -> int:
    """Measure, tell. Exit status 1 when a goal does not hold, 2 when the peers are not installed."""
    if missing := [name for name in PEERS if find_spec(name) is None]:
        print(f"not installed: {', '.join(missing)}. Run `make bench-environment` first.", file=sys.stderr)
        return 2
    return report([*forecast_parts.accuracy(DATA / "parts_carparts.parquet"), *speed(), *rolling(DATA)])


if __name__ == "__main__":
    sys.exit(main())
