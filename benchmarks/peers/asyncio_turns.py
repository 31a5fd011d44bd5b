"""The same calls for every customer at once, with the SDK's asynchronous client, and nothing else: no store, no checks, no promises.

    python -m benchmarks.peers.asyncio_turns REQUESTS FIRST COUNT

REQUESTS is a file with the two bodies of one of our turns, as they went over the wire.
"""

import asyncio
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import httpx2
import openai


async def turn(model: openai.AsyncOpenAI, http: httpx2.AsyncClient, bodies: list[dict[str, Any]], number: int) -> None:
    """Two calls to the model and one message."""
    said = ""
    for body in bodies:
        response = await model.responses.create(**body)
        said = response.output_text or said
    form = {"To": f"whatsapp:+52{5_500_000_000 + number}", "From": "whatsapp:+14155238886", "Body": said}
    (await http.post(os.environ["TWILIO_URL"], data=form)).raise_for_status()


async def main(bodies: list[dict[str, Any]], customers: range) -> None:
    """All at once. What the imports took is not counted: a program that serves has long done them."""
    before, began = os.times(), time.time()
    limits = httpx2.Limits(max_connections=1000, max_keepalive_connections=1000)
    async with httpx2.AsyncClient(limits=limits, timeout=60) as http:
        model = openai.AsyncOpenAI(api_key="none", base_url=os.environ["OPENAI_BASE_URL"], timeout=60)
        await asyncio.gather(*(turn(model, http, bodies, number) for number in customers))
    after = os.times()
    cpu = after.user + after.system - before.user - before.system
    sys.stdout.write(json.dumps({"began": began, "cpu": cpu}) + "\n")


if __name__ == "__main__":
    first, size = int(sys.argv[2]), int(sys.argv[3])
    asyncio.run(main(json.loads(Path(sys.argv[1]).read_text()), range(first, first + size)))
