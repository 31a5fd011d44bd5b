"""A comparison as a picture that is read on a phone without a tap."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import reportlab
from PIL import Image, ImageDraw, ImageFont, ImageOps

from conversations.car_comparisons import Column, Comparison

WIDTH, MARGIN, GAP = 1080, 28, 12
_LABELS_WIDTH = 236
_INK, _GREY, _LINE, _BAND, _PAPER = "#12303b", "#5b6b72", "#9fb3bb", "#eef3f5", "#ffffff"


@dataclass(frozen=True, kw_only=True)
class _Style:
    """How a text is written."""

    size: int
    is_bold: bool = False
    colour: str = _INK
    background: str = _PAPER


# The fonts come with the library that draws our documents.
_FONTS = Path(reportlab.__file__).with_name("fonts")
_NAME, _TRIM = _Style(size=30, is_bold=True), _Style(size=20, colour=_GREY)


def drawn(comparison: Comparison) -> bytes:
    """The picture as a PNG. The same comparison always gives the same."""
    width = (WIDTH - 2 * MARGIN - _LABELS_WIDTH) // len(comparison.columns)
    heads = [_head(column, width - GAP) for column in comparison.columns]
    lines = list(_lines(comparison, width - GAP))
    head_height = max(head.height for head in heads)
    picture = Image.new("RGB", (WIDTH, 2 * MARGIN + head_height + sum(line.height for line in lines)), _PAPER)
    for n, head in enumerate(heads):
        picture.paste(head, (MARGIN + _LABELS_WIDTH + n * width, MARGIN))
    y = MARGIN + head_height
    for line in lines:
        picture.paste(line, (MARGIN, y))
        y += line.height
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True)
    return file.getvalue()


def _head(column: Column, width: int) -> Image.Image:
    """Photo, name and trim of a car, below one another."""
    parts = [_photo(column, width)] if column.photo else []
    parts += [_text(column.name, width, _NAME), _text(column.trim, width, _TRIM)]
    head = Image.new("RGB", (width, sum(part.height + GAP // 2 for part in parts) + GAP), _PAPER)
    y = 0
    for part in parts:
        head.paste(part, (0, y))
        y += part.height + GAP // 2
    return head


def _photo(column: Column, width: int) -> Image.Image:
    """Its first photo in the common shape; a plain field where the file is gone."""
    size = (width, width * 3 // 4)
    try:
        if column.photo is not None:
            with column.photo.image.open() as file, Image.open(file, formats=("JPEG",)) as photo:
                return ImageOps.fit(photo.convert("RGB"), size)
    except OSError:
        pass
    return Image.new("RGB", size, _BAND)


def _lines(comparison: Comparison, width: int) -> Iterator[Image.Image]:
    """One line for each thing that is told: its label, and each car's value."""
    step = width + GAP
    for n, label in enumerate(comparison.labels):
        background = _BAND if n % 2 == 0 else _PAPER
        name = _Style(size=22, colour=_GREY, background=background)
        value = _Style(size=24, is_bold=n == 0, background=background)
        cells = [_text(label, _LABELS_WIDTH - 2 * GAP, name)]
        cells += [_text(column.values[n], width, value) for column in comparison.columns]
        line = Image.new("RGB", (WIDTH - 2 * MARGIN, max(cell.height for cell in cells) + 2 * GAP), background)
        for place, cell in enumerate(cells):
            line.paste(cell, (GAP if place == 0 else _LABELS_WIDTH + (place - 1) * step, GAP))
        ImageDraw.Draw(line).line([(0, line.height - 1), (line.width, line.height - 1)], fill=_LINE)
        yield line


def _text(text: str, width: int, style: _Style) -> Image.Image:
    """The text in as many lines as it takes."""
    font, height = _font("VeraBd" if style.is_bold else "Vera", style.size), style.size + 8
    rows = list(_wrapped(text, font, width))
    picture = Image.new("RGB", (width, max(1, len(rows) * height)), style.background)
    draw = ImageDraw.Draw(picture)
    for n, row in enumerate(rows):
        draw.text((0, n * height), row, font=font, fill=style.colour)
    return picture


def _wrapped(text: str, font: ImageFont.FreeTypeFont, width: int) -> Iterator[str]:
    row = ""
    for word in text.split():
        longer = f"{row} {word}".strip()
        if row and font.getlength(longer) > width:
            yield row
            row = word
        else:
            row = longer
    if row:
        yield row


@cache
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(_FONTS / f"{name}.ttf"), size)
