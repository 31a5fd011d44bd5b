"""Places in a list as people say them: "el segundo", "la última", "opción 3"."""

import re

_ORDINALS = {
    "primer": 1, "primero": 1, "primera": 1, "segundo": 2, "segunda": 2, "tercer": 3, "tercero": 3, "tercera": 3,
    "cuarto": 4, "cuarta": 4, "quinto": 5, "quinta": 5, "sexto": 6, "septimo": 7, "octavo": 8, "noveno": 9, "decimo": 10,
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "ultimo": -1, "ultima": -1, "last": -1,
}  # fmt: skip
_ORDINAL = re.compile(
    rf"(?:\b(?:el|la|del|al|de la|a la|the)\s+)(?P<word>{'|'.join(_ORDINALS)})\b"
    r"|\b(?:numero|opcion|option|number|el|la|el no\.?|#)\s?(?P<figure>\d{1,2})\b(?!\s*(?:mil|k\b|%|a[nñ]os|meses|por|,|\.\d|years|months))"
)


def position(plain_text: str) -> int | None:
    """The place that is pointed at, counted from 1 or, below 0, from the end."""
    match = _ORDINAL.search(plain_text)
    if match is None:
        return None
    return _ORDINALS[match["word"]] if match["word"] else int(match["figure"])


def positions(plain_text: str) -> list[int]:
    """Every place that is pointed at, in order: "el 2 y el 4"."""
    found = _ORDINAL.finditer(plain_text)
    return list(dict.fromkeys(_ORDINALS[match["word"]] if match["word"] else int(match["figure"]) for match in found))


def points(plain_text: str) -> bool:
    """Whether a place in a list is pointed at."""
    return position(plain_text) is not None
