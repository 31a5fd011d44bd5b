"""Whether customers speak of the data that the dealership has of them."""

import re
from typing import Literal

from assistant.reading.plain import is_only, plain, says

Wish = Literal["erasure", "access", ""]


def wish(text: str) -> Wish:
    """Whether they want their data erased, or want to know which there are."""
    words = " ".join(re.findall(r"[\w']+", plain(text)))
    if says("erase_data", words):
        return "erasure"
    return "access" if says("access_data", words) or is_only("access_data_alone", words) else ""
