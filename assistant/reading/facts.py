"""A reading as facts for a language model."""

from assistant.reading.reading import Reading

# From here on thousands are parted: a year has four figures and no comma.
LONG = 10_000


def of(reading: Reading) -> list[str]:
    """What was read, each fact in a few words."""
    limits = (
        ("price at least", reading.price_min, " pesos"),
        ("price at most", reading.price_max, " pesos"),
        ("seats at least", reading.seats_min, " seats"),
        ("model year at least", reading.year_min, ""),
        ("model year at most", reading.year_max, ""),
        ("mileage at least", reading.mileage_min_km, " km"),
        ("mileage at most", reading.mileage_max_km, " km"),
        ("down payment", reading.down_payment, " pesos"),
        ("down payment", reading.down_payment_percent, " %"),
        ("monthly payment wanted", reading.monthly, " pesos"),
        ("an amount in US dollars (never convert it)", reading.dollars, " dollars"),
    )
    facts = [
        f"{name} {value:,}{unit}" if value >= LONG else f"{name} {value}{unit}"
        for name, value, unit in limits
        if value is not None
    ]
    low, high = reading.price_range
    if reading.price_about is not None and low is not None and high is not None:
        facts.append(f"price about {reading.price_about:,} pesos, which is from {low:,} to {high:,} pesos")
    facts.extend(f"a space of {size:,} mm in {name} to fit into" for name, size in reading.space_mm.items())
    if reading.months:
        facts.append("term " + ", ".join(f"{months} months" for months in reading.months))
    if reading.day is not None:
        facts.append(f"the day {reading.day:%A} {reading.day}")
    if reading.at is not None:
        facts.append(f"the time {reading.at:%H:%M}")
    if reading.phone is not None:
        facts.append("a phone number, which is noted for the team")
    if reading.pointed:
        facts.append("points at the car with stock id " + " or ".join(str(stock_id) for stock_id in reading.pointed))
    return facts
