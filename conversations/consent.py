"""The words that stop everything, and those that begin again: lists in `assistant/prompts/phrases.toml`."""

import re

from assistant.reading.plain import is_only, plain, says, without


def asks_to_stop(text: str) -> bool:
    """Whether the message is an opt-out: a stop word alone, or a sentence that can mean nothing else."""
    words = _words(text)
    return is_only("opt_out_alone", words) or bool(says("opt_out", without("no_opt_out", words)))


def asks_to_resume(text: str) -> bool:
    """Whether the message takes an opt-out back: a word alone, or a sentence that can mean nothing else."""
    words = _words(text)
    return is_only("opt_in_alone", words) or (bool(says("opt_in", words)) and not asks_to_stop(text))


def _words(text: str) -> str:
    """The plain words, one space apart, without marks and without those that are only polite."""
    words = " ".join(re.findall(r"[\w']+", plain(text)))
    return " ".join(without("politeness", words).split())
