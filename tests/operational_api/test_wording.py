"""Refusals in the reader's language: every sentence of the source in every catalogue, and the same places."""

from __future__ import annotations

import re
from http import HTTPStatus

import pytest

from operational_api.catalogue import read_catalogue
from operational_api.desk.language import LANGUAGES as DESK_LANGUAGES
from operational_api.document import AtMost, NotBefore
from operational_api.documents import DOCUMENTS
from operational_api.refusals import Refusal
from operational_api.wording import FOLDER, JOINTS, LANGUAGES, language_of, said
from tests.operational_api.sentences import templates

pytestmark = pytest.mark.fast

OTHERS = [code for code in LANGUAGES if code != "en"]
# Said by others for us: names of HTTP's statuses, as Python 3.11 and 3.13 have them, and two of pydantic's.
STATUSES = {
    *(HTTPStatus(kind.status).phrase for kind in (Refusal, *Refusal.__subclasses__())),
    "Request Entity Too Large", "Content Too Large", "Unprocessable Entity", "Unprocessable Content",
}  # fmt: skip
LIBRARIES = {"Field required", "Extra inputs are not permitted"}
RULE_NAMES = {"{0}_at_most_{1}", "{0}_not_before_{1}"}  # of declared row rules, as quarantine names them
# What a field means is told in English alone; a language says "required" rather than half a sentence.
SAYS_LESS = {"required: {0}"}
SAID = templates()


def words(code: str) -> dict[str, str]:
    return dict(read_catalogue(FOLDER / f"{code}.po", code).words)


def places(text: str) -> list[str]:
    return sorted(re.findall(r"\{\d+\}", text))


def test_the_source_is_read_for_its_sentences():
    """One of each way in which a sentence is made: else the two tests below could pass over nothing."""
    for sentence in (
        "not yours to write in this state", "no such {0} {1}", "the car is locked", "Send a value.",
        "is one of {0}", "a VIN has 17 characters", "{0} more than is usable", "a whole number of units",
        "belongs to a person who was erased on request", "comes whole: row {0} of the same {1} is wrong",
    ):  # fmt: skip
        assert sentence in SAID


@pytest.mark.parametrize("code", OTHERS)
def test_every_sentence_of_a_refusal_is_in_every_catalogue(code):
    wanted = {*SAID, *JOINTS, *STATUSES, *LIBRARIES, *RULE_NAMES}
    missing = {text: SAID.get(text) for text in wanted - words(code).keys()}
    assert not missing, f"translate in operational_api/words/{code}.po: {missing}"


@pytest.mark.parametrize("code", OTHERS)
def test_no_catalogue_holds_a_sentence_that_nothing_says(code):
    said_by_somebody = {*SAID, *JOINTS, *STATUSES, *LIBRARIES, *RULE_NAMES}
    assert not words(code).keys() - said_by_somebody


@pytest.mark.parametrize("code", OTHERS)
def test_a_translation_fills_the_same_places(code):
    wrong = [t for t, answer in words(code).items() if places(t) != places(answer) and t not in SAYS_LESS]
    assert not wrong


@pytest.mark.parametrize("code", OTHERS)
def test_every_declared_rule_and_remedy_is_said(code):
    for document in DOCUMENTS:
        for rule in (*document.once, *document.follows):
            for text in (getattr(rule, "rule", None), getattr(rule, "remedy", None)):
                assert text is None or said(text, code) != text


def test_row_rules_have_the_names_that_the_catalogues_know():
    assert AtMost(parts=("a",), whole="b").name == "a_at_most_b"
    assert NotBefore(later="b", earlier="a").name == "b_not_before_a"


def test_the_desk_has_words_wherever_refusals_have_them():
    assert set(LANGUAGES) <= DESK_LANGUAGES.keys()


def test_places_keep_names_codes_and_numbers():
    assert said("no such part X-1", "es") == "no existe part X-1"
    assert said("P-9 is at version 4", "zh") == "P-9 的版本为 4"


def test_a_sentence_within_a_sentence_is_said_too():
    assert said("send a day written 2026-01-31 instead of 3", "fr") == (
        "envoyez un jour écrit 2026-01-31 au lieu de 3"
    )
    bounded = "a whole number of at most 64 bits, from 1 to 5"
    assert said(f"send {bounded}", "zh") == "请发送：整数，最多 64 位二进制，1 至 5"
    assert said("repair_order R1: the car is locked", "ru") == "repair_order R1: автомобиль заблокирован"


def test_a_value_that_reads_like_a_word_of_ours_stays_as_it_was_sent():
    assert said("send true or false instead of required", "es") == "envíe true o false en lugar de required"


def test_the_template_with_the_most_letters_of_its_own_wins():
    """`there is no {0} {1}` fits too, and would leave half the sentence English."""
    assert said("there is no parts order PO-1", "pt") == "não existe o pedido de peças PO-1"


def test_an_unknown_sentence_stays_english():
    for code in OTHERS:
        assert said("the moon is in the wrong house", code) == "the moon is in the wrong house"
        assert said("tax, duty: toll; fee", code) == "tax, duty: toll; fee"


def test_english_is_said_as_it_came():
    assert said("the car is locked", "en") == said("the car is locked", "de") == "the car is locked"


def test_long_data_is_not_searched_for_sentences():
    text = "a, " * 5_000
    assert said(text, "zh") == text


def test_joints_nested_without_end_are_left_alone():
    text = ", ".join("ab; cd: ef" for _ in range(100))
    assert said(text, "ar") == text


@pytest.mark.parametrize(
    ("header", "own", "expected"),
    [
        ("zh-CN,zh;q=0.9", "ar", "zh"),
        ("de,fr;q=0.5", "ar", "fr"),  # German has no refusals
        ("de", "ar", "ar"),
        ("de", "th", "en"),
        ("en-GB", "ar", "en"),
        ("*", "pt-BR", "pt"),
        (None, "ru", "ru"),
        ("", None, "en"),
    ],
)  # fmt: skip
def test_the_language_asked_for_goes_before_the_accounts_own(header, own, expected):
    assert language_of(header, own) == expected
