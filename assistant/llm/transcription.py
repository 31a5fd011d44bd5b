"""Voice notes as words, by OpenAI or a server that speaks its API."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from assistant.items import storable
from assistant.llm import LLMUnavailable

MODEL = "gpt-transcribe"
LANGUAGES = ("es", "en")
SECONDS_MOST = 20.0
KEYWORDS_MOST = 100
# The server goes by the name's ending, and knows not all that there are.
_ENDINGS = {"audio/ogg": "ogg", "audio/mpeg": "mp3", "audio/mp4": "m4a", "audio/aac": "m4a"}


@dataclass(frozen=True, kw_only=True)
class Transcript:
    """What was said. `is_unsure`: it could not even be told in which language."""

    text: str
    is_unsure: bool


def is_offered() -> bool:
    """Whether there is a server to ask."""
    return bool(settings.OPENAI_API_KEY or settings.OPENAI_BASE_URL)


def transcribed(sound: bytes, content_type: str, keywords: Iterable[str]) -> Transcript:
    """The words of a sound; names that may be among them help. Raises LLMUnavailable."""
    # Imported by who listens and nobody else: the SDK takes most of a second to load.
    import openai  # noqa: PLC0415

    from assistant.llm import openai_responses  # noqa: PLC0415

    ending = _ENDINGS.get(content_type)
    if ending is None:
        raise LLMUnavailable(f"Sounds of the type {content_type} can't be transcribed.")
    transcriptions = openai_responses.client().with_options(timeout=SECONDS_MOST, max_retries=0).audio.transcriptions
    try:
        answered = transcriptions.with_raw_response.create(
            model=MODEL,
            file=(f"voice.{ending}", sound, content_type),
            extra_body={"languages": list(LANGUAGES), "keywords": list(_plain(keywords))[:KEYWORDS_MOST]},
        )
        body = answered.http_response.json()
    except openai.OpenAIError as e:
        raise LLMUnavailable(f"OpenAI transcribes nothing: {type(e).__name__}.") from e
    except (ValueError, RecursionError) as e:
        raise LLMUnavailable("OpenAI's transcript is no JSON.") from e
    return _read(body)


def _plain(keywords: Iterable[str]) -> Iterable[str]:
    """One line each, without the marks that the server refuses."""
    return (" ".join(word.translate(str.maketrans("<>", "  ")).split()) for word in keywords)


def _read(body: Any) -> Transcript:
    if not isinstance(body, dict) or not isinstance(body.get("text"), str):
        raise LLMUnavailable("OpenAI's transcript can't be read.")
    languages = body.get("languages")
    return Transcript(text=storable(body["text"]).strip(), is_unsure=languages == [])
