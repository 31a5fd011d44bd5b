"""The tool that sends photos of a car."""

from typing import Any

from assistant.tools.contract import Arguments, Asked, Count, ToolError
from inventory.models import Vehicle

# Each is a message that WhatsApp charges.
PHOTOS_MOST = 3


class PhotosRequest(Arguments):
    """Of which car."""

    stock_id: Count


def send_photos(request: PhotosRequest, asked: Asked) -> dict[str, Any]:
    """Send the customer the first photos of one car, when they ask to see it. They go out with your answer: say of which car they are, and don't describe them. Only one car at a time."""
    vehicle = Vehicle.objects.for_sale().filter(stock_id=request.stock_id).first()
    if vehicle is None:
        raise ToolError(f"No car with stock id {request.stock_id} is for sale. Search first. [not_for_sale]")
    count = min(vehicle.photos.count(), PHOTOS_MOST)
    if not count:
        raise ToolError("There are no photos of this car: say so, and offer a person who can send some. [no_photos]")
    return {
        "stock_id": vehicle.stock_id,
        "vehicle": f"{vehicle.name} {vehicle.year}",
        "price": str(vehicle.price_mxn),
        "photos": count,
        "photos_sent_as": "pictures, together with your answer",
    }
