"""What the vehicle page says of a car: clocks, use and doubts, worked out by hand."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from apps.vehicles import (
    clocks,
    doubts,
    life,
    next_service,
    no_clock,
    number_says,
    owner_rows,
    replaced,
    timeline,
    unknown_number,
    use,
)

pytestmark = pytest.mark.fast
TODAY = date(2026, 7, 1)
CAR = {
    "maker": "Velmora (simulated)", "wmi_country": None, "model_year": 2024, "plant_code": "V",
    "serial": "AA0007", "check_state": "fits", "production_date": date(2024, 1, 5),
    "registration_date": date(2024, 3, 1),
    "delivered_date": date(2024, 3, 2), "owned_since_date": None, "last_visit_date": date(2026, 5, 1),
    "warranty_start_date": date(2024, 7, 1), "warranty_end_date": date(2028, 7, 1),
    "warranty_limit_km": 100_000,
    "estimated_km": 25_000.0, "km_per_day": 30.4, "sound_readings": 3, "rolled_back_readings": 0,
    "misread_readings": 0,
}  # fmt: skip


def test_half_the_time_is_used_and_a_quarter_of_the_distance():
    time, distance = clocks(CAR, TODAY)
    assert (time.left, time.used) == ("731 days left, until 1 Jul 2028", pytest.approx(730 / 1461))
    assert (distance.left, distance.used) == ("75,000 km left of 100,000", 0.25)


def test_a_warranty_that_is_over_says_since_when_and_by_how_much():
    car = CAR | {"warranty_end_date": date(2026, 6, 1), "estimated_km": 101_500.0}
    assert [c.left for c in clocks(car, TODAY)] == ["over since 1 Jun 2026", "over by 1,500 km"]
    assert [c.used for c in clocks(car, TODAY)] == [1.0, 1.0]


def test_a_limit_that_nobody_declared_is_not_shown_as_nothing_left():
    car = CAR | {"warranty_end_date": None, "warranty_limit_km": None}
    assert [(c.left, c.used) for c in clocks(car, TODAY)] == [
        ("no rule says how long", None), ("no rule says how far", None),
    ]  # fmt: skip
    assert clocks(CAR | {"warranty_start_date": None}, TODAY) == []


def test_daily_use_is_told_with_the_readings_behind_it():
    assert use(CAR) == "30 km a day, estimated from 3 readings; about 25,000 km now"
    assert use(CAR | {"km_per_day": None, "sound_readings": 1}) == "1 sound reading: too few for an estimate"


def test_doubts_are_counted_and_none_is_none():
    assert doubts(CAR) is None
    assert doubts(CAR | {"rolled_back_readings": 2}) == "2 readings below an earlier one"


def test_the_number_says_what_it_holds_and_admits_what_it_does_not():
    said = number_says(CAR)
    assert "a code no country holds" in said
    assert "model year 2024" in said
    assert "**check digit does not fit**" in number_says(CAR | {"check_state": "does_not_fit"})
    assert "a maker not in our table" in number_says(CAR | {"maker": None})


def test_the_life_of_a_car_is_in_order_and_leaves_out_what_is_not_known():
    assert [name for name, _ in life(CAR)] == ["Built", "Registered", "Delivered", "Last visit"]


def test_the_timeline_is_newest_first_in_words():
    events = pl.DataFrame(
        {
            "document": ["retail_delivery", "repair_order"], "document_key": ["D1", "R1"],
            "outlet_id": ["A", "A"],
            "detail": [None, "oil_change"], "state": ["delivered", "closed"], "odometer_km": [None, 1200],
            "happened_date": [date(2024, 3, 2), date(2026, 5, 1)],
        }
    )  # fmt: skip
    rows = timeline(events).rows()
    assert rows[0] == ("1 May 2026", "Workshop", "oil change", "closed", "A", "1,200 km", "R1")
    assert rows[1] == ("2 Mar 2024", "Delivered", "", "delivered", "A", "", "D1")


def test_an_unknown_owner_is_said_to_be_unknown():
    owners = pl.DataFrame(
        {
            "valid_from_date": [date(2024, 1, 1), date(2025, 1, 1)],
            "valid_to_date": [date(2025, 1, 1), None],
            "customer_id": ["C1", None], "outlet_id": ["A", None],
        },
        schema_overrides={"valid_to_date": pl.Date},
    )  # fmt: skip
    assert owner_rows(owners).rows() == [
        ("1 Jan 2025", "today", "unknown", ""), ("1 Jan 2024", "1 Jan 2025", "C1", "A"),
    ]  # fmt: skip


def test_a_car_of_which_no_delivery_is_known_is_not_said_to_be_undelivered():
    assert no_clock({"state": "retailed"})[0] == "When the warranty began is not on file."
    assert no_clock({"state": "wholesaled"})[0] == "The warranty has not begun."


def test_the_next_service_is_told_in_days_with_what_it_rests_on():
    car = CAR | {"next_service_date": date(2026, 6, 21)}
    assert next_service(car, TODAY) == (
        "**21 Jun 2026**, 10 days overdue (by time or kilometres: last visit 1 May 2026, 30 km a day)"
    )
    assert "in 3 days" in next_service(CAR | {"next_service_date": date(2026, 7, 4)}, TODAY)
    assert next_service(CAR | {"next_service_date": None}, TODAY) == "Not known before the first visit."


def test_a_part_that_was_fitted_and_is_replaced_leads_to_its_successor():
    chains = pl.DataFrame(
        {
            "part_id": ["P1", "P2", "P9"], "current_part_id": ["P3", "P2", "P8"], "factor": [2.0, 1.0, 1.0],
            "valid_from_date": [date(2026, 1, 1), None, None],
        }
    )  # fmt: skip
    assert replaced(["P1", "P2"], chains).rows() == [("P1", "P3", "2", "1 Jan 2026")]


def test_a_number_of_no_car_is_told_what_is_wrong_with_it():
    assert "cannot stand in one" in unknown_number("FZ0AR10C0RVAA000O")[0]


def test_an_order_puts_its_days_into_the_life_of_a_car():
    order = {
        "ordered_date": date(2023, 10, 1),
        "dispatched_date": date(2024, 1, 9),
        "received_date": date(2024, 2, 1),
    }
    names = [name for name, _ in life(CAR, order)]
    assert names[:4] == ["Ordered", "Built", "Shipped", "In stock"]


def test_an_owner_is_called_by_name_where_the_name_is_seen():
    owners = pl.DataFrame(
        {
            "valid_from_date": [date(2024, 1, 1)],
            "valid_to_date": [None],
            "customer_id": ["C1"],
            "outlet_id": ["A"],
        },
        schema_overrides={"valid_to_date": pl.Date},
    )
    assert owner_rows(owners, {"C1": "Amina Said"})["Owner"].to_list() == ["Amina Said"]
