"""The way of 2025: everything inside the webhook, eleven calls a turn with the SDK's Assistants, the whole stock file with every question."""

import json
import os

import openai
import requests
from flask import Flask, Response, request

app = Flask(__name__)
_MODEL = openai.OpenAI(api_key="none", base_url=os.environ["ASSISTANTS_URL"], timeout=60)
_SESSION = requests.Session()
_STOCK = [{"stock_id": n, "make": "Mazda", "model": "Mazda 3", "year": 2020, "km": 31_900, "price": 315_000.0, "version": "2.5 I SPORT AUTO", "bluetooth": "Sí", "largo": 4460.0, "ancho": 1795.0, "altura": 1440.0, "car_play": ""} for n in range(100)]  # fmt: skip
# The stand-in answers every call with the same few words, which have no run and no thread in them.
_ID = "done"


@app.post("/api/twilio/inbound")
def inbound() -> Response:
    """Assistant, thread, message, run, poll, tool, poll, read, send."""
    threads = _MODEL.beta.threads
    _MODEL.beta.assistants.retrieve(_ID)
    threads.retrieve(_ID)
    threads.messages.create(_ID, role="user", content=request.form["Body"])
    threads.runs.create(_ID, assistant_id=_ID, extra_body={"wait": True})
    for _ in range(3):
        threads.runs.retrieve(_ID, thread_id=_ID)
    stock = json.dumps(json.dumps(_STOCK))
    threads.runs.submit_tool_outputs(
        _ID, thread_id=_ID, tool_outputs=[{"tool_call_id": _ID, "output": stock}], extra_body={"wait": True}
    )
    for _ in range(2):
        threads.runs.retrieve(_ID, thread_id=_ID)
    threads.messages.retrieve(_ID, thread_id=_ID)
    form = {"To": request.form["From"], "From": request.form["To"], "Body": "Tengo un Mazda 3 2020 en $315,000."}
    _SESSION.post(os.environ["TWILIO_URL"], data=form, timeout=60).raise_for_status()
    return Response("", status=200)
