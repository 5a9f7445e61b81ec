"""Names of many scripts and cultures as keys that can be compared.

In: names as written. Out: an ASCII key (marks dropped, other scripts transliterated) and a skeleton of
consonants, which is what is left in common when a script writes no vowels or two clerks spell by ear.
The original is kept by the caller; keys are for comparing only.
"""

from __future__ import annotations

import re

import polars as pl
from anyascii import anyascii

# Words by which a company is known, in the scripts of our markets (folded by `ascii_key`).
LEGAL_FORMS = (
    "gmbh",
    "ag",
    "kg",
    "ohg",
    "ug",
    "ltd",
    "limited",
    "llc",
    "llp",
    "inc",
    "corp",
    "corporation",
    "co",
    "company",
    "plc",
    "pty",
    "pvt",
    "private",
    "sa",
    "sas",
    "sarl",
    "srl",
    "sl",
    "spa",
    "bv",
    "nv",
    "ltda",
    "eireli",
    "me",
    "cc",
    "fze",
    "fzco",
    "fzc",
    "wll",
    "ooo",
    "oao",
    "zao",
    "pao",
    "tnhh",
    "jsc",
    "tbk",
    "pt",
    "sdn",
    "bhd",
    "kk",
    "gk",
    "ab",
    "as",
    "oy",
    "aps",
)
TRADE_WORDS = (
    "trading",
    "group",
    "holding",
    "holdings",
    "motors",
    "logistics",
    "transport",
    "services",
    "rental",
    "rent a car",
    "fleet",
    "industries",
    "construction",
    "contracting",
    "enterprises",
    "comercial",
    "transportes",
)
_LEGAL_SIGNS = "有限公司|股份|集团|公司|株式会社|ООО|ОАО|ЗАО|ПАО|شركة|مؤسسة|บริษัท|จำกัด|Công ty"
# The short trade words that are also family names or particles say nothing on their own.
_UNMISTAKABLE = tuple(
    w for w in LEGAL_FORMS if w not in {"as", "me", "sa", "co", "ab", "ag", "kk", "pt", "gk"}
)

# Vietnamese family names cover nearly everybody and stand first (Le Trung Hoa, 2005: 14 names, 90 %).
_VIETNAMESE = frozenset("nguyen tran le pham hoang huynh phan vu vo dang bui do ho ngo duong ly".split())
_COMPOUND_CHINESE = frozenset(
    "欧阳 司马 上官 诸葛 东方 皇甫 尉迟 公孙 慕容 令狐 长孙 宇文 司徒 夏侯 轩辕 端木".split()
)
_HAN = re.compile(r"^[\u3400-\u9fff]{2,4}$")
_PARTICLES = frozenset("de del la las los da das do dos van von der den du di bin al el v d".split())
_SPANISH_SPEAKING = frozenset("CL AR MX CO PE ES EC UY PY BO VE CR PA GT HN SV NI DO".split())


def ascii_key(column: str) -> pl.Expr:
    """Lower-case ASCII letters, digits and single spaces of text that `fold` has been over."""
    return (
        pl.col(column)
        .str.to_lowercase()
        .str.replace_all(r"[^a-z0-9]+", " ")
        .str.strip_chars()
        .replace("", None)
    )


def fold(values: pl.Series) -> pl.Series:
    """Every value in ASCII: marks dropped, other scripts transliterated; each distinct value once."""
    text = values.str.normalize("NFKD").str.replace_all(r"\p{M}+", "")
    foreign = text.filter(text.str.contains(r"[^\x00-\x7f]")).unique()
    if foreign.is_empty():
        return text
    known = pl.DataFrame({"v": foreign, "a": [anyascii(value) for value in foreign]})
    joined = pl.DataFrame({"v": text}).join(known, on="v", how="left", maintain_order="left")
    return joined.select(pl.coalesce("a", "v")).to_series()


def skeleton(key: pl.Expr) -> pl.Expr:
    """What an ear keeps: consonants, like sounds as one, doubles once; a leading vowel stays as `a`.

    Mohammed, Muhamad and mhmd (an Arabic spelling without vowels) are all `md`; Schmidt and Smith differ.
    """
    sounds = key.str.replace_all(r"^(al|el|abu) ?", "").str.replace_all(" ", "")
    for written, heard in (
        ("sch", "s"),
        ("chr", "kr"),
        ("ph", "f"),
        ("ck", "k"),
        ("[cq]", "k"),
        ("x", "ks"),
        ("z", "s"),
        ("[wv]", "v"),
        ("^[aeiou]", "A"),
        ("[aeiouyh]", ""),
    ):
        sounds = sounds.str.replace_all(written, heard)
    doubled = "bdfgjklmnprstv"
    for letter in doubled:
        sounds = sounds.str.replace_all(f"{letter}{letter}+", letter)
    return sounds.str.to_lowercase().replace("", None)


def core_name(key: pl.Expr) -> pl.Expr:
    """A company's key without its legal form."""
    return (
        key.str.replace_all(rf"\b({'|'.join(LEGAL_FORMS)})\b", "")
        .str.replace_all(r" +", " ")
        .str.strip_chars()
    )


def looks_like_company(column: str, key: str) -> pl.Expr:
    """Whether a name carries a legal form or a trade word."""
    words = rf"\b({'|'.join((*_UNMISTAKABLE, *TRADE_WORDS))})\b"
    return pl.col(column).str.contains(_LEGAL_SIGNS) | (
        pl.col(key).str.contains(words) & pl.col(key).str.contains(" ", literal=True)
    )


def split_full_name(name: str, country: str | None = None) -> tuple[str | None, str]:
    """(given, family) of a name written as one; the rule is the culture's that the name itself shows.

    Chinese and Vietnamese put the family first; a comma says so too; Spanish-speaking markets end in two
    family names; particles (van der, de la) belong to the family. One word is a family name.
    """
    name = " ".join(name.split())
    if "," in name:
        family, _, given = name.partition(",")
        return given.strip() or None, family.strip()
    if _HAN.match(name):
        cut = 2 if name[:2] in _COMPOUND_CHINESE and len(name) > 2 else 1
        return name[cut:], name[:cut]
    words = name.split(" ")
    if len(words) == 1:
        return None, name
    if anyascii(words[0]).lower() in _VIETNAMESE and (country == "VN" or _is_marked(name)):
        return words[-1], words[0]
    cut = len(words) - (2 if country in _SPANISH_SPEAKING and len(words) > 2 else 1)
    while cut > 1 and words[cut - 1].lower().strip(".") in _PARTICLES:
        cut -= 1
    return " ".join(words[:cut]), " ".join(words[cut:])


def _is_marked(name: str) -> bool:
    """Whether the name carries Vietnamese letters, so that `Do` and `Le` elsewhere are left alone."""
    return bool(re.search(r"[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]", name.lower()))
