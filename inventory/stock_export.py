"""The stock as a file that can be imported again as it is: the same headings, the same words."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from import_export.fields import Field
from import_export.resources import Resource

from inventory import stock_cells
from inventory.models import Vehicle
from inventory.stock_file import HEADINGS

COLUMNS = {field: headings[0] for field, headings in HEADINGS.items()}


class StockResource(Resource):  # type: ignore[misc] # import_export has no types
    """One line a vehicle; what is not recorded is empty."""

    @classmethod
    def get_display_name(cls) -> str:
        return str(_("Stock"))

    def get_export_headers(self, selected_fields: Any = None) -> list[str]:
        return list(COLUMNS.values())

    def export_resource(self, instance: Vehicle, selected_fields: Any = None, **kwargs: Any) -> list[Any]:
        return [cell(getattr(instance, field)) for field in COLUMNS]

    def get_user_visible_fields(self) -> list[Field]:
        return [Field(column_name=heading) for heading in COLUMNS.values()]


def cell(value: Any) -> Any:
    """Numbers stay numbers; a text that a spreadsheet would run is shown instead."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Sí" if value else "No"
    return stock_cells.defused(value) if isinstance(value, str) else value
