"""The words that stop everything, and those that begin again."""

import re
import unicodedata

_STOP = frozenset({"stop", "baja", "alto", "unsubscribe", "darme de baja", "dame de baja", "quiero darme de baja"})
_STOP_PHRASES = re.compile(
    r"\b(ya )?no (me )?(manden|mandes|escriban|escribas|envien|envies) (mas )?(mensajes?|whatsapps?)\b"
    r"|\bno me (vuelvan|vuelvas) a escribir\b|\bstop (texting|messaging|writing)( to)? me\b"
)
_RESUME = frozenset({"start", "alta", "iniciar", "resume", "unstop"})


def asks_to_stop(text: str) -> bool:
    """Whether the message is an opt-out: a stop word alone, or a sentence that can mean nothing else."""
    plain = _plain(text)
    return plain in _STOP or bool(_STOP_PHRASES.search(plain))


def asks_to_resume(text: str) -> bool:
    """Whether the message, alone, takes an opt-out back."""
    return _plain(text) in _RESUME


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(re.findall(r"[a-z0-9]+", "".join(c for c in letters if not unicodedata.combining(c))))
