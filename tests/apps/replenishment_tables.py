"""Few rows of the tables that the replenishment pages read."""

from __future__ import annotations

from datetime import date

import polars as pl


def tables() -> dict[str, pl.DataFrame]:
    """Frames by name, as published."""
    return {
        "mart_suggestion_score": pl.DataFrame(
            {
                "outlet_id": ["AE01", "AE01"],
                "decision": ["accept", "decline"],
                "reason": ["none", "no_budget"],
                "answers": [4, 5],
                "judged_answers": [0, 4],
                "ran_out_answers": [0, 1],
                "excess_answers": [0, 2],
                "suggested_units": [8, 20],
                "decided_units": [8, 0],
                "ran_out_share": [None, 0.25],
                "excess_share": [None, 0.5],
            }
        ),
        "mart_suggestion_exception": pl.DataFrame(
            {
                "outlet_id": ["AE01"],
                "part_id": ["OIL"],
                "description": ["Oil"],
                "criticality": ["vital"],
                "abc_class": ["A"],
                "reason": ["no_budget"],
                "refusals": [3],
                "judged_refusals": [2],
                "ran_out_refusals": [1],
                "refused_units": [12],
                "refused_minor": [1200],
                "currency": ["AED"],
                "last_refused_date": [date(2026, 5, 1)],
                "outcome": ["ran_out"],
            }
        ),
        "mart_policy_proposal": pl.DataFrame(
            {
                "outlet_id": ["AE01"],
                "abc_class": ["A"],
                "criticality": ["vital"],
                "policy_id": ["seed"],
                "judged_refusals": [6],
                "ran_out_refusals": [0],
                "fill_permille": [950],
                "proposed_fill_permille": [930],
                "finding": ["refused_without_harm"],
            }
        ),
        "mart_stock_frontier": pl.DataFrame(
            {
                "abc_class": ["A"] * 3,
                "cycle_chance": [0.8, 0.9, 0.99],
                "fill": [0.8, 0.9, 0.98],
                "fill_low": [0.78, 0.88, 0.97],
                "fill_high": [0.82, 0.92, 0.99],
                "units_asked": [2000.0] * 3,
                "stock_days": [20.0, 30.0, 42.0],
                "order_lines": [100.0, 120.0, 140.0],
                "days": [150] * 3,
            }
        ),
        "mart_part_policy": pl.DataFrame(
            {
                "outlet_id": ["AE01"],
                "part_id": ["OIL"],
                "abc_class": ["A"],
                "service_level": [0.94],
                "is_stocked": [True],
            }
        ),
        "mart_network_balance": pl.DataFrame(
            {
                "supplier_outlet_code": ["WH1"],
                "part_id": ["OIL"],
                "description": ["Oil"],
                "criticality": ["vital"],
                "outlets": [2],
                "outlets_short": [1],
                "need_units": [5],
                "excess_units": [4],
                "transfer_units": [3],
                "warehouse_units": [3],
                "short_units": [2],
                "safety_units": [12.0],
                "pooled_safety_units": [9.0],
            }
        ),
        "mart_part_transfer": pl.DataFrame(
            {
                "part_id": ["OIL"],
                "from_outlet_id": ["AE02"],
                "to_outlet_id": ["AE01"],
                "units": [3],
                "saving_minor": [600],
                "currency": ["AED"],
                "days_sooner": [9.0],
            }
        ),
        "mart_part_allocation": pl.DataFrame(
            {
                "supplier_outlet_code": ["WH1"],
                "part_id": ["OIL"],
                "outlet_id": ["AE01"],
                "supply": [3],
                "wanted": [5],
                "allocated": [3],
                "for_waiting": [1],
                "short": [2],
                "score": [0.5],
                "rank": [1],
                "reason": ["by days"],
                "rule_id": ["AR-PART"],
            }
        ),
        "mart_backorder": pl.DataFrame(
            {
                "backorder_line_id": ["B1"],
                "outlet_id": ["AE01"],
                "part_id": ["OIL"],
                "state": ["open"],
                "quantity": [1],
                "eta_date": [date(2026, 7, 1)],
            }
        ),
        "mart_vehicle_allocation": pl.DataFrame(
            {
                "product_id": ["P1"],
                "outlet_id": ["AE01"],
                "wanted": [3],
                "allocated": [1],
                "for_waiting": [1],
                "short": [2],
                "score": [0.5],
                "rank": [1],
                "reason": ["1 for customers"],
                "rule_id": ["AR-VEHICLE"],
            }
        ),
        "mart_vin_match": pl.DataFrame(
            {
                "vin": ["LFA00000000000001"],
                "vehicle_order_id": ["V1"],
                "outlet_id": ["AE01"],
                "product_id": ["P1"],
                "match_no": [1],
                "reason": ["first in first out"],
            }
        ),
    }
