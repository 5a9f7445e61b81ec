"""Names, phones, ids and dates of many cultures as keys that can be compared."""

import phonenumbers
import polars as pl
import pytest

from models.identity.columns import FIELDS, ColumnError, recognise
from models.identity.names import ascii_key, fold, skeleton, split_full_name
from models.identity.normalise import normalise
from models.identity.phones import e164

pytestmark = pytest.mark.fast


def keys(*rows: dict[str, str | None], country: str | None = None) -> list[dict[str, object]]:
    frame = pl.DataFrame(list(rows), schema=dict.fromkeys(FIELDS, pl.String)).with_row_index("record_id")
    found = normalise(frame.with_columns(pl.col("record_id").cast(pl.String)), secret=b"k", country=country)
    return found.to_dicts()


def sound(name: str) -> str:
    folded = pl.DataFrame({"name": fold(pl.Series([name]))}).select(ascii_key("name"))
    return folded.select(skeleton(pl.col("name"))).item()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Mohammed", "محمد"),
        ("Muhamad", "محمد"),
        ("Müller", "Mueller"),
        ("Иванов", "Ivanov"),
        ("Stefan", "Stephan"),
        ("Wichai", "Vichai"),
        ("Lakshmi", "Laxmi"),
        ("राहुल", "Rahul"),
        ("王", "Wang"),
        ("Nguyễn", "Nguyen"),
    ],
)
def test_a_name_sounds_the_same_in_every_script_and_spelling(one: str, other: str):
    assert sound(one) == sound(other)


@pytest.mark.parametrize(("one", "other"), [("Schmidt", "Smith"), ("Anna", "Hanna"), ("Souza", "Silva")])
def test_different_names_do_not_sound_the_same(one: str, other: str):
    assert sound(one) != sound(other)


@pytest.mark.parametrize(
    ("name", "country", "given", "family"),
    [
        ("王小明", None, "小明", "王"),
        ("欧阳娜娜", None, "娜娜", "欧阳"),
        ("Nguyễn Văn Đức", None, "Đức", "Nguyễn"),
        ("Nguyen Van Duc", "VN", "Duc", "Nguyen"),
        ("José García López", "MX", "José", "García López"),
        ("Pieter van der Merwe", "ZA", "Pieter", "van der Merwe"),
        ("Müller, Jürgen", "DE", "Jürgen", "Müller"),
        ("Mary Ann Le", "US", "Mary Ann", "Le"),
        ("Pelé", "BR", None, "Pelé"),
    ],
)
def test_a_full_name_is_split_as_its_culture_does(name: str, country: str | None, given: str, family: str):
    assert split_full_name(name, country) == (given, family)


def test_phones_of_every_market_become_what_the_library_says():
    """The rule over columns against parsing one by one, in every way a number is usually written."""
    rows = []
    forms = phonenumbers.PhoneNumberFormat
    for country in "AE SA TH BR ZA CL DE IN US GB CN VN MX RU FR JP AU".split():
        number = phonenumbers.example_number_for_type(country, phonenumbers.PhoneNumberType.MOBILE)
        want = phonenumbers.format_number(number, forms.E164)[1:]
        for form in (forms.E164, forms.INTERNATIONAL, forms.NATIONAL):
            rows.append((country, phonenumbers.format_number(number, form), want))
        rows += [(country, want, want), (country, "00" + want, want)]
    frame = pl.DataFrame(rows, schema=["country", "typed", "want"], orient="row")
    countries = frame["country"].unique().to_list()
    got = frame.with_columns(got=e164(pl.col("typed"), pl.col("country"), countries))
    assert got.filter(pl.col("got") != pl.col("want")).rows() == []
    assert got["got"].null_count() == 0


def test_a_phone_in_arabic_digits_counts_and_of_two_numbers_the_first():
    one, two, short = keys(
        {"phone": "٠٥٠ ١٢٣ ٤٥٦٧"}, {"phone": "050 123 4567 / 04 222"}, {"phone": "12-3"}, country="AE"
    )
    assert one["phone"] == two["phone"] == "971501234567"
    assert short["phone"] is None


def test_an_id_is_hashed_with_the_key_and_a_wrong_half_leaves_the_other_half():
    one, same, typed = keys(
        {"national_id": "12.345.678-9"}, {"national_id": "123456789"}, {"national_id": "123456780"}
    )
    assert one["nid"] == same["nid"] != typed["nid"]
    assert one["nid_head"] == typed["nid_head"]
    assert one["nid_tail"] != typed["nid_tail"]
    assert "123456789" not in str(one)
    frame = pl.DataFrame(
        [{"record_id": "0", "national_id": "123456789"}],
        schema={"record_id": pl.String, **dict.fromkeys(FIELDS, pl.String)},
    )
    assert normalise(frame, secret=b"other")["nid"].item() != same["nid"]


def test_a_birth_date_is_read_in_every_order_of_writing():
    written = ("1980-02-01", "01/02/1980", "19800201", "soon")
    found = keys(*({"birth_date": day} for day in written),
                 {"birth_year": "1980", "birth_month": "2", "birth_day": "1"})  # fmt: skip
    assert [row["birth"] for row in found] == ["19800201", "19800201", "19800201", None, "19800201"]


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ({"company_name": "Gulf Trading LLC"}, "company"),
        ({"full_name": "Gulf Trading LLC"}, "company"),
        ({"full_name": "上海汽车有限公司"}, "company"),
        ({"full_name": "ООО Ромашка"}, "company"),
        ({"full_name": "Nguyễn Văn Đức"}, "person"),
        ({"given_name": "Anna", "family_name": "Inc"}, "person"),
        ({"given_name": "Anna", "family_name": "Berg", "company_name": "Berg GmbH"}, "person"),
        ({"family_name": "Motors", "kind": "person"}, "person"),
    ],
)
def test_companies_are_told_from_persons(row: dict[str, str], kind: str):
    assert keys(row)[0]["kind"] == kind


def test_a_legal_form_is_no_part_of_a_companys_name():
    one, other = keys({"company_name": "Gulf Trading Ltd."}, {"company_name": "GULF TRADING LLC"})
    assert one["org"] == other["org"] == "gulf trading"


def test_columns_are_recognised_by_name_and_a_mapping_wins():
    frame = pl.DataFrame(
        {"Cust-ID": ["1"], "First Name": ["A"], "SURNAME": ["B"], "Fon": ["1"], "shoe_size": ["9"]}
    )
    found = recognise(frame, {"record_id": "Cust-ID", "phone": "Fon"})
    assert found.used == {
        "record_id": "Cust-ID",
        "given_name": "First Name",
        "family_name": "SURNAME",
        "phone": "Fon",
    }
    assert found.unused == ("shoe_size",)


@pytest.mark.parametrize(
    ("frame", "mapping", "told"),
    [
        (pl.DataFrame({"shoe_size": ["9"]}), {}, "names anybody"),
        (pl.DataFrame({"name": ["A"]}), {"colour": "name"}, "there is no field colour"),
        (pl.DataFrame({"name": ["A"]}), {"phone": "tel"}, "the file has name"),
        (pl.DataFrame({"id": ["1", "1"], "name": ["A", "B"]}), {}, "must be unique"),
        (pl.DataFrame({"id": ["1", None], "name": ["A", "B"]}), {}, "needs an id"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_a_remedy(
    frame: pl.DataFrame, mapping: dict[str, str], told: str
):
    with pytest.raises(ColumnError, match=told):
        recognise(frame, mapping)
