"""WhatsApp's marks as a phone shows them: *bold*, _italic_ and ~struck~, in text that is escaped first."""

import re

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

_TAGS = {"*": "strong", "_": "em", "~": "s"}
# Within one line, and only around words: 2*3*4 and snake_case_name stay as they are.
_MARKED = re.compile(r"(?<!\w)([*_~])(?=\S)((?:(?!\1)[^\n])++)(?<=\S)\1(?!\w)")


@register.filter
def whatsapp_marks(text: str) -> SafeString:
    """Safe to put into a page: escaping touches none of the marks, and they may stand within one another."""
    return mark_safe(_shown(escape(text)))  # noqa: S308 - escaped right here


def _shown(escaped: str) -> str:
    return _MARKED.sub(lambda part: f"<{_TAGS[part[1]]}>{_shown(part[2])}</{_TAGS[part[1]]}>", escaped)
