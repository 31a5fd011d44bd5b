"""Which models OpenAI switches off, and what to name instead."""

import re

REPLACEMENT = "gpt-6-luna"
# Switched off at OpenAI, or about to be: gpt-5 on 2026-12-11, gpt-4o and gpt-4.1 on 2027-01-14, the others before. With or without a date at the end.
_RETIRED = re.compile(r"(gpt-3\.5-turbo|gpt-4o|gpt-4\.1|gpt-5|o4)(-mini|-nano)?(-\d{4}-\d{2}-\d{2})?")


def is_retired(model: str) -> bool:
    """Whether a model of OpenAI's answers no more, or soon won't."""
    return _RETIRED.fullmatch(model.lower()) is not None
