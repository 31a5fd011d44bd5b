"""Passwords that whoever guesses would try first here: the names of the house."""

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from assistant import dealership
from assistant.models import AssistantSettings
from assistant.reading.plain import plain

# Shorter words stand in many passwords by chance.
_LETTERS_LEAST = 4


class HouseWords:
    """No word of the assistant's or the dealership's name, however it is written."""

    def validate(self, password: str, user: User | None = None) -> None:
        written = plain(password)
        if any(word in written for word in _words()):
            raise ValidationError(self.get_help_text(), code="house_words")

    def get_help_text(self) -> str:
        return _("Your password can't contain a name of the dealership or its assistant.")


def _words() -> set[str]:
    names = f"karlos {AssistantSettings.current().name} {dealership.name()}"
    return {word for word in plain(names).split() if len(word) >= _LETTERS_LEAST}
