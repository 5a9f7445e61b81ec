"""Any person or company file, brought to one set of columns.

In: a frame with columns of any name, and a mapping where a name says too little. Out: `record_id`, then the
columns of FIELDS as text, null where the file has none. What is not recognised is left out and told.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

# Canonical column -> the names that files give it, compared without case, spaces and signs.
FIELDS: dict[str, tuple[str, ...]] = {
    "kind": ("customertype", "partytype", "entitytype"),
    "full_name": ("name", "fullname", "customername", "personname", "contactname", "姓名",
                  "nombrecompleto"),
    "given_name": (
        "givenname", "firstname", "forename", "fname", "givennames", "prenom", "vorname", "nombre",
        "fnamec1",
        "名", "имя",
    ),
    "family_name": (
        "familyname", "surname", "lastname", "lname", "secondname", "nachname", "nom", "apellido",
        "apellidos", "sobrenome", "lnamec1", "姓", "фамилия",
    ),
    "company_name": ("companyname", "company", "organisation", "organization", "orgname", "businessname",
                     "legalname", "firm", "firma", "empresa", "razonsocial", "razaosocial",
                     "raisonsociale", "公司名称"),
    "phone": ("phone", "phonenumber", "mobile", "mobilephone", "telephone", "tel", "cell", "contactphone",
              "telefono", "telefonnummer", "telefone", "celular", "movil", "handy", "телефон",
              "手机", "电话"),
    "email": ("email", "emailaddress", "mail", "contactemail", "correo", "correoelectronico",
              "courriel", "邮箱"),
    "street": ("addressline", "address", "street", "address1", "addressline1", "streetaddress",
               "strasse", "direccion", "endereco", "adresse",
               "адрес", "地址"),
    "street_no": ("streetnumber", "streetno", "housenumber", "houseno"),
    "street_more": ("address2", "addressline2", "unit", "locality2"),
    "postcode": ("postcode", "zip", "zipcode", "postalcode", "plz", "postcodefake", "codigopostal",
                 "codepostal", "cep", "邮编"),
    "city": ("city", "town", "suburb", "locality", "ciudad", "ort", "stadt", "ville", "cidade",
             "город", "城市"),
    "region": ("state", "region", "province", "county", "省"),
    "country": ("country", "market", "countrycode"),
    "national_id": ("nationalid", "taxid", "socsecid", "ssn", "socialsecurity", "nid", "passport", "vatid",
                    "rut", "cpf", "cnpj", "dni", "nif", "ustidnr", "gstin", "inn",
                    "идентификационныйномер", "idnumber",
                    "身份证"),
    "birth_date": ("birthdate", "dateofbirth", "dob", "birthday", "geburtsdatum", "gebdatum",
                   "fechanacimiento",
                   "fechadenacimiento", "datanascimento", "datadenascimento", "datedenaissance",
                   "датарождения", "出生日期"),
    "birth_year": ("birthyear", "by", "yearofbirth"),
    "birth_month": ("birthmonth", "bm", "monthofbirth"),
    "birth_day": ("bd", "dayofbirth"),
    "gender": ("gender", "sex", "sexo", "性别"),
    "birth_place": ("birthplace", "placeofbirth", "pob"),
    "occupation": ("occupation", "profession", "job", "jobtitle"),
    "vin": ("vin", "vehicleid"),
}  # fmt: skip
RECORD_ID = (
    "record_id",
    "recid",
    "recordid",
    "customerid",
    "customerno",
    "customernumber",
    "kdnr",
    "kundennummer",
    "uniqueid",
    "sourceid",
    "id",
    "key",
    "leadid",
)
_IDENTIFYING = ("full_name", "given_name", "family_name", "company_name", "phone", "email", "national_id")


class ColumnError(ValueError):
    """A file or mapping that cannot be read as people or companies; says which column and what to do."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """`records`: record_id and every column of FIELDS; `used`: which column of the file became which."""

    records: pl.DataFrame
    used: dict[str, str]
    unused: tuple[str, ...]


def recognise(frame: pl.DataFrame, mapping: Mapping[str, str] | None = None) -> Recognised:
    """Columns by name, or by `mapping` (field -> column of the file), which wins.

    Raises ColumnError for a mapping to a column that is not there, for a file without any identifying
    column, and for record ids that are empty or stand twice.
    """
    used = _recognised_names(frame.columns, dict(mapping or {}))
    if not any(field in used for field in _IDENTIFYING):
        raise ColumnError(
            f"no column of {', '.join(frame.columns)} names anybody: map one of {', '.join(_IDENTIFYING)}, "
            "for example --mapping given_name=COLUMN"
        )
    columns = [_text(frame, used[field]).alias(field) for field in FIELDS if field in used]
    absent = [pl.lit(None, pl.String).alias(field) for field in FIELDS if field not in used]
    records = frame.select(_record_id(frame, used.get("record_id")), *columns, *absent)
    _demand_unique(records, used.get("record_id"))
    taken = set(used.values())
    unused = tuple(name for name in frame.columns if name not in taken)
    return Recognised(records.select("record_id", *FIELDS), used, unused)


def _recognised_names(names: list[str], mapping: dict[str, str]) -> dict[str, str]:
    for field, column in mapping.items():
        if field != "record_id" and field not in FIELDS:
            raise ColumnError(f"mapping {field}={column}: there is no field {field}; use {', '.join(FIELDS)}")
        if column not in names:
            raise ColumnError(f"mapping {field}={column}: the file has {', '.join(names)}")
    used, taken = dict(mapping), set(mapping.values())
    plain = {name: _folded(name) for name in names if name not in taken}
    for field, aliases in (("record_id", RECORD_ID), *FIELDS.items()):
        wanted = [_folded(alias) for alias in aliases]
        found = [name for name in plain if plain[name] in wanted and name not in taken]
        if field not in used and found:
            used[field] = min(found, key=lambda name: wanted.index(plain[name]))
            taken.add(used[field])
    return used


def _folded(name: str) -> str:
    """Letters and digits alone, without case and marks: `Téléphone (mobile)` -> `telephonemobile`."""
    apart = unicodedata.normalize("NFKD", name.casefold())
    return "".join(c for c in apart if c.isalnum())


def _text(frame: pl.DataFrame, column: str) -> pl.Expr:
    """As trimmed text; what is empty is null. Whole numbers read as floats lose their `.0`."""
    kind = frame.schema[column]
    value = pl.col(column)
    if kind.is_float() and (frame[column].drop_nulls() % 1 == 0).all():
        value = value.cast(pl.Int64)
    text = value.cast(pl.String).str.strip_chars()
    return pl.when(text != "").then(text)


def _record_id(frame: pl.DataFrame, column: str | None) -> pl.Expr:
    if column is None:
        return pl.int_range(frame.height).cast(pl.String).alias("record_id")
    return pl.col(column).cast(pl.String).alias("record_id")


def _demand_unique(records: pl.DataFrame, column: str | None) -> None:
    if records["record_id"].null_count():
        raise ColumnError(
            f"{column} is empty in {records['record_id'].null_count()} rows: every record needs an id"
        )
    doubled = records.filter(pl.col("record_id").is_duplicated())
    if not doubled.is_empty():
        raise ColumnError(
            f"{column} {doubled['record_id'][0]!r} stands in {doubled.height} rows: "
            "a record id must be unique"
        )
