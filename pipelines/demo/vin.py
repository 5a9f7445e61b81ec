"""Valid vehicle numbers of the fictional maker: 17 characters, check digit in place, last four numeric."""

from __future__ import annotations

import numpy as np

from operational_api.vin import LETTERS
from pipelines.demo.brand import PLANT, WMI
from pipelines.demo.clock import Ints

_VALUE = dict(
    zip(
        "ABCDEFGHJKLMNPRSTUVWXYZ",
        (1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9),
        strict=True,
    )
) | {str(d): d for d in range(10)}
_WEIGHTS = np.array([8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2])
_YEARS = "ABCDEFGHJKLMNPRSTVWXY123456789"  # 2010 is A, and again every thirty years
_DIGITS = "0123456789X"
SERIALS = len(LETTERS) ** 2 * 10_000


def make_vins(vds: np.ndarray, model_year: Ints, serial: Ints) -> np.ndarray:
    """One number per row: `vds` has five characters, `serial` is below SERIALS and unique per model year."""
    if len(serial) and int(serial.max()) >= SERIALS:
        raise ValueError(f"serial {int(serial.max())} does not fit into positions 12 to 17")
    letters = np.array(list(LETTERS))
    high = serial // 10_000
    pieces = [
        np.full(len(serial), WMI),
        vds.astype(str),
        np.full(len(serial), "0"),
        np.array(list(_YEARS))[(model_year - 2010) % 30],
        np.full(len(serial), PLANT),
        letters[high // len(LETTERS)],
        letters[high % len(LETTERS)],
        np.char.zfill((serial % 10_000).astype(str), 4),
    ]
    raw = pieces[0]
    for piece in pieces[1:]:
        raw = np.char.add(raw, piece)
    if not len(raw):
        return raw
    characters = raw.astype("U17").view("U1").reshape(len(raw), 17)
    table = np.zeros(128, dtype=np.int64)
    for character, value in _VALUE.items():
        table[ord(character)] = value
    rest = (table[characters.view(np.uint32)] * _WEIGHTS).sum(axis=1) % 11
    characters[:, 8] = np.array(list(_DIGITS))[rest]
    return np.ascontiguousarray(characters).view("U17").ravel()
