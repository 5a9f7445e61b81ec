"""The fictional brand Velmora: its markets, series, part families and people's names.

Nothing here is real. The WMI lies in a range that no country holds, e-mail domains are reserved (RFC 2606),
and subscriber numbers begin with 0, which operators do not hand out.
"""

# ruff: noqa: E501 (tables of names read better wide)
from __future__ import annotations

from dataclasses import dataclass
from datetime import date

BRAND = "Velmora"
WMI = "FZ0"
PLANT = "V"


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """One country: money, clock, tongue, roads from the plant, and what moves its demand."""

    code: str
    region_path: str
    timezone: str
    currency: str
    minor_digits: int
    usd_rate: float  # units of the currency for one US dollar
    usd_drift: float  # per year
    language: str
    dial: str
    weekend: frozenset[int]  # Monday is 0
    cities: tuple[str, ...]
    sea_days: int  # plant to outlet
    parts_lead_days: int
    ramadan_factor: float  # demand while the whole month is Ramadan
    season: tuple[float, ...]  # January to December, mean near 1
    size: float  # of demand, against the mean market
    growth: float  # per year


SAT_SUN = frozenset({5, 6})
FRI_SAT = frozenset({4, 5})
SUN = frozenset({6})
_GULF = (1.02, 1.00, 1.08, 1.03, 1.00, 0.92, 0.84, 0.86, 0.98, 1.05, 1.08, 1.14)
_SOUTH = (0.94, 0.90, 1.08, 0.98, 1.00, 0.97, 1.00, 1.02, 1.02, 1.03, 1.02, 1.04)

MARKETS: tuple[Market, ...] = (
    Market(
        code="AE", region_path="MEA/GULF/AE", timezone="Asia/Dubai", currency="AED", minor_digits=2,
        usd_rate=3.6725, usd_drift=0.0, language="ar-AE", dial="+97150", weekend=SUN,
        cities=("Dubai", "Abu Dhabi", "Sharjah", "Al Ain", "Ajman"),
        sea_days=24, parts_lead_days=5, ramadan_factor=0.78, season=_GULF, size=1.25, growth=0.08,
    ),
    Market(
        code="SA", region_path="MEA/GULF/SA", timezone="Asia/Riyadh", currency="SAR", minor_digits=2,
        usd_rate=3.75, usd_drift=0.0, language="ar-SA", dial="+96655", weekend=FRI_SAT,
        cities=("Riyadh", "Jeddah", "Dammam", "Medina", "Abha"),
        sea_days=28, parts_lead_days=9, ramadan_factor=0.72, season=_GULF, size=1.4, growth=0.12,
    ),
    Market(
        code="TH", region_path="APAC/ASEAN/TH", timezone="Asia/Bangkok", currency="THB", minor_digits=2,
        usd_rate=34.5, usd_drift=-0.01, language="th", dial="+6681", weekend=SUN,
        cities=("Bangkok", "Chiang Mai", "Khon Kaen", "Phuket", "Hat Yai"),
        sea_days=16, parts_lead_days=6, ramadan_factor=1.0,
        season=(0.92, 0.94, 1.14, 0.84, 0.96, 0.98, 0.94, 0.95, 0.97, 0.99, 1.09, 1.28),
        size=1.1, growth=0.02,
    ),
    Market(
        code="BR", region_path="LATAM/ATLANTIC/BR", timezone="America/Sao_Paulo", currency="BRL", minor_digits=2,
        usd_rate=5.4, usd_drift=0.04, language="pt-BR", dial="+55119", weekend=SAT_SUN,
        cities=("São Paulo", "Curitiba", "Recife", "Belo Horizonte", "Porto Alegre"),
        sea_days=38, parts_lead_days=7, ramadan_factor=1.0,
        season=(0.88, 0.84, 1.02, 0.98, 1.02, 0.98, 1.02, 1.06, 1.02, 1.04, 1.02, 1.12),
        size=1.2, growth=0.10,
    ),
    Market(
        code="ZA", region_path="MEA/AFRICA/ZA", timezone="Africa/Johannesburg", currency="ZAR", minor_digits=2,
        usd_rate=18.2, usd_drift=0.02, language="en-ZA", dial="+2782", weekend=SUN,
        cities=("Johannesburg", "Cape Town", "Durban", "Pretoria", "Gqeberha"),
        sea_days=30, parts_lead_days=21, ramadan_factor=1.0, season=_SOUTH, size=0.9, growth=0.06,
    ),
    Market(
        code="CL", region_path="LATAM/ANDES/CL", timezone="America/Santiago", currency="CLP", minor_digits=0,
        usd_rate=930.0, usd_drift=0.02, language="es-CL", dial="+569", weekend=SUN,
        cities=("Santiago", "Concepción", "Antofagasta", "Valparaíso", "Temuco"),
        sea_days=34, parts_lead_days=16, ramadan_factor=1.0, season=_SOUTH, size=0.8, growth=-0.03,
    ),
    Market(
        code="DE", region_path="EUROPE/DACH/DE", timezone="Europe/Berlin", currency="EUR", minor_digits=2,
        usd_rate=0.92, usd_drift=-0.01, language="de", dial="+49176", weekend=SUN,
        cities=("Hamburg", "München", "Köln", "Leipzig", "Stuttgart"),
        sea_days=36, parts_lead_days=4, ramadan_factor=1.0,
        season=(0.86, 0.90, 1.16, 1.02, 1.04, 1.06, 1.00, 0.88, 1.02, 1.00, 1.02, 1.04),
        size=0.8, growth=0.15,
    ),
    Market(
        code="IN", region_path="APAC/SOUTHASIA/IN", timezone="Asia/Kolkata", currency="INR", minor_digits=2,
        usd_rate=83.5, usd_drift=0.02, language="en-IN", dial="+9198", weekend=SUN,
        cities=("Mumbai", "Pune", "Bengaluru", "Chennai", "Jaipur"),
        sea_days=20, parts_lead_days=18, ramadan_factor=1.0,
        season=(1.04, 0.98, 1.06, 0.96, 0.94, 0.90, 0.94, 0.98, 1.02, 1.24, 1.06, 0.88),
        size=1.3, growth=0.14,
    ),
)  # fmt: skip

# First days of Ramadan (Umm al-Qura); sales fall while it lasts and catch up at Eid.
RAMADAN: tuple[date, ...] = (
    date(2020, 4, 24), date(2021, 4, 13), date(2022, 4, 2), date(2023, 3, 23), date(2024, 3, 11),
    date(2025, 3, 1), date(2026, 2, 18), date(2027, 2, 8), date(2028, 1, 28), date(2029, 1, 16),
    date(2030, 1, 5), date(2030, 12, 26),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One series: its share of demand and its life, in months from the start of history."""

    code: str
    vds: str  # positions 4 to 7 of the VIN; the variant adds position 8
    model: str
    share: float
    list_price_usd: int
    launch_month: int | None = None  # None: on sale before history begins
    run_out_month: int | None = None  # demand fades from here
    fade_months: int = 4
    predecessor: str | None = None
    growth: float = 0.0


SERIES: tuple[Series, ...] = (
    Series(code="LUMO", vds="LE10", model="Lumo City", share=0.16, list_price_usd=15_900, growth=0.22),
    Series(code="KESTA", vds="KS20", model="Kesta Sedan", share=0.24, list_price_usd=18_400, growth=-0.04),
    Series(code="TARN", vds="TN30", model="Tarn", share=0.26, list_price_usd=22_700, run_out_month=20),
    Series(
        code="TARNX", vds="TX31", model="Tarn X", share=0.30, list_price_usd=24_900,
        launch_month=20, predecessor="TARN",
    ),
    Series(code="BOREA", vds="BR40", model="Borea", share=0.20, list_price_usd=31_500, growth=0.06),
    Series(
        code="VIRE", vds="VR50", model="Vire Van", share=0.14, list_price_usd=20_300,
        run_out_month=24, fade_months=9,
    ),
)  # fmt: skip
VARIANTS: tuple[tuple[str, str, float, float], ...] = (  # code, VIN letter, share, price factor
    ("COMFORT", "C", 0.62, 1.0),
    ("PREMIUM", "P", 0.38, 1.14),
)
COLOURS: tuple[tuple[str, float], ...] = (
    ("Salt White", 0.42),
    ("Basalt Black", 0.22),
    ("Slate Grey", 0.22),
    ("Lagoon Blue", 0.14),
)
# Campaigns of the maker at every dealer: series, month of history, what a whole month of it multiplies sales by.
PROMOTIONS: tuple[tuple[str, int, float], ...] = (
    ("KESTA", 4, 1.6), ("LUMO", 6, 1.5), ("BOREA", 9, 1.5), ("TARN", 11, 1.6), ("KESTA", 13, 1.6),
    ("LUMO", 16, 1.5), ("VIRE", 18, 1.6), ("BOREA", 21, 1.5), ("KESTA", 23, 1.6), ("TARNX", 26, 1.4),
    ("LUMO", 28, 1.5), ("VIRE", 29, 1.6), ("BOREA", 31, 1.5), ("KESTA", 33, 1.6), ("TARNX", 34, 1.4),
    ("LUMO", 37, 1.5), ("BOREA", 38, 1.5),
)  # fmt: skip
# List prices from a month of history on, as shares of the first list, at the first market; others follow.
PRICE_STEPS: tuple[tuple[int, dict[str, float]], ...] = (
    (8, {"LUMO": 0.90, "KESTA": 1.09, "TARN": 1.07, "BOREA": 1.06, "VIRE": 0.92}),
    (17, {"LUMO": 1.04, "KESTA": 0.95, "TARN": 0.96, "BOREA": 0.94, "VIRE": 1.05}),
    (27, {"LUMO": 0.93, "KESTA": 1.08, "TARNX": 1.08, "BOREA": 1.07, "VIRE": 0.95}),
    (38, {"LUMO": 1.04, "KESTA": 0.97, "TARNX": 0.98, "BOREA": 0.97}),
)  # fmt: skip
PRICE_ELASTICITY = -2.5  # per cent of sales for a per cent of price
RECALL_SERIES = "KESTA"
RECALL_MONTH = 29


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A family of parts that share use, price and rhythm."""

    name: str
    category: str
    share: float  # of part numbers
    rate: float  # requests a month at a mean outlet, of the family's best seller
    mean_extra: float  # units beyond the first of a request, geometric
    packs: tuple[int, ...]
    price_usd: tuple[float, float]
    vital: float
    essential: float
    season: str  # none, summer, winter, rain
    workshop: float  # share of requests that come from repair orders


FAMILIES: tuple[Family, ...] = (
    Family(name="Oil filter", category="maintenance", share=0.06, rate=26, mean_extra=0.15, packs=(4, 10),
           price_usd=(4, 9), vital=0.9, essential=0.1, season="none", workshop=0.8),
    Family(name="Air filter", category="maintenance", share=0.06, rate=15, mean_extra=0.05, packs=(1, 4),
           price_usd=(8, 18), vital=0.5, essential=0.5, season="summer", workshop=0.8),
    Family(name="Brake pad set", category="wear", share=0.10, rate=9, mean_extra=0.1, packs=(1, 2),
           price_usd=(35, 90), vital=0.9, essential=0.1, season="none", workshop=0.8),
    Family(name="Wiper blade", category="wear", share=0.07, rate=10, mean_extra=0.8, packs=(1, 10),
           price_usd=(6, 15), vital=0.0, essential=0.4, season="rain", workshop=0.4),
    Family(name="Battery", category="electrical", share=0.05, rate=5, mean_extra=0.02, packs=(1,),
           price_usd=(80, 160), vital=1.0, essential=0.0, season="winter", workshop=0.6),
    Family(name="Cabin filter", category="maintenance", share=0.05, rate=10, mean_extra=0.05, packs=(1, 5),
           price_usd=(9, 20), vital=0.0, essential=0.7, season="summer", workshop=0.75),
    Family(name="Coolant hose", category="wear", share=0.10, rate=1.6, mean_extra=0.1, packs=(1,),
           price_usd=(12, 45), vital=0.7, essential=0.3, season="summer", workshop=0.8),
    Family(name="Suspension arm", category="wear", share=0.10, rate=1.4, mean_extra=0.5, packs=(1,),
           price_usd=(60, 180), vital=0.3, essential=0.7, season="none", workshop=0.85),
    Family(name="Sensor", category="electrical", share=0.13, rate=1.2, mean_extra=0.02, packs=(1,),
           price_usd=(25, 140), vital=0.5, essential=0.4, season="none", workshop=0.85),
    Family(name="Headlamp", category="collision", share=0.08, rate=1.0, mean_extra=0.15, packs=(1,),
           price_usd=(120, 420), vital=0.2, essential=0.7, season="rain", workshop=0.5),
    Family(name="Bumper cover", category="body", share=0.08, rate=0.8, mean_extra=0.03, packs=(1,),
           price_usd=(140, 380), vital=0.0, essential=0.6, season="rain", workshop=0.5),
    Family(name="Trim clip", category="body", share=0.06, rate=2.0, mean_extra=5.0, packs=(10, 25),
           price_usd=(0.4, 2), vital=0.0, essential=0.2, season="none", workshop=0.5),
    Family(name="Floor mat set", category="accessory", share=0.06, rate=2.2, mean_extra=0.02, packs=(1, 2),
           price_usd=(25, 70), vital=0.0, essential=0.0, season="none", workshop=0.05),
)  # fmt: skip
# Northern year; southern markets shift it by six months, the Gulf has no rain to speak of.
PART_SEASONS: dict[str, tuple[float, ...]] = {
    "none": (1.0,) * 12,
    "summer": (0.8, 0.8, 0.9, 1.0, 1.15, 1.3, 1.35, 1.3, 1.1, 0.95, 0.85, 0.8),
    "winter": (1.35, 1.2, 1.0, 0.85, 0.8, 0.85, 0.95, 0.95, 0.9, 0.95, 1.1, 1.3),
    "rain": (1.1, 1.0, 0.95, 0.85, 0.85, 0.95, 1.05, 1.1, 1.15, 1.05, 1.0, 1.05),
}
SOUTHERN = frozenset({"BR", "ZA", "CL"})

LEAD_SOURCES: tuple[tuple[str, float], ...] = (
    ("website", 0.30), ("walk_in", 0.26), ("call_centre", 0.12),
    ("event", 0.12), ("referral", 0.12), ("app", 0.08),
)  # fmt: skip
LOST_REASONS = ("price", "competitor", "waiting_time", "finance_refused", "no_need", "no_answer")
COMPETITORS = ("Aurelo", "Kandor", "Mistral Auto", "Oriento")
COMPLAINTS = (
    "periodic_service", "noise", "brake_feel", "warning_lamp", "air_conditioning", "starting", "collision",
)  # fmt: skip
REJECT_REASONS = ("missing_evidence", "wear_part", "out_of_warranty", "wrong_operation")


@dataclass(frozen=True, slots=True)
class Names:
    """Given and family names, each as (Latin, own script or the same); other spellings seen in files."""

    given: tuple[tuple[str, str], ...]
    family: tuple[tuple[str, str], ...]
    spellings: dict[str, tuple[str, ...]]


_ARABIC = Names(
    given=(
        ("Mohammed", "محمد"), ("Ahmed", "أحمد"), ("Khalid", "خالد"), ("Fatima", "فاطمة"), ("Aisha", "عائشة"),
        ("Omar", "عمر"), ("Yousef", "يوسف"), ("Mariam", "مريم"), ("Abdullah", "عبدالله"), ("Noura", "نورة"),
        ("Hassan", "حسن"), ("Layla", "ليلى"), ("Sultan", "سلطان"), ("Huda", "هدى"), ("Saeed", "سعيد"),
        ("Reem", "ريم"), ("Faisal", "فيصل"), ("Salma", "سلمى"), ("Tariq", "طارق"), ("Amal", "أمل"),
    ),
    family=(
        ("Al Harbi", "الحربي"), ("Al Qahtani", "القحطاني"), ("Al Mansoori", "المنصوري"), ("Haddad", "حداد"),
        ("Al Zaabi", "الزعابي"), ("Al Shehri", "الشهري"), ("Khoury", "خوري"), ("Al Ghamdi", "الغامدي"),
        ("Al Suwaidi", "السويدي"), ("Najjar", "نجار"), ("Al Otaibi", "العتيبي"), ("Saleh", "صالح"),
        ("Al Nuaimi", "النعيمي"), ("Darwish", "درويش"), ("Al Dosari", "الدوسري"), ("Rashid", "راشد"),
    ),
    spellings={
        "Mohammed": ("Muhammad", "Mohamed", "Mohammad"), "Ahmed": ("Ahmad",), "Khalid": ("Khaled",),
        "Fatima": ("Fatma", "Fatimah"), "Aisha": ("Aysha", "Aicha"), "Yousef": ("Yusuf", "Youssef"),
        "Abdullah": ("Abdulla",), "Mariam": ("Maryam",), "Noura": ("Nora",), "Hassan": ("Hasan",),
        "Layla": ("Leila", "Laila"), "Saeed": ("Said",), "Tariq": ("Tarek",), "Faisal": ("Faysal",),
        "Al Harbi": ("Alharbi", "Al-Harbi"), "Al Qahtani": ("Alqahtani", "Al-Kahtani"),
        "Al Mansoori": ("Almansouri", "Al-Mansouri"), "Al Ghamdi": ("Alghamdi",), "Al Shehri": ("Alshehri",),
        "Al Suwaidi": ("Al Suwaydi",), "Al Otaibi": ("Alotaibi", "Al-Otaiby"), "Al Nuaimi": ("Al Naimi",),
    },
)  # fmt: skip
_THAI = Names(
    given=(
        ("Somchai", "สมชาย"), ("Siriporn", "ศิริพร"), ("Anan", "อนันต์"), ("Malee", "มาลี"), ("Niran", "นิรันดร์"),
        ("Pimchanok", "พิมพ์ชนก"), ("Wichai", "วิชัย"), ("Kanya", "กัญญา"), ("Prasert", "ประเสริฐ"),
        ("Sunisa", "สุนิสา"), ("Thanawat", "ธนวัฒน์"), ("Ratana", "รัตนา"), ("Chaiwat", "ชัยวัฒน์"),
        ("Duangjai", "ดวงใจ"), ("Kittisak", "กิตติศักดิ์"), ("Wipada", "วิภาดา"),
    ),
    family=(
        ("Srisuk", "ศรีสุข"), ("Thongdee", "ทองดี"), ("Saetang", "แซ่ตั้ง"), ("Boonmee", "บุญมี"),
        ("Chaiyasit", "ชัยสิทธิ์"), ("Rattanakul", "รัตนกุล"), ("Suwannarat", "สุวรรณรัตน์"), ("Phromma", "พรหมมา"),
        ("Kaewmanee", "แก้วมณี"), ("Intharat", "อินทรัตน์"), ("Wongsa", "วงศ์ษา"), ("Yodsak", "ยอดศักดิ์"),
    ),
    spellings={
        "Siriporn": ("Siripon",), "Wichai": ("Vichai",), "Ratana": ("Rattana",), "Wipada": ("Vipada",),
        "Thanawat": ("Tanawat",), "Chaiwat": ("Chaivat",), "Srisuk": ("Srisook", "Sri-suk"),
        "Saetang": ("Sae Tang",), "Boonmee": ("Bunmi",), "Wongsa": ("Vongsa",), "Kaewmanee": ("Keawmanee",),
    },
)  # fmt: skip


def _same(*names: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, name) for name in names)


_PORTUGUESE = Names(
    given=_same("João", "Maria", "José", "Ana", "Antônio", "Francisca", "Luís", "Patrícia", "Márcio", "Juliana",
                "Fábio", "Camila", "André", "Beatriz", "Rogério", "Letícia", "Sérgio", "Vitória"),
    family=_same("da Silva Souza", "Oliveira Santos", "Ferreira Lima", "Gonçalves", "Araújo Costa", "Ribeiro",
                 "Almeida Prado", "Conceição", "Barbosa Dias", "Magalhães", "Teixeira", "Nogueira Brandão"),
    spellings={"José": ("Jose",), "João": ("Joao",), "Luís": ("Luiz", "Luis"), "Patrícia": ("Patricia",)},
)  # fmt: skip
_SPANISH = Names(
    given=_same("José", "María", "Juan", "Camila", "Cristóbal", "Francisca", "Matías", "Valentina", "Sebastián",
                "Constanza", "Nicolás", "Javiera", "Andrés", "Catalina", "Tomás", "Sofía"),
    family=_same("González Muñoz", "Rojas Díaz", "Pérez Soto", "Contreras Silva", "Sepúlveda", "Martínez Vera",
                 "Fuentes Araya", "Núñez Castro", "Valenzuela", "Morales Peña", "Gutiérrez", "Espinoza Lagos"),
    spellings={"José": ("Jose",), "María": ("Maria",)},
)  # fmt: skip
_GERMAN = Names(
    given=_same("Jürgen", "Ursula", "Stefan", "Sabine", "Björn", "Anja", "Käthe", "Lukas", "Jörg", "Monika",
                "Sönke", "Petra", "Matthias", "Heike", "Günther", "Lena"),
    family=_same("Müller", "Schröder", "Weiß", "Köhler", "Krämer", "Böhm", "Groß", "Schäfer", "Hübner", "Vogt",
                 "Brandt", "Lindemann", "Jäger", "Kühn", "Petersen", "Straßner"),
    spellings={"Stefan": ("Stephan",), "Matthias": ("Mathias",), "Günther": ("Gunter", "Günter")},
)  # fmt: skip
_AFRICAN = Names(
    given=_same("Thabo", "Lerato", "Pieter", "Naledi", "Johan", "Ayanda", "Sipho", "Anika", "Kagiso", "Zanele",
                "Willem", "Nomsa", "Bongani", "Elmarie", "Mandla", "Priya"),
    family=_same("Nkosi", "van der Merwe", "Dlamini", "Botha", "Naidoo", "Mokoena", "Pretorius", "Khumalo",
                 "Petersen", "Mahlangu", "Venter", "Govender", "Zulu", "du Plessis"),
    spellings={"van der Merwe": ("v d Merwe", "Van Der Merwe"), "du Plessis": ("Duplessis",)},
)  # fmt: skip
_INDIAN = Names(
    given=_same("Rajesh", "Priya", "Anil", "Sunita", "Vikram", "Lakshmi", "Sanjay", "Deepika", "Arjun", "Kavita",
                "Suresh", "Meena", "Rohit", "Anjali", "Ganesh", "Pooja", "Manoj", "Shreya"),
    family=_same("Sharma", "Patel", "Iyer", "Reddy", "Chatterjee", "Gupta", "Krishnan", "Deshmukh", "Nair", "Singh",
                 "Joshi", "Mukherjee", "Pillai", "Verma", "Kulkarni", "Agarwal"),
    spellings={
        "Lakshmi": ("Laxmi",), "Deepika": ("Dipika",), "Pooja": ("Puja",), "Rajesh": ("Rajes",),
        "Agarwal": ("Aggarwal", "Agrawal"), "Chatterjee": ("Chatterji",), "Mukherjee": ("Mookerjee",),
        "Deshmukh": ("Deshmukhe",), "Krishnan": ("Krishnaan",), "Sunita": ("Suneeta",),
    },
)  # fmt: skip
NAMES: dict[str, Names] = {
    "AE": _ARABIC, "SA": _ARABIC, "TH": _THAI, "BR": _PORTUGUESE,
    "ZA": _AFRICAN, "CL": _SPANISH, "DE": _GERMAN, "IN": _INDIAN,
}  # fmt: skip
