"""Where the dealership is, how far a customer is from it, and the way there."""

from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt
from urllib.parse import urlencode

from assistant.models import Place
from inventory import stamp

EARTH_RADIUS_KM = 6371.0


@dataclass(frozen=True, kw_only=True)
class Point:
    """Decimal degrees."""

    latitude: float
    longitude: float

    def __str__(self) -> str:
        return f"{self.latitude:.6f},{self.longitude:.6f}"


@stamp.kept
def of_dealership() -> Point | None:
    """Where staff say that it is; None until they do."""
    place = Place.objects.first()
    return Point(latitude=float(place.latitude), longitude=float(place.longitude)) if place else None


def read(latitude: str, longitude: str) -> Point | None:
    """A point as a customer's phone writes it; None if it is none."""
    try:
        point = Point(latitude=float(latitude), longitude=float(longitude))
    except ValueError:
        return None
    return point if -90 <= point.latitude <= 90 and -180 <= point.longitude <= 180 else None


def distance_km(one: Point, other: Point) -> float:
    """As the crow flies."""
    north, east = radians(other.latitude - one.latitude) / 2, radians(other.longitude - one.longitude) / 2
    part = sin(north) ** 2 + cos(radians(one.latitude)) * cos(radians(other.latitude)) * sin(east) ** 2
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(part)))


def link(point: Point) -> str:
    """A map of the place."""
    return f"https://www.google.com/maps/search/?{urlencode({'api': 1, 'query': point})}"


def way(origin: Point, destination: Point) -> str:
    """A map with the way from one to the other."""
    return f"https://www.google.com/maps/dir/?{urlencode({'api': 1, 'origin': origin, 'destination': destination})}"
