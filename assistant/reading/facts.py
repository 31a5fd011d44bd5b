"""A reading as facts for a language model."""

from assistant.reading.reading import Reading


def of(reading: Reading) -> list[str]:
    """What was read, each fact in a few words."""
    limits = {
        "price at least": reading.price_min,
        "price at most": reading.price_max,
        "seats at least": reading.seats_min,
        "model year at least": reading.year_min,
        "model year at most": reading.year_max,
        "mileage at least, km": reading.mileage_min_km,
        "mileage at most, km": reading.mileage_max_km,
        "down payment": reading.down_payment,
        "down payment in percent": reading.down_payment_percent,
        "monthly payment wanted": reading.monthly,
        "an amount in US dollars (never convert it)": reading.dollars,
    }
    facts = [
        f"{name} {value:,}" if value >= 10_000 else f"{name} {value}"
        for name, value in limits.items()
        if value is not None
    ]
    low, high = reading.price_range
    if reading.price_about is not None and low is not None and high is not None:
        facts.append(f"price about {reading.price_about:,}, which is from {low:,} to {high:,}")
    facts.extend(f"a space of {size:,} mm in {name} to fit into" for name, size in reading.space_mm.items())
    if reading.months:
        facts.append("term in months " + ", ".join(str(months) for months in reading.months))
    if reading.day is not None:
        facts.append(f"the day {reading.day:%A} {reading.day}")
    if reading.at is not None:
        facts.append(f"the time {reading.at:%H:%M}")
    if reading.pointed:
        facts.append("points at the car with stock id " + " or ".join(str(stock_id) for stock_id in reading.pointed))
    return facts
