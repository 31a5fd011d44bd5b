"""Lists that staff take along as a file: the rows that their filters leave, in the columns that they show."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.utils import label_for_field, lookup_field
from django.contrib.contenttypes.models import ContentType
from django.db.models import Field, Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from import_export.admin import ExportMixin
from import_export.fields import Field as Column
from import_export.formats.base_formats import CSV, XLSX
from import_export.resources import Resource
from tablib import Dataset
from unfold.contrib.import_export.forms import ExportForm

from inventory.stock_export import cell

FORMATS = (CSV, XLSX)
# By which Excel knows what it reads.
ENCODING = "utf-8-sig"
# What a page writes while somebody waits for it.
ROWS_MOST = 20_000


class Export(ExportMixin):  # type: ignore[misc] # import_export has no types
    """Whoever may see a list may export it; that they did is kept."""

    formats = FORMATS
    export_form_class = ExportForm
    import_export_change_list_template = "inventory/exported_list.html"
    to_encoding = ENCODING

    def get_export_data(self, file_format: Any, request: HttpRequest, queryset: QuerySet[Any], **kwargs: Any) -> Any:
        data = super().get_export_data(file_format, request, queryset, **kwargs)
        keep(request, self.model, queryset.count())
        return data


class ListResource(Resource):  # type: ignore[misc]
    """What the form of the package asks of a list: its name, and the headings of its columns."""

    def __init__(self, page: Any = None, request: HttpRequest | None = None) -> None:
        super().__init__()
        self.page, self.request = page, request

    @classmethod
    def get_display_name(cls) -> str:
        return str(_("Columns"))

    def get_user_visible_fields(self) -> list[Column]:
        return [Column(column_name=heading) for heading in self.page.export_headings(self.request)]


class Exported(Export):
    """Any list, as it is filtered and as it shows."""

    resource_classes = (ListResource,)
    # Of what it shows, unless other columns are named.
    export_columns: Sequence[str] = ()

    def get_export_resource_kwargs(self, request: HttpRequest, **kwargs: Any) -> dict[str, Any]:
        return {"page": self, "request": request}

    def export_headings(self, request: HttpRequest) -> list[str]:
        return [capfirst(str(label_for_field(name, self.model, self))) for name in self._columns(request)]

    def _columns(self, request: HttpRequest) -> Sequence[str]:
        return self.export_columns or self.get_list_display(request)

    def get_data_for_export(self, request: HttpRequest, queryset: QuerySet[Any], **kwargs: Any) -> Dataset:
        """Raises ValueError, which the package tells, when there are more rows than a page writes."""
        columns = self._columns(request)
        rows = list(queryset[: ROWS_MOST + 1])
        if len(rows) > ROWS_MOST:
            told = _("At most %(most)s rows at a time: narrow the list with the filters first.")
            raise ValueError(told % {"most": f"{ROWS_MOST:,}"})
        return _dataset(self.export_headings(request), ([_shown(name, row, self) for name in columns] for row in rows))


def _dataset(headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> Dataset:
    return Dataset(*([_written(value) for value in row] for row in rows), headers=headings)


def workbook(name: str, headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """A list that is no list of one table, as a file of that name."""
    answer = HttpResponse(XLSX().export_data(_dataset(headings, rows)), content_type=XLSX.CONTENT_TYPE)
    answer["Content-Disposition"] = f'attachment; filename="{name}-{timezone.localdate()}.xlsx"'
    return answer


def keep(request: HttpRequest, model: type[Model], count: int) -> None:
    """Who took how many rows of which list along."""
    LogEntry.objects.create(
        user_id=request.user.pk or 0,
        content_type=ContentType.objects.get_for_model(model),
        object_repr=f"{capfirst(model._meta.verbose_name_plural)}: {count}",
        action_flag=CHANGE,
        change_message=gettext_noop("Exported"),
    )


def _shown(name: str, row: Any, page: Any) -> Any:
    """As the list shows it: a choice in its words, a related row by its name."""
    field, _attribute, value = lookup_field(name, row, page)
    if not isinstance(field, Field):
        return value
    if field.flatchoices:
        return dict(field.flatchoices).get(value, value)
    return value


def _written(value: Any) -> Any:
    """For a spreadsheet: numbers and times stay what they are, a label is its words, no text is run."""
    if isinstance(value, tuple):  # what a label is coloured by, and its words
        value = value[-1]
    if isinstance(value, datetime):
        return timezone.make_naive(value).replace(microsecond=0)
    if value is None or isinstance(value, bool | int | float | Decimal):
        return cell(value)
    if isinstance(value, SafeString):
        value = strip_tags(value)
    return cell(str(value).strip())
