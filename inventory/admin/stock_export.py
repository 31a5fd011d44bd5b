"""The list of vehicles, as it is filtered, to a file that can be imported again."""

from inventory.admin.exported import Export
from inventory.stock_export import StockResource


class StockExport(Export):
    """All of the stock's columns, whatever the list shows."""

    resource_classes = (StockResource,)
    import_export_change_list_template = "inventory/stock_list.html"
