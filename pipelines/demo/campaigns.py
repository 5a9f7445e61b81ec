"""The one recall of the simulated brand: announced for a series, done car by car as owners come.

In: cars around and the visits of the recall. Out: the service action and the cars under it, open or done.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from pipelines.demo.brand import RECALL_MONTH, RECALL_SERIES, SERIES
from pipelines.demo.clock import Clock
from pipelines.demo.events import Books
from pipelines.demo.scene import Scene

QUALITY, APPROVER = "oem.quality.lena", "oem.quality.omar"
RECALL = "RC-01"


def open_recall(books: Books, clock: Clock) -> None:
    """Drafted a week before it is announced."""
    day = np.array([int(clock.month_starts[RECALL_MONTH])])
    market = np.zeros(1, dtype=np.int64)
    head = pl.DataFrame({"key": [RECALL]})
    book = books["service_action"]
    book.open(
        head.with_columns(
            at=clock.instants(market, day - 7, np.array([36_000])),
            by=pl.lit(QUALITY),
            title=pl.lit("Brake booster hose: check and replace"),
            action_kind=pl.lit("safety_recall"),
            bulletin=pl.lit("TB-RC-01"),
            announced_date=clock.dates(day),
            operation=pl.lit("OP-RECALL"),
            standard_hours=pl.lit(0.6),
        )
    )
    announced = clock.instants(market, day, np.array([36_000]))
    book.move("announce", head.with_columns(at=announced, by=pl.lit(APPROVER)), step=1)


def open_warranty_rules(books: Books, clock: Clock) -> None:
    """Three years or 100,000 km everywhere. Posted last: claims of the past were judged by people."""
    market, day = np.zeros(2, dtype=np.int64), np.zeros(2, dtype=np.int64)
    head = pl.DataFrame({"key": ["WR-TIME", "WR-DISTANCE"]})
    book = books["warranty_rule"]
    book.open(
        head.with_columns(
            at=clock.instants(market, day, np.array([32_000, 32_000])),
            by=pl.lit(QUALITY),
            effective_from_date=clock.dates(day),
            check_kind=pl.Series(["out_of_time", "out_of_distance"]),
            most=pl.Series([1095, 100_000]),
            outcome=pl.lit("reject"),
            reason=pl.Series(["OUT_OF_TIME", "OUT_OF_DISTANCE"]),
        )
    )
    active = clock.instants(market, day, np.array([33_000, 33_000]))
    book.move("activate", head.with_columns(at=active, by=pl.lit(APPROVER)), step=1)


def write_recalled(books: Books, scene: Scene, parc: pl.DataFrame, visits: pl.DataFrame) -> None:
    """parc: vin, series, delivered_day. visits: row of the car in `parc`, outlet, day, is_recall."""
    announced = int(scene.clock.month_starts[RECALL_MONTH])
    series = [s.code for s in SERIES].index(RECALL_SERIES)
    cars = (
        parc.filter((pl.col("series") == series) & (pl.col("delivered_day") < announced))
        .select("vin")
        .unique(maintain_order=True)
    )
    done = (
        visits.filter("is_recall")
        .with_columns(vin=parc["vin"].gather(visits.filter("is_recall")["car"]))
        .sort("day")
        .group_by("vin", maintain_order=True)
        .agg(pl.col("day", "outlet").first())
    )
    head = cars.select(key=pl.format("CV-{}-{}", pl.lit(RECALL), "vin"), vin="vin").with_columns(
        by=pl.lit(QUALITY)
    )
    book = books["campaign_vin"]
    listed = np.full(len(head), announced)
    book.open(head.with_columns(at=scene.at(listed, 36_300), service_action_id=pl.lit(RECALL)))
    ended = head.join(done, on="vin")
    outlet, day = ended["outlet"].to_numpy(), ended["day"].to_numpy()
    at = scene.at(day, 61_000)
    book.move(
        "complete",
        ended.select("key").with_columns(
            at=at,
            done_at=at,
            by=pl.Series(scene.people("advisor", outlet)),
            outlet_code=pl.Series(scene.codes[outlet]),
        ),
        step=1,
    )
