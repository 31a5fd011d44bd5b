"""A quote's amortisation schedule as a PDF. The only module that knows the library which draws it."""

from collections.abc import Callable
from decimal import Decimal
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from django.utils import timezone
from reportlab.lib import colors
from reportlab.lib.pagesizes import LETTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import cm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from assistant import dealership
from assistant.sentences import say
from conversations.models import Quote
from inventory import assumptions

MARGIN, FOOT = 2 * cm, 1.1 * cm
_INK, _LINE, _BAND = colors.HexColor("#12303b"), colors.HexColor("#9fb3bb"), colors.HexColor("#eef3f5")
_TITLE = ParagraphStyle("title", fontName="Helvetica-Bold", fontSize=16, leading=21, textColor=_INK)
_HEAD = ParagraphStyle("head", fontName="Helvetica-Bold", fontSize=11, leading=16, textColor=_INK)
_TEXT = ParagraphStyle("text", fontName="Helvetica", fontSize=9, leading=12)
_FIGURES = TableStyle(
    [
        ("FONT", (0, 0), (-1, -1), "Helvetica", 9),
        ("ALIGN", (1, 0), (-1, -1), "RIGHT"),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
    ]
)
_SCHEDULE = TableStyle(
    [
        ("ALIGN", (0, 0), (-1, -1), "RIGHT"),
        ("LINEBELOW", (0, 0), (-1, 0), 0.5, _LINE),
        ("FONT", (0, 0), (-1, 0), "Helvetica-Bold", 9),
        ("ROWBACKGROUNDS", (0, 1), (-1, -1), [colors.white, _BAND]),
    ],
    parent=_FIGURES,
)


def drawn(quote: Quote) -> bytes:
    """What the quote rests on, and a line a month down to 0.00. The same quote always gives the same bytes."""
    file = BytesIO()
    paper = SimpleDocTemplate(
        file,
        pagesize=LETTER,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        title=f"{_labels(quote)('title')} {quote.folio}",
        author=dealership.name(),
        lang=quote.language,
        invariant=1,
    )
    foot = _foot(quote)
    paper.build(_parts(quote, _labels(quote)), onFirstPage=foot, onLaterPages=foot)
    return file.getvalue()


def _labels(quote: Quote) -> Callable[..., str]:
    """The document's sentences in the quote's language."""
    return lambda name, **figures: say(quote.language, f"document_{name}", **figures)


def _parts(quote: Quote, label: Callable[..., str]) -> list[Flowable]:
    made = timezone.localtime(quote.made_at)
    car = label("car", car=quote.car, stock_id=quote.stock_id)
    folio = label("folio", folio=quote.folio, day=f"{made:%d/%m/%Y}")
    return [
        Paragraph(escape(dealership.name()), _TITLE),
        Paragraph(label("title"), _HEAD),
        Paragraph(escape(f"{car} · {folio}"), _TEXT),
        Spacer(0, 0.3 * cm),
        Table(_figures(quote, label), colWidths=[6 * cm, 4 * cm], hAlign="LEFT", style=_FIGURES),
        Spacer(0, 0.3 * cm),
        Paragraph(escape(quote.assumptions), _TEXT),
        Spacer(0, 0.4 * cm),
        Table(_rows(quote, label), colWidths=[1.8 * cm, *[3.8 * cm] * 4], repeatRows=1, style=_SCHEDULE),
    ]


def _figures(quote: Quote, label: Callable[..., str]) -> list[list[str]]:
    estimate = quote.estimate
    return [
        [label("price"), _money(estimate.price_mxn)],
        [label("down_payment"), _money(estimate.down_payment_mxn)],
        [label("financed"), _money(estimate.amount_financed_mxn)],
        [label("rate"), f"{assumptions.percent(estimate.annual_rate)}%"],
        [label("months"), str(estimate.months)],
        [label("monthly"), _money(estimate.monthly_mxn)],
        [label("last_payment"), _money(estimate.last_payment_mxn)],
        [label("interest_total"), _money(estimate.interest_total_mxn)],
        [label("total_with_down"), _money(estimate.total_with_down_mxn)],
    ]


def _rows(quote: Quote, label: Callable[..., str]) -> list[list[str]]:
    """The heads, and a row a month."""
    heads = [label(name) for name in ("number", "payment", "interest", "principal", "balance")]
    return [heads] + [
        [str(line.number), *map(_money, (line.payment, line.interest, line.principal, line.balance))]
        for line in quote.schedule
    ]


def _money(amount: Decimal) -> str:
    return f"${amount:,.2f}"


def _foot(quote: Quote) -> Callable[[Canvas, Any], None]:
    """What stands at the bottom of every page."""

    def draw(canvas: Canvas, paper: SimpleDocTemplate) -> None:
        canvas.setFont("Helvetica", 8)
        canvas.drawString(MARGIN, FOOT, quote.folio)
        canvas.drawRightString(LETTER[0] - MARGIN, FOOT, str(canvas.getPageNumber()))

    return draw
