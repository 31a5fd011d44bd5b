"""The way of 2025: everything inside the webhook, eleven calls a turn, the whole catalogue with every question."""

import json
import os
from typing import Any

import requests
from flask import Flask, Response, request

app = Flask(__name__)
_SESSION = requests.Session()
_CATALOGUE = json.dumps(json.dumps([{"stock_id": n, "make": "Mazda", "model": "Mazda 3", "year": 2020, "km": 31_900, "price": 315_000.0, "version": "2.5 I SPORT AUTO", "bluetooth": "Sí", "largo": 4460.0, "ancho": 1795.0, "altura": 1440.0, "car_play": ""} for n in range(100)]))  # fmt: skip


def _ask(path: str, body: dict[str, Any]) -> dict[str, Any]:
    return dict(_SESSION.post(f"{os.environ['ASSISTANTS_URL']}{path}", json=body, timeout=60).json())


@app.post("/api/twilio/inbound")
def inbound() -> Response:
    """Assistant, thread, message, run, poll, tool, poll, read, send."""
    _ask("/assistants", {})
    _ask("/threads", {})
    _ask("/messages", {"content": request.form["Body"]})
    _ask("/runs", {"wait": True})
    for _ in range(3):
        _ask("/poll", {})
    _ask("/outputs", {"output": _CATALOGUE, "wait": True})
    for _ in range(2):
        _ask("/poll", {})
    _ask("/messages", {"read": True})
    form = {"To": request.form["From"], "From": request.form["To"], "Body": "Tengo un Mazda 3 2020 en $315,000."}
    _SESSION.post(os.environ["TWILIO_URL"], data=form, timeout=60).raise_for_status()
    return Response("", status=200)
