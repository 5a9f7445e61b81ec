"""Words of the desk: every language says everything, and says the same figures as the engine."""

from __future__ import annotations

import ast
import importlib.util
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest
from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from forecasting import explain
from forecasting.replenishment import Verdict, suggest
from forecasting.returns import STEPS, ReturnVerdict
from operational_api.desk import basket, forms, returns, sentences, workshop
from operational_api.desk.language import FOLDER, LANGUAGES, Language, catalogue, language_for
from operational_api.desk.locales import LOCALES
from operational_api.document import Field
from operational_api.documents import BY_NAME, DOCUMENTS

pytestmark = pytest.mark.fast
DESK = FOLDER.parent
SCRIPT = Path(__file__).parents[2] / "docs" / "write_languages.py"
DEALERS = {"en", "zh", "es", "ar", "ru", "pt", "fr", "vi"}  # forms too; the others fall back to English there
LIFE = ("Built", "Sold", "Warranty began", "Registered")
TRANSLATED = sorted(set(LANGUAGES) - {"en"})


def used() -> set[str]:
    """Every literal given to say() in templates, and every message that code chooses by value."""
    templates = "".join(p.read_text() for p in (DESK / "templates").glob("*.html"))
    literal = set(re.findall(r'say\("([^"]+)"', templates)) | set(re.findall(r"say\('([^']+)'", templates))
    reasons = {reason.replace("_", " ") for reason in basket.REASONS}
    spoken = {text for _, text in sentences.PARTS} | set(sentences.WHY_NOT.values())
    spoken |= {
        sentences.REPLACED,
        sentences.GROUPED,
        sentences.STOOD_IN_FOR,
        returns.TITLE,
        *returns.WHY.values(),
    }
    spoken |= {v.value.replace("_", " ") for v in ReturnVerdict} | {name.replace("_", " ") for name in STEPS}
    code = [m for module in DESK.glob("*.py") for m in messages(module)]
    labels = set(re.findall(r'\("([^"]+)", row\.', templates))
    names = [
        *Verdict,
        *explain.OPERATIONS,
        *explain.OPERATIONS.values(),
        *(d.collection for d in DOCUMENTS),
        *(d.area for d in DOCUMENTS),
        *workshop.STAGES,
        workshop.TITLE,
        *BY_NAME["vehicle"].states,
        *BY_NAME["customer_record"].states,
        *BY_NAME["part"].states,
        *BY_NAME["service_action"].field("action_kind").choices,
        *LIFE,
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


def declared() -> set[str]:
    """What forms and lists say of any type: names of types, fields, steps, moves and choices."""

    def of_fields(fields: tuple[Field, ...]) -> Iterator[str]:
        for field in fields:
            yield forms.label(field)
            yield from field.choices
            yield from of_fields(field.lines)

    words = {
        n for d in DOCUMENTS for n in (d.name, *d.states, *(m.name for m in d.moves), *of_fields(d.fields))
    }
    return {w.replace("_", " ") for w in words if not re.fullmatch("[A-Z]+", w)} | {"VIN"}


def counted() -> set[tuple[str, str]]:
    """Messages about a number of things, as templates and modules give them to say.counted()."""
    pages = "".join(p.read_text() for p in [*(DESK / "templates").glob("*.html"), *DESK.glob("*.py")])
    return set(re.findall(r'say\.counted\(\s*"([^"]+)",\s*"([^"]+)"', pages))


def places(text: str) -> set[str]:
    return set(re.findall(r"{(\w+)}", text))


def po(code: str) -> Catalog:
    with (FOLDER / f"{code}.po").open("rb") as file:
        return read_po(file, locale=code)


def said_in(code: str) -> dict[str, str]:
    return {m.id: str(m.string) for m in po(code) if m.id and isinstance(m.id, str)}


def test_every_language_offered_has_a_catalogue_and_the_other_way_round():
    assert {Path(p).stem for p in FOLDER.glob("*.po")} == set(TRANSLATED)


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_language_says_every_word_of_the_pages(code):
    assert len(used()) > 180
    said = said_in(code)
    assert sorted(m for m in used() if not said.get(m)) == []


@pytest.mark.parametrize("code", sorted(DEALERS - {"en"}))
def test_a_language_of_the_dealers_says_the_words_of_the_forms(code):
    """A new type may bring words that nobody has translated yet; they are shown in English meanwhile."""
    said, words = said_in(code), declared()
    unsaid = sorted(w for w in words if not said.get(w))
    assert len(unsaid) <= len(words) // 10, unsaid


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_translation_fills_the_same_places(code):
    assert {m for m, said in said_in(code).items() if places(m) != places(said)} == set()


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_counted_message_has_every_form_of_the_language_and_fills_the_same_places(code):
    forms = {m.id: m.string for m in po(code) if m.id and not isinstance(m.id, str)}
    assert counted() - set(forms) == set()
    for (_, many), said in forms.items():
        assert len(said) == po(code).num_plurals
        assert all(said)
        assert places(said[-1]) == places(many)
        assert all(places(form) | {"n"} == places(many) for form in said)


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_form_of_a_number_changes_where_cldr_changes_its_category(code):
    category = Locale.parse(code).plural_form
    pairs = {(catalogue(code).form(n), category(n)) for n in range(1000)}
    assert len(pairs) == len({form for form, _ in pairs}) == len({name for _, name in pairs})


def test_numbers_choose_their_word():
    lines = ("{n} line", "{n} lines")
    assert [Language("ru").counted(*lines, n) for n in (1, 3, 5, 21, 112)] == [
        "1 строка",
        "3 строки",
        "5 строк",
        "21 строка",
        "112 строк",
    ]
    assert [Language("ar").counted(*lines, n) for n in (1, 2, 3, 11)] == [
        "بند واحد",
        "بندان",
        "3 بنود",
        "11 بندًا",
    ]
    assert [Language("en").counted(*lines, n) for n in (0, 1)] == ["0 lines", "1 line"]


def test_the_dealers_languages_are_all_offered():
    assert set(LANGUAGES) >= DEALERS


def test_arabic_is_written_from_right_to_left_and_english_is_not():
    assert Language("ar").direction == "rtl"
    assert Language("en").direction == "ltr"


def test_the_first_language_we_speak_is_taken():
    assert language_for(None, "tlh", "pt-BR,pt;q=0.9,en;q=0.5").code == "pt"
    assert language_for("xx").code == "en"


def test_a_reader_without_a_catalogue_has_english_words_and_the_formats_of_home():
    home = language_for("id-ID")
    assert (home("Price"), home.direction) == ("Price", "ltr")
    assert home.day("2026-03-10") == "10 Mar 2026"
    assert home.number(1234567.5) == "1.234.567,5"
    assert home.money(150000000, "IDR") == "Rp1.500.000,00"


def test_a_later_wish_says_the_place_of_an_earlier_one():
    assert language_for("pt", "pt-PT").money(123450, "EUR") == "1\xa0234,50\xa0€"
    assert language_for("pt", "pt-BR").money(123450, "BRL") == "R$\xa01.234,50"
    assert language_for("zh", "ar-AE") == Language("zh", "zh")


def test_india_groups_by_lakh_and_crore():
    assert language_for("hi-IN").number(12345678) == "1,23,45,678"
    assert language_for("en-IN").money(1234567800, "INR") == "₹1,23,45,678.00"


def test_strange_tags_load_nothing():
    assert language_for("../../etc/passwd", "x" * 5000, "tlh") == Language("en")


def test_a_time_is_told_on_the_clock_of_its_place_and_in_utc_when_there_is_none():
    at = "2026-03-10T20:30:00Z"
    assert Language("en", "en-GB").instant(at, "Asia/Dubai") == "11/03/2026, 00:30"
    assert Language("en", "en-GB").instant(at) == "10/03/2026, 20:30 UTC"


def test_the_page_of_languages_is_what_the_catalogues_and_cldr_say():
    written = page_of_languages()
    assert written.PAGE.read_text() == written.page(), "run: python docs/write_languages.py"
    assert len(LOCALES) >= 40


def page_of_languages() -> ModuleType:
    spec = importlib.util.spec_from_file_location("write_languages", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_minor_units_follow_the_currency():
    assert Language("en").money(123450, "EUR") == "€1,234.50"
    assert Language("en").money(1234, "CLP") == "CLP1,234"
    assert Language("en").money(1234567, "KWD") == "KWD1,234.567"
    assert Language("en").money(1234567, "IQD") == "IQD1,234.567"  # CLDR shows none, ISO counts three
    assert Language("en").money(-5, "RSD") == "-RSD0.05"


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
            "order_wait_days": [0, 3, 0, 0, 2, 0],
            "next_order_date": [None, date(2026, 3, 13), None, None, date(2026, 3, 12), None],
            "maximum_units": [12, None, None, 20, None, None],
            "urgent_lead_time_days": [2] * 6,
            "waiting_cost_minor": [50] * 6,
            "urgent_freight_minor": [10] * 6,
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
            "level_cv2": [0.1] * 6,
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
    budget = pl.DataFrame({"outlet_id": ["AE01"], "budget_minor": [3500]})
    made = suggest(position, policy, series, chain, demand, as_of=date(2026, 3, 10), budgets=budget)
    return made.suggestions


def figures(text: str) -> list[str]:
    return re.findall(r"\d+(?:\.\d+)?", text.replace(".0", ""))


def test_the_rebuilt_sentence_has_the_figures_of_the_published_one():
    for row in store().to_dicts():
        assert figures(sentences.rebuilt(row, Language("en"))) == figures(row["sentence"]), row["sentence"]


def test_the_arithmetic_of_a_translated_sentence_is_the_same():
    first = store().to_dicts()[0]
    said = sentences.sentence(first, Language("pt"))
    assert said == (
        "Vende 0,8 por dia: 9,6 em 5 dias de entrega + 7 de ciclo + segurança 5,4 = meta 15, limitado a 12; "
        "há 3 em estoque + 2 em pedido - 1 reservados = 4; faltam 8; embalagem de 4 -> 8."
    )


def test_every_phrase_of_the_sentence_is_said_somewhere_in_the_store():
    told = " ".join(store()["sentence"])
    for phrase in (
        "limited to",
        "above the maximum",
        "the budget pays for",
        "days to the order day",
        "of them by urgent order",
    ):
        assert phrase in told, phrase
