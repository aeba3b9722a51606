"""The cells of a frame by column, as text or numbers, read back from each format with an independent reader."""

import csv
import io
import json
from html.parser import HTMLParser

import openpyxl
import pyarrow.parquet

from analytics.core import document, formatting
from analytics.writers import csv as csv_writer
from analytics.writers import document_writer
from analytics.writers.csv import Dialect


def columns(name, frame):
    """The columns of a frame by name, read back from format `name`."""
    rows = READERS[name](frame)
    names = [frame.names[index] for index in formatting.shown_columns(frame)] if name == "html" and frame.rows else frame.names
    return {column: [row[index] for row in rows] for index, column in enumerate(names)}


def _written(name, frame):
    return document_writer(name)(document.of(frame))


def _csv(frame):
    return list(csv.reader(io.StringIO(_written("csv", frame).decode(), newline=""), strict=True))[1:]


def _european(frame):
    text = csv_writer.write(frame, Dialect(";", ",", has_bom=True)).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=";", strict=True))[1:]
    return [[cell.replace(",", ".") for cell in row] for row in rows]


def _json(frame):
    return [list(row.values()) for row in json.loads(_written("json", frame))]


def _parquet(frame):
    return [list(row.values()) for row in pyarrow.parquet.read_table(io.BytesIO(_written("parquet", frame))).to_pylist()]


def _markdown(frame):
    lines = _written("markdown", frame).decode().splitlines()[2:]
    return [[cell.strip() for cell in line.replace("\\|", " ")[1:-1].split("|")] for line in lines]


def _xlsx(frame):
    sheet = openpyxl.load_workbook(io.BytesIO(_written("xlsx", frame))).worksheets[0]
    return [[cell.value for cell in row] for row in sheet.iter_rows(min_row=5, max_row=4 + len(frame.rows))]


def _html(frame):
    return page(_written("html", frame))["tbody"]


class _Page(HTMLParser):
    """The cells of a page's first table, row by row: the exact value of each where it has one, else its text."""

    def __init__(self):
        super().__init__()
        self.rows = {"tbody": [], "tfoot": []}
        self._part = self._cell = None

    def handle_starttag(self, tag, attrs):
        if tag in self.rows:
            self._part = self.rows[tag]
        elif tag == "tr" and self._part is not None:
            self._part.append([])
        elif tag == "td" and self._part is not None:
            self._cell = ""
        elif tag == "data":
            self._part[-1].append(dict(attrs)["value"])
            self._cell = None

    def handle_endtag(self, tag):
        if tag == "td" and self._cell is not None:
            self._part[-1].append(self._cell)
        if tag in self.rows:
            self._part = None

    def handle_data(self, data):
        if self._cell is not None:
            self._cell += data


def page(content):
    """The rows and the totals of the first table of a page, as `tbody` and `tfoot`."""
    reader = _Page()
    reader.feed(content.decode().split("</table>")[0])
    return reader.rows


READERS = {
    "csv": _csv,
    "european": _european,
    "html": _html,
    "json": _json,
    "markdown": _markdown,
    "parquet": _parquet,
    "xlsx": _xlsx,
}
