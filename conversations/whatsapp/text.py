"""Text as WhatsApp shows it: its own marks instead of Markdown's, and no message longer than it takes."""

import re

# WhatsApp takes 1,600 characters; Twilio may count one outside GSM's alphabet more than once, so bytes are counted.
LIMIT_BYTES = 1600
# For what Twilio finds too long all the same.
SHORTER_BYTES = 700

_MARKS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"!\[([^\]]*)\]\((\S+?)\)"), r"\1 \2"),  # a picture
    (re.compile(r"\[([^\]]+)\]\((\S+?)\)"), r"\1: \2"),  # a link
    (re.compile(r"^\s{0,3}#{1,6}\s+(.+?)\s*#*$", re.MULTILINE), r"*\1*"),  # a heading
    (re.compile(r"\*\*\*(\S(?:.*?\S)?)\*\*\*"), r"*_\1_*"),
    (re.compile(r"\*\*(\S(?:.*?\S)?)\*\*"), r"*\1*"),
    (re.compile(r"__(\S(?:.*?\S)?)__"), r"*\1*"),
    (re.compile(r"~~(\S(?:.*?\S)?)~~"), r"~\1~"),
    (re.compile(r"^([ \t]*)[*+][ \t]+", re.MULTILINE), r"\1- "),  # a bullet that could be read as bold
    (
        re.compile(r"^[ \t]*\|?(?:[ \t]*:?-{3,}:?[ \t]*\|)+[ \t]*:?-*:?[ \t]*$\n?", re.MULTILINE),
        "",
    ),  # the line under a table's head
    (re.compile(r"^[ \t]*([-*_])(?:[ \t]*\1){2,}[ \t]*$\n?", re.MULTILINE), ""),  # a rule
    (re.compile(r"\n{3,}"), "\n\n"),
)
_TABLE_ROW = re.compile(r"^[ \t]*\|(.+)\|[ \t]*$", re.MULTILINE)
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+")


def from_markdown(text: str) -> str:
    """The text with WhatsApp's marks. WhatsApp's own (`*bold*`, `_italic_`) stay as they are."""
    for pattern, replacement in _MARKS:
        text = pattern.sub(replacement, text)
    return _TABLE_ROW.sub(lambda row: " · ".join(cell.strip() for cell in row[1].split("|")), text).strip()


def split(text: str, most_bytes: int = LIMIT_BYTES) -> list[str]:
    """The text in as few messages as WhatsApp takes, cut between paragraphs, else lines, else sentences, else words."""
    parts: list[str] = []
    rest = text.strip()
    while rest:
        if len(rest.encode()) <= most_bytes:
            parts.append(rest)
            break
        cut = _cut(rest, most_bytes)
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return parts


def _cut(text: str, most_bytes: int) -> int:
    """Where the first message ends."""
    window = text.encode()[:most_bytes].decode(errors="ignore")
    # A cut in the first third would waste a message: the next kind of border is tried instead.
    least = len(window) // 3
    for border in ("\n\n", "\n"):
        if (at := window.rfind(border)) > least:
            return at
    ends = [match.start() for match in _SENTENCE_END.finditer(window)]
    if ends and ends[-1] > least:
        return ends[-1]
    return at if (at := window.rfind(" ")) > least else len(window)
