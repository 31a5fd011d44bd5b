"""Imports in the admin: upload, preview, confirmation, report and undo, each a state of the same page."""

import csv
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminFileFieldWidget

from inventory import progress, stock_cells, stock_file, stock_request, stock_words
from inventory.admin.exported import Exported
from inventory.models import StockImport, StockImportRow

FILE_MOST_BYTES = 20 * 1024 * 1024
_SUFFIXES = (".csv", ".xlsx", ".txt", ".tsv")
_ROWS_A_PAGE = 50
_State, _What, _Outcome = StockImport.State, StockImportRow.What, StockImportRow.Outcome

# What may be looked at alone, and which rows that is: before the import is saved, and afterwards.
_BEFORE: dict[str, Q] = {
    "new": Q(what=_What.NEW),
    "changed": Q(what=_What.CHANGED),
    "doubtful": Q(must_be_ticked=True),
    "error": Q(what=_What.ERROR),
    "missing": Q(what=_What.MISSING),
}
_AFTER: dict[str, Q] = {
    "new": Q(what=_What.NEW, outcome__in=[_Outcome.SAVED, _Outcome.UNDONE, _Outcome.KEPT]),
    "changed": Q(what=_What.CHANGED, outcome__in=[_Outcome.SAVED, _Outcome.UNDONE, _Outcome.KEPT]),
    "withdrawn": Q(what=_What.MISSING, outcome__in=[_Outcome.SAVED, _Outcome.UNDONE, _Outcome.KEPT]),
    "kept": Q(outcome=_Outcome.KEPT),
    "overtaken": Q(outcome=_Outcome.OVERTAKEN),
    "left_out": Q(outcome=_Outcome.LEFT_OUT),
    "error": Q(what=_What.ERROR),
}
_TITLES = {
    "new": pgettext_lazy("several", "New"),
    "changed": pgettext_lazy("several", "Changed"),
    "doubtful": _("To be ticked"),
    "error": _("Errors"),
    "missing": _("Not in the file"),
    "withdrawn": pgettext_lazy("several", "Withdrawn"),
    "kept": _("Edited since, and kept"),
    "overtaken": _("Changed by someone else meanwhile"),
    "left_out": _("Not ticked, left out"),
}
_FIRST = ("doubtful", "kept", "overtaken", "changed", "new", "error", "withdrawn", "missing", "left_out")
_NOT_SAVED = Q(what=_What.ERROR) | Q(outcome__in=[_Outcome.LEFT_OUT, _Outcome.OVERTAKEN])


class UploadForm(forms.ModelForm):  # type: ignore[type-arg] # generic only to the type checker
    """A stock file to look at; nothing is saved by uploading it."""

    file = forms.FileField(
        label=_("Stock file"),
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ",".join(_SUFFIXES)}),
        help_text=_("CSV or Excel (.xlsx), 20 MB at most. First you see what it would change; nothing is saved yet."),
    )

    class Meta:
        model = StockImport
        fields = ()

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if not file.name.lower().endswith(_SUFFIXES):
            raise forms.ValidationError(_("This is neither CSV nor .xlsx: save the sheet as one of these."))
        if file.size > FILE_MOST_BYTES:
            raise forms.ValidationError(_("This file is over 20 MB: save the sheet as CSV, or in several files."))
        return file


@admin.register(StockImport)
class StockImportAdmin(Exported, ModelAdmin):  # type: ignore[misc] # unfold has no types
    """What was imported, when and by whom. An import is added by uploading a file, and never edited."""

    form = UploadForm
    add_form_template = "inventory/stock_import_upload.html"
    fields = ("file",)
    list_display = ("__str__", "created_at", "created_by", "state", "new", "changed", "withdrawn")
    list_filter = ("state",)
    list_select_related = ("created_by",)
    search_fields = ("file_name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[StockImport]:
        imports: QuerySet[StockImport] = super().get_queryset(request)
        return imports.defer("content", "problems")

    def has_change_permission(self, request: HttpRequest, obj: StockImport | None = None) -> bool:
        """What was imported is a record."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: StockImport | None = None) -> bool:
        """A preview is discarded on its own page; the rest stays."""
        return False

    def get_urls(self) -> list[Any]:
        """The steps of an import, each asked for by a button of its page."""
        steps = {
            "progress": self.progress,
            "confirm": self.confirm,
            "undo": self.undo,
            "again": self.again,
            "discard": self.discard,
            "rows": self.rows,
        }
        return [
            *(
                path(f"<int:number>/{name}/", self.admin_site.admin_view(view), name=f"inventory_stockimport_{name}")
                for name, view in steps.items()
            ),
            *super().get_urls(),
        ]

    def save_model(self, request: HttpRequest, obj: StockImport, form: UploadForm, change: bool) -> None:
        """The upload is stored and a worker asked to check it."""
        file = form.cleaned_data["file"]
        obj.pk = stock_request.upload(file, file.name, request.user).pk  # type: ignore[arg-type]
        obj.refresh_from_db()

    def response_add(
        self, request: HttpRequest, obj: StockImport, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Straight to the preview."""
        return self._to(obj)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The page of an import, whatever state it is in."""
        stock_import = self.get_object(request, object_id)
        if stock_import is None:
            return HttpResponseRedirect(reverse("admin:inventory_stockimport_changelist"))
        if not self.has_view_permission(request, stock_import):
            raise PermissionDenied
        context = self.admin_site.each_context(request) | self._page(request, stock_import)
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "inventory/stock_import.html", context)

    def _page(self, request: HttpRequest, stock_import: StockImport) -> dict[str, Any]:
        is_before = stock_import.state in {_State.READY, _State.CHECKING, _State.SAVING}
        kinds = _BEFORE if is_before else _AFTER
        counts = {kind: stock_import.rows.filter(rows).count() for kind, rows in kinds.items()}
        shown = request.GET.get("show", "")
        if shown not in kinds:
            shown = next((kind for kind in _FIRST if counts.get(kind)), "new")
        rows = stock_import.rows.filter(kinds[shown])
        page = Paginator(rows, _ROWS_A_PAGE).get_page(request.GET.get("page"))
        return _progress(stock_import) | {
            "title": str(stock_import),
            "opts": self.opts,
            "import": stock_import,
            "tabs": [(kind, _TITLES[kind], count) for kind, count in counts.items() if count],
            "shown": shown,
            "page": page,
            "rows": [(row, stock_words.changes(row), stock_words.remarks(row)) for row in page],
            "counts": counts,
            "unticked": stock_request.unticked(stock_import).count(),
            "not_saved": stock_import.rows.filter(_NOT_SAVED).count(),
            "problems": stock_words.remarks(StockImportRow(problems=stock_import.problems)),
            "may_import": self.has_add_permission(request),
        }

    @method_decorator(require_GET)
    def progress(self, request: HttpRequest, number: int) -> HttpResponse:
        """How far the worker has come; when it is done the page is told to load itself again."""
        stock_import = self._asked_for(request, number, self.has_view_permission)
        response = TemplateResponse(request, "inventory/stock_import_progress.html", _progress(stock_import))
        if not stock_import.is_at_work:
            response["HX-Refresh"] = "true"
        return response

    @method_decorator(require_POST)
    def confirm(self, request: HttpRequest, number: int) -> HttpResponse:
        """Keep the ticks of the page and, if that was the button, save the import."""
        stock_import = self._asked_for(request, number, self.has_add_permission)
        said = request.POST
        stock_request.tick(stock_import, _numbers(said.getlist("shown")), _numbers(said.getlist("ticked")))
        if "tick_all" in said:
            stock_request.tick_all(stock_import)
        if "save" not in said:
            return self._to(stock_import, show="doubtful", page=said.get("page_to") or said.get("page", "1"))
        return self._ask(
            request,
            stock_import,
            gettext("Confirmed."),
            lambda: stock_request.confirm(
                stock_import,
                request.user,  # type: ignore[arg-type] # the admin lets nobody else in
                withdraw_missing="withdraw_missing" in said,
                without_the_rest="without_the_rest" in said,
            ),
        )

    @method_decorator(require_POST)
    def undo(self, request: HttpRequest, number: int) -> HttpResponse:
        """Take it back."""
        stock_import = self._asked_for(request, number, self.has_add_permission)
        return self._ask(
            request,
            stock_import,
            gettext("Undone."),
            lambda: stock_request.undo(stock_import, request.user),  # type: ignore[arg-type]
        )

    @method_decorator(require_POST)
    def again(self, request: HttpRequest, number: int) -> HttpResponse:
        """Ask for a worker once more."""
        stock_import = self._asked_for(request, number, self.has_add_permission)
        return self._ask(
            request, stock_import, gettext("Begun again."), lambda: stock_request.begin_again(stock_import)
        )

    @method_decorator(require_POST)
    def discard(self, request: HttpRequest, number: int) -> HttpResponse:
        """Forget a preview."""
        stock_import = self._asked_for(request, number, self.has_add_permission)
        try:
            stock_request.discard(stock_import)
        except stock_request.NotAllowed as e:
            messages.error(request, e.sentence.said)
            return self._to(stock_import)
        messages.success(request, gettext("The preview was discarded; the stock is as it was."))
        return HttpResponseRedirect(reverse("admin:inventory_stockimport_changelist"))

    @method_decorator(require_GET)
    def rows(self, request: HttpRequest, number: int) -> HttpResponse:
        """The rows that were not saved, as a file to correct and import again: what is wrong stands in its last column."""
        stock_import = self._asked_for(request, number, self.has_view_permission)
        name = f"import-{number}-{timezone.localdate():%Y-%m-%d}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        response = HttpResponse(content_type="text/csv; charset=utf-8", headers=headers)
        response.write("\ufeff")  # so that Excel takes it for UTF-8
        writer = csv.writer(response)
        headings: dict[str, str] = dict(stock_import.headings)
        writer.writerow([*headings.values(), stock_file.PROBLEM])
        for row in stock_import.rows.filter(_NOT_SAVED).iterator():
            cells = [row.cells.get(field, "") for field in headings]
            why = stock_words.remarks(row) or [row.get_outcome_display()]
            writer.writerow([stock_cells.defused(cell) for cell in (*cells, " ".join(why))])
        return response

    def _asked_for(self, request: HttpRequest, number: int, is_allowed: Callable[..., bool]) -> StockImport:
        stock_import = get_object_or_404(self.get_queryset(request), pk=number)
        if not is_allowed(request):
            raise PermissionDenied
        return stock_import

    def _ask(
        self, request: HttpRequest, stock_import: StockImport, logged: str, ask: Callable[[], None]
    ) -> HttpResponse:
        try:
            with transaction.atomic():
                ask()
                self.log_change(request, stock_import, logged)
        except stock_request.NotAllowed as e:
            messages.error(request, e.sentence.said)
        return self._to(stock_import)

    def _to(self, stock_import: StockImport, **query: str) -> HttpResponse:
        address = reverse("admin:inventory_stockimport_change", args=[stock_import.pk])
        return HttpResponseRedirect(f"{address}?{urlencode(query)}" if query else address)


def _progress(stock_import: StockImport) -> dict[str, Any]:
    told = progress.of(stock_import.pk) if stock_import.is_at_work else None
    silent = (timezone.now() - stock_import.asked_at).total_seconds() > progress.SILENCE_SECONDS
    return {"import": stock_import, "progress": told, "is_silent": told is None and silent}


def _numbers(written: list[str]) -> list[int]:
    return [int(number) for number in written if number.isdecimal()]
