"""Words of the desk: every language says everything, and says the same figures as the engine."""

from __future__ import annotations

import ast
import re
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from babel.messages.pofile import read_po

from forecasting import explain
from forecasting.replenishment import Verdict, suggest
from operational_api.desk import basket, sentences
from operational_api.desk.language import FOLDER, LANGUAGES, Language, language_for
from operational_api.documents import DOCUMENTS

pytestmark = pytest.mark.fast
DESK = FOLDER.parent
TRANSLATED = sorted(set(LANGUAGES) - {"en"})


def used() -> set[str]:
    """Every literal given to say() in templates, and every message that code chooses by value."""
    templates = "".join(p.read_text() for p in (DESK / "templates").glob("*.html"))
    literal = set(re.findall(r'say\("([^"]+)"', templates)) | set(re.findall(r"say\('([^']+)'", templates))
    reasons = {reason.replace("_", " ") for reason in basket.REASONS}
    spoken = {text for _, text in sentences.PARTS} | set(sentences.WHY_NOT.values()) | {sentences.REPLACED}
    code = [
        m for n in ("sentences", "basket", "suggestions", "documents") for m in messages(DESK / f"{n}.py")
    ]
    labels = set(re.findall(r'\("([^"]+)", row\.', templates))
    names = [
        *Verdict,
        *explain.OPERATIONS,
        *explain.OPERATIONS.values(),
        *(d.collection for d in DOCUMENTS),
        *(d.area for d in DOCUMENTS),
    ]
    return literal | reasons | spoken | labels | set(code) | {str(n).replace("_", " ") for n in names}


def messages(module: Path) -> list[str]:
    """What a module says: arguments of say(), and whole sentences that are no docstrings."""
    tree = ast.parse(module.read_text())
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and getattr(n.func, "id", "") == "say"]
    said = [n.args[0] for n in calls]
    docs = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}
    whole = [n for n in ast.walk(tree) if isinstance(n, ast.Constant) and id(n) not in docs]
    texts = [n.value for n in [*said, *whole] if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    spoken = {n.value for n in said if isinstance(n, ast.Constant)}
    return [t for t in texts if t in spoken or re.fullmatch(r"[A-Z][^{}_]* [^{}]*\.", t)]


def catalogue(code: str) -> dict[str, str]:
    with (FOLDER / f"{code}.po").open("rb") as file:
        return {str(m.id): str(m.string) for m in read_po(file) if m.id}


def test_every_language_offered_has_a_catalogue_and_the_other_way_round():
    assert {Path(p).stem for p in FOLDER.glob("*.po")} == set(TRANSLATED)


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_language_says_every_word_of_the_pages(code):
    assert len(used()) > 180
    said = catalogue(code)
    assert sorted(m for m in used() if not said.get(m)) == []


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_translation_fills_the_same_places(code):
    def places(text: str) -> set[str]:
        return set(re.findall(r"{(\w+)}", text))

    assert {m for m, said in catalogue(code).items() if places(m) != places(said)} == set()


def test_arabic_is_written_from_right_to_left_and_english_is_not():
    assert Language("ar").direction == "rtl"
    assert Language("en").direction == "ltr"


def test_the_first_language_we_speak_is_taken():
    assert language_for(None, "tlh", "pt-BR,pt;q=0.9,en;q=0.5").code == "pt"
    assert language_for("xx").code == "en"


def test_minor_units_follow_the_currency():
    assert Language("en").money(123450, "EUR") == "€1,234.50"
    assert Language("en").money(1234, "CLP") == "CLP1,234"
    assert Language("en").money(1234567, "KWD") == "KWD1,234.567"


def store() -> pl.DataFrame:
    """Suggestions of a few parts that between them use every phrase of the sentence."""
    parts = ["a", "b", "c", "d", "e", "f"]
    key = {"outlet_id": ["AE01"] * 6, "part_id": parts}
    stock = {"on_hand": [3, 0, 99, 1, 0, 0], "reserved": [1, 0, 0, 2, 0, 0], "on_order": [2, 0, 0, 1, 0, 0]}
    late = {
        "in_transit": [0, 0, 0, 2, 0, 0],
        "backordered": [0, 1, 0, 3, 2, 0],
        "booked_units": [0, 9, 0, 0, 1, 2],
    }
    position = pl.DataFrame(key | stock | late | {"predecessor_on_hand": [0.0, 0, 0, 1, 0, 0]})
    policy = pl.DataFrame(
        key
        | {
            "lead_time_days": [5.0, 12.5, 5, 40, 5, 5],
            "lead_time_sd_days": [1.0] * 6,
            "lead_time_observations": [4] * 6,
            "review_days": [7] * 6,
            "pack_size": [4, 1, 1, 6, 1, 1],
            "minimum_quantity": [1, 30, 1, 1, 1, 1],
            "service_level": [0.9, 0.95, 0.95, 0.99, 0.95, 0.5],
            "unit_price_minor": [100, 100, 100, None, 100, 100],
            "currency": ["AED"] * 6,
            "price_missing": [False, False, False, True, False, False],
            "supplier_outlet_code": ["WH1"] * 6,
            "part_state": ["active"] * 4 + ["run_out", "active"],
            "is_stocked": [True] * 6,
        }
    )
    series = pl.DataFrame(
        key
        | {
            "demand_class": ["smooth"] * 6,
            "method": ["sba"] * 6,
            "alpha": [0.1] * 6,
            "mean_units_per_month": [24.35, 2.2, 30.0, 11.0, 5.0, 0.7],
            "dispersion": [1.5] * 6,
        }
    )
    chain = pl.DataFrame(
        schema={
            "part_id": pl.String,
            "current_part_id": pl.String,
            "hops": pl.Int64,
            "factor": pl.Float64,
            "use_up": pl.String,
        }
    )
    demand = pl.DataFrame(
        schema={
            "outlet_id": pl.String,
            "part_id": pl.String,
            "demand_month": pl.Date,
            "corrected_units": pl.Float64,
            "observed_units": pl.Float64,
            "demand_lines": pl.Int64,
            "zero_stock_days": pl.Int64,
            "superseded_units": pl.Float64,
        }
    )
    return suggest(position, policy, series, chain, demand, as_of=date(2026, 3, 10)).suggestions


def figures(text: str) -> list[str]:
    return re.findall(r"\d+(?:\.\d+)?", text.replace(".0", ""))


def test_the_rebuilt_sentence_has_the_figures_of_the_published_one():
    for row in store().to_dicts():
        assert figures(sentences.rebuilt(row, Language("en"))) == figures(row["sentence"]), row["sentence"]


def test_the_arithmetic_of_a_translated_sentence_is_the_same():
    first = store().to_dicts()[0]
    said = sentences.sentence(first, Language("pt"))
    assert said == (
        "Vende 0,8 por dia: 9,6 em 5 dias de entrega + 7 de ciclo + segurança 5,4 = meta 15; "
        "há 3 em estoque + 2 em pedido - 1 reservados = 4; faltam 11; embalagem de 4 -> 12."
    )
