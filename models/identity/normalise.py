"""Records as keys that can be compared.

In: `columns.recognise(...).records` (text as written). Out: one row per record, sorted by record_id, with the
columns of KEYS; null is "not known" and is evidence of nothing. Ids of persons and companies are hashed with
a key and never leave this module in clear.
"""

from __future__ import annotations

import hashlib

import polars as pl

from models.identity.names import (
    ascii_key,
    core_name,
    fold,
    looks_like_company,
    skeleton,
    split_full_name,
)
from models.identity.phones import e164

KEYS = (
    "record_id",
    "kind",
    "country",
    "given",
    "family",
    "given_sound",
    "family_sound",
    "org",
    "org_sound",
    "phone",
    "dialled",
    "email",
    "mailbox",
    "street",
    "house",
    "more",
    "postcode",
    "city",
    "region",
    "nid",
    "nid_head",
    "nid_tail",
    "birth",
    "gender",
    "birth_place",
    "occupation",
    "vin",
)
PERSON, COMPANY = "person", "company"
PART = 125_000  # records normalised at once

_STREET_WORDS = (
    ("street", "st"),
    ("road", "rd"),
    ("avenue", "ave"),
    ("place", "pl"),
    ("crescent", "cr"),
    ("drive", "dr"),
    ("lane", "ln"),
    ("close", "cl"),
    ("court", "ct"),
    ("boulevard", "bd"),
    ("circuit", "cct"),
    ("parade", "pde"),
    ("strasse", "str"),
    ("avenida", "av"),
    ("calle", "c"),
    ("rua", "r"),
    ("terrace", "tce"),
)
_FOLDED = (
    "given_name",
    "family_name",
    "company_name",
    "street",
    "street_more",
    "city",
    "region",
    "birth_place",
    "occupation",
    "gender",
)
_CALENDAR = (r"^(\d{4})[-/.]?(\d{2})[-/.]?(\d{2})", r"^(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})$")


def normalise(records: pl.DataFrame, *, secret: bytes, country: str | None = None) -> pl.DataFrame:
    """Keys of every record. `secret` keys the hash of ids; `country` stands in where a record has none.

    A record's keys depend on that record alone; parts keep what lies between text and key small.
    """
    ordered = records.sort("record_id")
    parts = [_part(part, secret, country) for part in ordered.iter_slices(PART)]
    return pl.concat(parts) if parts else _part(ordered, secret, country)


def _part(records: pl.DataFrame, secret: bytes, country: str | None) -> pl.DataFrame:
    records = records.with_columns(
        country=pl.coalesce(pl.col("country").str.to_uppercase(), pl.lit(country, pl.String)),
        email=pl.col("email").str.to_lowercase().str.replace_all(r"\s", ""),
    )
    unsplit = records
    records = _split_names(records)
    folded = records.with_columns(
        *(_mapped(records, name, fold).alias(name) for name in _FOLDED),
    )
    keys = folded.with_columns(ascii_key(name).alias(name) for name in _FOLDED)
    keys = _with_kind(unsplit, keys)
    return _keyed(keys, secret).select(KEYS)


def _mapped(frame: pl.DataFrame, name: str, rule: object) -> pl.Series:
    """`rule` over the distinct values of a column, so that a common name costs once."""
    assert callable(rule)
    values = frame[name].drop_nulls().unique()
    known = pl.DataFrame({name: values, "to": rule(values)}, schema={name: pl.String, "to": pl.String})
    return frame.select(name).join(known, on=name, how="left", maintain_order="left")["to"]


def _split_names(records: pl.DataFrame) -> pl.DataFrame:
    """given_name and family_name filled from full_name where a source has one field only."""
    needs = (
        pl.col("family_name").is_null() & pl.col("given_name").is_null() & pl.col("full_name").is_not_null()
    )
    whole = records.filter(needs).select("full_name", "country").unique()
    if whole.is_empty():
        return records
    parts = [split_full_name(name, country) for name, country in whole.iter_rows()]
    known = whole.with_columns(
        g=pl.Series([given for given, _ in parts], dtype=pl.String),
        f=pl.Series([family for _, family in parts], dtype=pl.String),
    )
    joined = records.join(
        known, on=["full_name", "country"], how="left", nulls_equal=True, maintain_order="left"
    )
    return joined.with_columns(
        given_name=pl.when(needs).then("g").otherwise("given_name"),
        family_name=pl.when(needs).then("f").otherwise("family_name"),
    ).drop("g", "f")


def _with_kind(records: pl.DataFrame, keys: pl.DataFrame) -> pl.DataFrame:
    """Company when the source says so, when only a company is named, or when the name itself shows it.

    `records` as the source has them, names not split yet: who has a given name is no company.
    """
    whole = pl.concat_str("full_name", "family_name", separator=" ", ignore_nulls=True)
    written = records.select(
        whole.alias("written"), "company_name", "given_name", told=pl.col("kind").str.to_lowercase()
    )
    written = written.with_columns(key=_mapped(written, "written", fold)).with_columns(key=ascii_key("key"))
    is_company = (
        pl.when(pl.col("told").is_in(["company", "organisation", "organization", "corporate", "business"]))
        .then(True)
        .when(pl.col("told").is_in(["person", "individual", "private"]))
        .then(False)
        .when(pl.col("given_name").is_not_null())
        .then(False)
        .otherwise(
            pl.col("company_name").is_not_null() | looks_like_company("written", "key").fill_null(False)
        )
    )
    found = written.select(is_company=is_company, key="key")
    return keys.with_columns(
        kind=pl.when(found["is_company"]).then(pl.lit(COMPANY)).otherwise(pl.lit(PERSON)),
        company=pl.when(found["is_company"]).then(pl.coalesce("company_name", found["key"])),
    )


def _keyed(keys: pl.DataFrame, secret: bytes) -> pl.DataFrame:
    org = core_name(pl.col("company"))
    nid = pl.col("national_id").str.to_uppercase().str.replace_all(r"[^A-Z0-9]", "").replace("", None)
    keys = keys.with_columns(
        given=pl.when(kind="person").then("given_name"),
        family=pl.when(kind="person").then("family_name"),
        org=pl.when(org != "").then(org).otherwise("company"),
        phone=_phone(keys),
        street=_street(keys),
        house=pl.coalesce("street_no", pl.col("street").str.extract(r"\b(\d+)\b", 1)),
        more=pl.col("street_more"),
        postcode=pl.col("postcode").str.to_lowercase().str.replace_all(r"\W", ""),
        mailbox=pl.col("email")
        .str.extract(r"^([^@]+)@", 1)
        .str.replace_all(r"[^a-z0-9]", "")
        .replace("", None),
        birth=pl.when(_birth().str.len_chars() == 8).then(_birth()),
        gender=pl.col("gender").str.slice(0, 1),
        clear=nid,
        vin=pl.col("vin").str.to_uppercase(),
    )
    keys = keys.with_columns(
        *(
            _mapped(keys, name, lambda s: s.to_frame("v").select(skeleton(pl.col("v"))).to_series()).alias(to)
            for name, to in (("given", "given_sound"), ("family", "family_sound"), ("org", "org_sound"))
        ),
    )
    keys = keys.with_columns(dialled=pl.col("phone").str.tail(9).str.zfill(9))
    half = pl.col("clear").str.len_chars() // 2
    heads = keys.select(pl.col("clear").str.slice(0, half)).to_series()
    tails = keys.select(pl.col("clear").str.slice(half)).to_series()
    long = keys["clear"].str.len_chars() >= 6  # half of a shorter id would be shared by thousands
    return keys.with_columns(
        nid=hashed(keys["clear"], secret),
        nid_head=pl.when(long).then(hashed(heads, secret + b"<")),
        nid_tail=pl.when(long).then(hashed(tails, secret + b">")),
    ).drop("clear")


def _street(keys: pl.DataFrame) -> pl.Expr:
    """Street with its usual abbreviations; the house number of a separate column goes in front."""

    def shortened(streets: pl.Series) -> pl.Series:
        street = pl.col("street")
        for word, short in _STREET_WORDS:
            street = street.str.replace_all(rf"\b{word}\b", short)
        return streets.to_frame("street").select(street).to_series()

    street = pl.lit(_mapped(keys, "street", shortened))
    return pl.concat_str(pl.col("street_no"), street, separator=" ", ignore_nulls=True).replace("", None)


def _phone(keys: pl.DataFrame) -> pl.Series:
    """Phones in E.164, country by country: every rule of another country's plan would be work for nothing."""
    numbered = keys.select("phone", "country").with_row_index("at")
    parts = [
        part.select("at", phone=e164(pl.col("phone"), pl.col("country"), [code] if code else []))
        for (code,), part in numbered.partition_by("country", as_dict=True).items()
    ]
    return pl.concat(parts).sort("at")["phone"] if parts else numbered["phone"]


def _birth() -> pl.Expr:
    """YYYYMMDD as digits, whatever the order of writing; impossible days stay: a typing error is close."""
    written = pl.col("birth_date")
    year, month, day = (pl.col(f"birth_{part}") for part in ("year", "month", "day"))
    parts = pl.concat_str(year.str.zfill(4), month.str.zfill(2), day.str.zfill(2))
    iso = pl.concat_str(*(written.str.extract(_CALENDAR[0], n) for n in (1, 2, 3)))
    last = _CALENDAR[1]
    european = pl.concat_str(
        written.str.extract(last, 3),
        written.str.extract(last, 2).str.zfill(2),
        written.str.extract(last, 1).str.zfill(2),
    )
    return pl.coalesce(iso, european, parts)


def hashed(values: pl.Series, secret: bytes) -> pl.Series:
    """Keyed BLAKE2b, 64 bits: equal ids stay equal, and nobody without the key can try them out."""

    def digest(value: str) -> int:
        return int.from_bytes(hashlib.blake2b(value.encode(), key=secret[:64], digest_size=8).digest(), "big")

    distinct = values.drop_nulls().unique()
    known = pl.DataFrame({"v": distinct, "h": pl.Series([digest(v) for v in distinct], dtype=pl.UInt64)})
    return pl.DataFrame({"v": values}).join(known, on="v", how="left", maintain_order="left")["h"]
