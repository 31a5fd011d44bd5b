"""What is counted of Twilio, of turns and of sweeps; what the database knows anyway is read from there at each scrape."""

from prometheus_client import Counter, Histogram

_SECONDS = (1, 2, 4, 8, 15, 30, 60, 120, 300)

SWEEPS = Counter("karlos_sweeps", "How often work that is due was looked for.")
TWILIO_ERRORS = Counter(
    "karlos_twilio_errors", "Messages that Twilio did not take, or may not have, by code.", ["code"]
)
ANSWER_SECONDS = Histogram(
    "karlos_answer_seconds", "From the turn's beginning to the answer, folds included.", buckets=_SECONDS
)
DELIVERY_SECONDS = Histogram(
    "karlos_delivery_seconds", "From the recorded answer to Twilio's having it.", buckets=_SECONDS
)
