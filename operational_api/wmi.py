"""What the first characters of a VIN say: country, maker, and whether the check digit is law there.

In: a VIN, or its first three characters. Out: `Decoded`. Countries are ranges of the first two characters
(ISO 3780, assigned by SAE International); makers are those a dealer of our markets meets, as registered
there: an unlisted maker is unknown, never guessed. Regimes: 49 CFR 565 in the USA, Canada and Mexico;
GB 16735-2019, Annex A (normative), in China; ISO 3779 leaves position 9 free, and Europe does not use it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

ORDER = "ABCDEFGHJKLMNPRSTUVWXYZ1234567890"  # in which ranges of the second character run
_YEARS = "ABCDEFGHJKLMNPRSTVWXY123456789"  # of position 10: 1980 is A, and again every thirty years
_FIRST_YEAR, _CYCLE = 1980, 30


class Regime(StrEnum):
    """What a check digit that does not fit means."""

    REJECT = "reject"
    WARN = "warn"
    NOT_USED = "not_used"


_COUNTRIES = {
    "A": "A-H ZA, J-N CI", "B": "A-E AO, F-K KE, L-R TZ", "C": "A-E BJ, F-K MG, L-R TN",
    "D": "A-E EG, F-K MA, L-R ZM", "E": "A-E ET, F-K MZ", "F": "A-E GH, F-K NG",
    "J": "A-0 JP", "K": "A-E LK, F-K IL, L-R KR, S-0 KZ", "L": "A-0 CN",
    "M": "A-E IN, F-K ID, L-R TH, S-0 MM", "N": "A-E IR, F-K PK, L-R TR", "P": "A-E PH, F-K SG, L-R MY",
    "R": "A-E AE, F-K TW, L-R VN, S-0 SA",
    "S": "A-M GB, N-T DE, U-Z PL, 1-4 LV", "T": "A-H CH, J-P CZ, R-V HU, W-1 PT",
    "U": "H-M DK, N-T IE, U-Z RO, 5-7 SK", "V": "A-E AT, F-R FR, S-W ES, X-2 RS, 3-5 HR, 6-0 EE",
    "W": "A-0 DE", "X": "A-E BG, F-K GR, L-R NL, S-W RU, X-2 LU, 3-0 RU",
    "Y": "A-E BE, F-K FI, L-R MT, S-W SE, X-2 NO, 3-5 BY, 6-0 UA", "Z": "A-R IT, X-2 SI, 3-5 LT, 6-0 RU",
    "1": "A-0 US", "2": "A-0 CA", "3": "A-7 MX, 8-0 KY", "4": "A-0 US", "5": "A-0 US",
    "6": "A-W AU", "7": "A-E NZ, F-0 US", "8": "A-E AR, F-K CL, L-R EC, S-W PE, X-2 VE",
    "9": "A-E BR, F-K CO, L-R PY, S-W UY, X-2 TT, 3-9 BR",
}  # fmt: skip
MAKERS = {
    "FZ0": "Velmora (simulated)",  # no country holds FZ, so no real car has it
    "AAV": "Volkswagen", "AHT": "Toyota", "JF1": "Subaru", "JHM": "Honda", "JM1": "Mazda",
    "JMB": "Mitsubishi", "JMZ": "Mazda", "JN1": "Nissan", "JSA": "Suzuki", "JTD": "Toyota",
    "JTE": "Toyota", "JTH": "Lexus", "JTM": "Toyota", "JTN": "Toyota", "KL1": "General Motors Korea",
    "KMH": "Hyundai", "KNA": "Kia", "KND": "Kia", "L6T": "Geely", "LB3": "Geely", "LBV": "BMW Brilliance",
    "LC0": "BYD", "LE4": "Beijing Benz", "LFM": "FAW Toyota", "LFV": "FAW-Volkswagen",
    "LGW": "Great Wall", "LGX": "BYD", "LHG": "GAC Honda", "LRW": "Tesla", "LS5": "Changan",
    "LSG": "SAIC General Motors", "LSJ": "SAIC Motor", "LSV": "SAIC Volkswagen", "LVG": "GAC Toyota",
    "LVH": "Dongfeng Honda", "LVS": "Changan Ford", "LVV": "Chery", "MA1": "Mahindra",
    "MA3": "Maruti Suzuki", "MAT": "Tata", "MR0": "Toyota", "MRH": "Honda", "NM0": "Ford Otosan",
    "NMT": "Toyota", "SAJ": "Jaguar", "SAL": "Land Rover", "SB1": "Toyota", "SCA": "Rolls-Royce",
    "SCB": "Bentley", "SCC": "Lotus", "SCF": "Aston Martin", "SHH": "Honda", "SJN": "Nissan",
    "TMB": "Skoda", "TRU": "Audi", "VF1": "Renault", "VF3": "Peugeot", "VF7": "Citroen", "VSS": "SEAT",
    "W0L": "Opel", "W1K": "Mercedes-Benz", "WAU": "Audi", "WBA": "BMW", "WBS": "BMW M",
    "WDB": "Mercedes-Benz", "WDD": "Mercedes-Benz", "WF0": "Ford", "WMW": "MINI", "WP0": "Porsche",
    "WP1": "Porsche", "WV1": "Volkswagen", "WV2": "Volkswagen", "WVG": "Volkswagen", "WVW": "Volkswagen",
    "XTA": "AvtoVAZ", "YV1": "Volvo", "ZAR": "Alfa Romeo", "ZFA": "Fiat", "ZFF": "Ferrari",
    "ZHW": "Lamborghini", "1C4": "Chrysler", "1FA": "Ford", "1FM": "Ford", "1FT": "Ford",
    "1G1": "Chevrolet", "1GC": "Chevrolet", "1HG": "Honda", "1J4": "Jeep",
    "1M8": "Motor Coach Industries", "1N4": "Nissan", "2HG": "Honda", "2T1": "Toyota", "3FA": "Ford",
    "3VW": "Volkswagen", "4T1": "Toyota", "5GZ": "Saturn", "5TD": "Toyota", "5YJ": "Tesla",
    "6T1": "Toyota", "7SA": "Tesla", "8AF": "Ford", "8AJ": "Toyota", "8AP": "Fiat", "93Y": "Renault",
    "9BD": "Fiat", "9BG": "General Motors", "9BW": "Volkswagen",
}  # fmt: skip


def _expanded() -> dict[str, str]:
    countries = {}
    for first, ranges in _COUNTRIES.items():
        for item in ranges.split(", "):
            (low, high), country = item.split(" ")[0].split("-"), item.split(" ")[1]
            for second in ORDER[ORDER.index(low) : ORDER.index(high) + 1]:
                countries[first + second] = country
    return countries


COUNTRIES = _expanded()
_REGIMES = {"US": Regime.REJECT, "CA": Regime.REJECT, "MX": Regime.REJECT, "CN": Regime.REJECT}
_EUROPE = "STUVWXYZ"


@dataclass(frozen=True, slots=True)
class Decoded:
    """What the number itself says; None where it says nothing or the table does not know."""

    wmi: str
    country: str | None
    maker: str | None
    small_maker: str | None  # positions 12 to 14, which complete the WMI of a small maker
    regime: Regime
    model_year: int | None
    plant_code: str  # position 11, assigned by the maker: no register of plants exists
    serial: str


def regime_of(vin: str) -> Regime:
    """Where nothing is assigned a misfit is a warning: the maker may or may not keep check digits."""
    law = _REGIMES.get(COUNTRIES.get(vin[:2], ""))
    if law is not None:
        return law
    return Regime.NOT_USED if vin[0] in _EUROPE else Regime.WARN


def decode(vin: str, *, latest: date) -> Decoded:
    """A well-formed VIN read as far as ISO 3779 and ISO 3780 go.

    `latest`: the day it was built or, when that is not known, today; no model year lies beyond the one after.
    """
    is_small = vin[2] == "9"
    return Decoded(
        wmi=vin[:3],
        country=COUNTRIES.get(vin[:2]),
        maker=MAKERS.get(vin[:3]),
        small_maker=vin[11:14] if is_small else None,
        regime=regime_of(vin),
        model_year=model_year(vin, latest=latest),
        plant_code=vin[10],
        serial=vin[14:] if is_small else vin[11:],
    )


def model_year(vin: str, *, latest: date) -> int | None:
    """The last year of the code that can be: it repeats every thirty years. None: no such code (0, U, Z).

    Cars of the USA and Canada tell the half of the cycle in position 7: a letter from 2010 on
    (49 CFR 565.15).
    """
    if vin[9] not in _YEARS:
        return None
    year = _FIRST_YEAR + _YEARS.index(vin[9])
    if vin[0] in "1245" and vin[6].isalpha():
        year += _CYCLE
    while year + _CYCLE <= latest.year + 1:
        if vin[0] in "1245" and vin[6].isdigit():
            break
        year += _CYCLE
    return year if year <= latest.year + 1 else None
