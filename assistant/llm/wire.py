"""What goes over the wire to a server that speaks /v1/responses, and what comes back; every shape of it."""

import json
from base64 import b64encode
from collections.abc import Iterator, Sequence
from typing import Any

from assistant.answer import Usage
from assistant.items import Item, Opaque, Picture, Remark, Said, ToolCall, ToolResult, storable
from assistant.llm import LLMUnavailable, Reply, Request, ToolSpec

# --- What goes in -----------------------------------------------------------------------------------------------


def written_tools(tools: Sequence[ToolSpec]) -> dict[str, Any]:
    """The tools as options of the request."""
    return {
        "tools": [
            {
                "type": "function",
                "name": tool.name,
                "description": tool.description,
                "parameters": tool.parameters,
                "strict": True,
            }
            for tool in tools
        ],
        "parallel_tool_calls": True,
    }


def written_input(request: Request, *, is_elsewhere: bool) -> list[dict[str, Any]]:
    """The thread, with the time after the customer's last words: what comes before is the same prefix at every call."""
    known = [item for item in request.items if not (is_elsewhere and isinstance(item, Opaque))]
    spoken = [place for place, item in enumerate(known, 1) if isinstance(item, Said) and item.author == "customer"]
    known.insert(spoken[-1] if spoken else 0, _circumstances(request))
    return [_wire(item, is_elsewhere=is_elsewhere) for item in known]


def _circumstances(request: Request) -> Remark:
    language = "English" if request.language == "en" else "Spanish"
    return Remark(
        f"It is {request.now:%A, %Y-%m-%d %H:%M} at the dealership. The customer writes {language}.{_earlier(request)}"
    )


def _earlier(request: Request) -> str:
    """What an earlier conversation ended with: without figures, which may be others by now."""
    if request.earlier_car is None:
        return ""
    ended = f" An earlier conversation ended with the car {request.earlier_car}"
    if not request.earlier_quote:
        return f"{ended}: look it up again before you speak of it."
    asked = json.dumps(dict(request.earlier_quote))
    return f"{ended}, of which fetch_credit_estimate was asked {asked}: ask it again before you speak of the estimate."


def _wire(item: Item, *, is_elsewhere: bool) -> dict[str, Any]:
    match item:
        case Said():
            return _words(item)
        case Remark(text) if is_elsewhere:  # many chat templates know no developer
            return {"role": "user", "content": f"[A note of the dealership's program, not of the customer:] {text}"}
        case Remark(text):
            return {"role": "developer", "content": text}
        case ToolCall(raw=raw) if raw is not None and not is_elsewhere:
            return dict(raw)
        case ToolCall(call_id, name, arguments):
            return {"type": "function_call", "call_id": call_id, "name": name, "arguments": arguments}
        case ToolResult(call_id, output):
            return {"type": "function_call_output", "call_id": call_id, "output": output}
        case Picture(jpeg):
            url = f"data:image/jpeg;base64,{b64encode(jpeg).decode()}"
            return {"role": "user", "content": [{"type": "input_image", "image_url": url, "detail": "auto"}]}
        case Opaque(raw):
            return dict(raw)
        case _:
            raise TypeError(f"{type(item).__name__} is no thread item.")


def _words(said: Said) -> dict[str, Any]:
    match said:
        case Said("customer", text):
            return {"role": "user", "content": text}
        case Said("staff", text):
            return {"role": "assistant", "content": f"[A colleague of the dealership wrote:] {text}"}
        case Said(_, text):
            return {"role": "assistant", "content": text}


# --- What comes out ---------------------------------------------------------------------------------------------


def read_reply(body: Any, asked_model: str) -> Reply:
    """The reply in a body that can be used. A 200 is no promise: it may be foreign JSON, failed or cut off. Raises LLMUnavailable then."""
    if not isinstance(body, dict):
        raise LLMUnavailable("OpenAI's answer is not a response.")
    _check_status(body)
    if not isinstance(body.get("output"), list):
        raise LLMUnavailable("OpenAI's answer is not a response.")
    output = [item for item in body["output"] if isinstance(item, dict)]
    items = tuple(_item(item) for item in output)
    calls = tuple(item for item in items if isinstance(item, ToolCall))
    text = "" if calls else _text(output)
    if not calls and not text:
        raise LLMUnavailable("OpenAI refused to answer." if _is_refusal(output) else "OpenAI said nothing.")
    return Reply(
        model=storable(str(body.get("model") or asked_model))[:80],
        text=text,
        calls=calls,
        items=items if calls else (),
        usage=_usage(body),
    )


def _check_status(body: dict[str, Any]) -> None:
    match body.get("status"):
        case "completed" | None:
            return
        case "failed":
            raise LLMUnavailable(f"OpenAI failed ({_inner(body, 'error', 'code') or 'no reason given'}).")
        case "incomplete":
            reason = _inner(body, "incomplete_details", "reason") or "no reason given"
            raise LLMUnavailable(f"OpenAI's answer is incomplete ({reason}).")
        case status:
            raise LLMUnavailable(f"OpenAI's answer has the status {status}.")


def _item(item: dict[str, Any]) -> ToolCall | Opaque:
    """A call with its own form beside it, to be sent back word for word; anything else as it came."""
    match item:
        case {"type": "function_call", "call_id": str(call_id), "name": str(name), "arguments": arguments} if call_id:
            written = arguments if isinstance(arguments, str) else json.dumps(arguments or {})
            return ToolCall(storable(call_id), storable(name), storable(written) or "{}", raw=item)
        case {"type": "function_call"}:
            raise LLMUnavailable("OpenAI's tool call can't be read.")
        case _:
            return Opaque(item)


def _text(output: Sequence[dict[str, Any]]) -> str:
    """The final answer. A message of another phase is the model thinking aloud, and is not for the customer."""
    messages = [item for item in output if item.get("type") == "message"]
    final = [m for m in messages if m.get("phase") == "final_answer"] or [m for m in messages if not m.get("phase")]
    said = (part.get("text") for part in _parts(final) if part.get("type") == "output_text")
    return "\n\n".join(filter(None, (storable(text).strip() for text in said if isinstance(text, str))))


def _is_refusal(output: Sequence[dict[str, Any]]) -> bool:
    return any(part.get("type") == "refusal" for part in _parts(output))


def _parts(messages: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for message in messages:
        content = message.get("content")
        yield from (part for part in content or () if isinstance(part, dict)) if isinstance(content, list) else ()


def _usage(body: dict[str, Any]) -> Usage:
    used = body.get("usage")
    if not isinstance(used, dict):
        return Usage()
    return Usage(
        input_tokens=_count(used.get("input_tokens")),
        cached_tokens=_count(_inner(used, "input_tokens_details", "cached_tokens")),
        output_tokens=_count(used.get("output_tokens")),
    )


def _count(tokens: Any) -> int:
    return tokens if isinstance(tokens, int) else 0


def _inner(body: dict[str, Any], name: str, key: str) -> Any:
    part = body.get(name)
    return part.get(key) if isinstance(part, dict) else None
