"""OpenAI's Responses API, or a server that speaks it: stateless, the whole thread as input. The only module that knows the SDK."""

import os
import time
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import httpx2
import openai
from django.conf import settings
from openai.resources.responses import ResponsesWithRawResponse

from assistant import metrics
from assistant.llm import LLMUnavailable, Reply, Request, outage, wire
from assistant.llm.outage import Outage

OPENAI_URL = "https://api.openai.com/v1"
CONNECT_SECONDS, READ_SECONDS = 5.0, 25.0
# A wait longer than this is the customer's wait: the rules answer instead.
RETRY_AFTER_MOST_SECONDS = 5.0
# With less than this for each of two attempts, one attempt gets all that is left.
ATTEMPT_LEAST_SECONDS = 5.0
# Who does not answer in this time is away.
PATIENT_SECONDS = 8.0
MAX_OUTPUT_TOKENS = 4000
# 429s that no retry helps: https://platform.openai.com/docs/guides/error-codes
QUOTA_CODES = frozenset(
    {
        "insufficient_quota",
        "credit_balance_exhausted",
        "project_spend_limit_exceeded",
        "organization_spend_limit_exceeded",
        "organization_usage_limit_exceeded",
    }
)


class OpenAIResponses:
    """A model of OpenAI's, by name."""

    def __init__(self, model: str, effort: str) -> None:
        self.model = model
        self.effort = effort

    def respond(self, request: Request) -> Reply:
        """One call. Raises LLMUnavailable for whatever keeps it from an answer."""
        with outage.remembered(), metrics.MODEL_SECONDS.time():
            return self._asked(request)

    def _asked(self, request: Request) -> Reply:
        seconds, retries = _patience(request.seconds_left)
        timeout = httpx2.Timeout(seconds, connect=min(seconds, CONNECT_SECONDS))
        try:
            # The SDK does not check what it parses, so the body is read here, as it came.
            # All of it past the SDK's transformation, which costs more than the rest of the call and changes nothing here.
            answered = _responses(client(), retries).create(extra_body=self._body(request), timeout=timeout)
            body = answered.http_response.json()
        except openai.APIStatusError as e:
            raise _refusal(e) from e
        except openai.APITimeoutError as e:
            metrics.MODEL_ERRORS.labels("timeout").inc()
            told = "OpenAI did not answer in time."
            # In the last seconds of a turn that proves nothing.
            raise (Outage(told) if seconds >= PATIENT_SECONDS else LLMUnavailable(told)) from e
        except openai.OpenAIError as e:
            metrics.MODEL_ERRORS.labels("unreachable").inc()
            raise Outage(f"OpenAI can't be reached: {type(e).__name__}.") from e
        except (ValueError, RecursionError) as e:
            metrics.MODEL_ERRORS.labels("no_json").inc()
            raise Outage("OpenAI's answer is no JSON.") from e
        return wire.read_reply(body, self.model)

    def _body(self, request: Request) -> dict[str, Any]:
        return {
            "model": self.model,
            "instructions": request.instructions,
            "input": wire.written_input(request, is_elsewhere=_is_elsewhere()),
            "store": False,
            "max_output_tokens": MAX_OUTPUT_TOKENS,
            "tool_choice": "none" if request.must_speak else "auto",
            **wire.written_tools(request.tools),
            **self._only_at_openai(request),
        }

    def _only_at_openai(self, request: Request) -> dict[str, Any]:
        """Options that another server may not know."""
        if _is_elsewhere():
            return {}
        return {
            "reasoning": {"effort": self.effort},
            "text": {"verbosity": "low"},
            "include": ["reasoning.encrypted_content"],
            "truncation": "auto",
            "safety_identifier": request.customer_ref,
        }


def _refusal(error: openai.APIStatusError) -> LLMUnavailable:
    """What an error means: that this request can't be served, that others may not be served either, or that none will."""
    metrics.MODEL_ERRORS.labels(error.code or error.status_code).inc()
    told = f"OpenAI answered {error.status_code}{f' ({error.code})' if error.code else ''}."
    if error.status_code in {401, 403} or error.code in QUOTA_CODES or _is_long_wait(error.response.headers):
        return Outage(told, is_certain=True)
    return Outage(told) if error.status_code == 429 or error.status_code >= 500 else LLMUnavailable(told)


def _patience(seconds_left: float) -> tuple[float, int]:
    """How long one attempt may take, and how many more there may be: all of them end within the time that is left."""
    half = (seconds_left - RETRY_AFTER_MOST_SECONDS) / 2
    if half >= ATTEMPT_LEAST_SECONDS:
        return min(READ_SECONDS, half), 1
    if seconds_left <= 0:
        raise LLMUnavailable("No time was left to ask OpenAI.")
    return min(READ_SECONDS, seconds_left), 0


def check(model: str) -> None:
    """Whether the server takes our key and knows the model, without asking the model anything. Raises LLMUnavailable."""
    try:
        client().with_options(timeout=10, max_retries=0).models.retrieve(model)
    except openai.APIStatusError as e:
        raise LLMUnavailable(f"OpenAI answered {e.status_code}{f' ({e.code})' if e.code else ''}.") from e
    except (openai.OpenAIError, ValueError) as e:
        raise LLMUnavailable(f"OpenAI can't be reached: {type(e).__name__}.") from e


# --- The client -------------------------------------------------------------------------------------------------


@cache
def _responses(asked: openai.OpenAI, retries: int) -> ResponsesWithRawResponse:
    """Kept, for the SDK puts it together anew each time it is asked for."""
    return asked.with_options(max_retries=retries).responses.with_raw_response


def _is_elsewhere() -> bool:
    host = urlsplit(settings.OPENAI_BASE_URL or OPENAI_URL).hostname or ""
    return host != "api.openai.com" and not host.endswith(".api.openai.com")


def client() -> openai.OpenAI:
    """One client per process, built after the fork: shared over a fork, its connections break."""
    return _built(os.getpid(), settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL)


@cache
def _built(_pid: int, api_key: str, base_url: str) -> openai.OpenAI:
    hooks: dict[str, list[Callable[..., Any]]] = {
        "request": [_note_end],
        "response": [_keep_to_end, _forbid_useless_retry],
    }
    return openai.OpenAI(
        api_key=api_key or "none",
        # Named in full: left out, the SDK would take it from the environment, unread by our settings.
        base_url=base_url or OPENAI_URL,
        http_client=openai.DefaultHttpxClient(event_hooks=hooks),
    )


class _Hurried(httpx2.SyncByteStream):
    """A body that must be there by its time: the read timeout alone begins anew with every byte."""

    def __init__(self, stream: httpx2.SyncByteStream, ends_at: float) -> None:
        self.stream = stream
        self.ends_at = ends_at

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self.stream:
            if time.monotonic() > self.ends_at:
                raise httpx2.ReadTimeout("The body took too long.")
            yield chunk

    def close(self) -> None:
        self.stream.close()


def _note_end(request: httpx2.Request) -> None:
    request.extensions["ends_at"] = time.monotonic() + request.extensions["timeout"]["read"]


def _keep_to_end(response: httpx2.Response) -> None:
    if isinstance(response.stream, httpx2.SyncByteStream):
        response.stream = _Hurried(response.stream, response.request.extensions["ends_at"])


def _forbid_useless_retry(response: httpx2.Response) -> None:
    """Tell the SDK not to repeat what can't help, and not to sleep through a long Retry-After (it would, up to two minutes)."""
    if response.status_code < 400:
        return
    response.read()
    if _is_long_wait(response.headers) or _error_code(response) in QUOTA_CODES:
        response.headers["x-should-retry"] = "false"


def _is_long_wait(headers: httpx2.Headers) -> bool:
    """Whether the server asks for more time than a customer waits; a date counts as that."""
    for name, per_second in (("retry-after-ms", 1000), ("retry-after", 1)):
        if wait := headers.get(name):
            try:
                return not 0 <= float(wait) / per_second <= RETRY_AFTER_MOST_SECONDS
            except ValueError:
                return True
    return False


def _error_code(response: httpx2.Response) -> str:
    try:
        return str(response.json()["error"]["code"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
