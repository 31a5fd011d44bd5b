"""What is counted of the language model and of what its answers were held against; `/metrics` tells it."""

from prometheus_client import Counter, Histogram

MODEL_SECONDS = Histogram(
    "karlos_model_seconds",
    "Seconds that one call to the language model took.",
    buckets=(0.5, 1, 2, 4, 8, 15, 25, 50),
)
MODEL_ERRORS = Counter("karlos_model_errors", "Calls to the language model that gave no answer, by code.", ["code"])
VERDICTS = Counter("karlos_guardrail_verdicts", "Answers that the guardrails let pass or withheld.", ["verdict"])
