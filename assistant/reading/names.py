"""The makes, models and kinds of car that a message names, wanted or refused."""

from assistant.reading.plain import says
from assistant.reading.reading import BEFORE_CHARACTERS, Reading, is_refused
from inventory import nicknames, vocabulary


def read(reading: Reading) -> None:
    """Put the names into the reading."""
    for mention in vocabulary.mentions(reading.text):
        before = reading.plain_text[max(0, mention.start - BEFORE_CHARACTERS) : mention.start]
        (reading.not_wanted if is_refused(before) else reading.mentions).append(mention)
    taken = [*reading.mentions, *reading.not_wanted]
    for kind in nicknames.body_mentions(reading.text):
        if not any(m.start < kind.end and kind.start < m.end for m in taken):
            reading.body_types.extend(b for b in kind.body_types if b not in reading.body_types)
    if colour := says("colour", reading.plain_text):
        reading.colours.append(colour[0])
