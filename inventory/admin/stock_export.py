"""The list of vehicles, as it is filtered, to a CSV or XLSX file."""

from import_export.admin import ExportMixin
from import_export.formats.base_formats import CSV, XLSX
from unfold.contrib.import_export.forms import ExportForm

from inventory.stock_export import StockResource


class StockExport(ExportMixin):  # type: ignore[misc] # import_export has no types
    """Whoever sees the list may take it along."""

    resource_classes = (StockResource,)
    formats = (CSV, XLSX)
    export_form_class = ExportForm
    import_export_change_list_template = "inventory/stock_list.html"
    to_encoding = "utf-8-sig"  # by which Excel knows it
