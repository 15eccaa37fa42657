"""What stands in a CSV or XLSX file: its rows, and its cells as numbers and days."""

import csv
import datetime as dt
import io
import re
import zipfile
from decimal import Decimal

MOST_BYTES = 25 * 1024 * 1024
MOST_UNPACKED = 50 * 1024 * 1024
MOST_MEMBERS = 100
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


class NotATable(Exception):
    """The file is neither CSV nor XLSX."""


class TooLarge(Exception):
    """More bytes, unpacked bytes or rows than are taken."""


class Wrong(Exception):
    """A cell that cannot be read. `str()` says why."""


def table_of(file):
    """Rows of the file as lists of cells: text from CSV; text, numbers and dates from XLSX."""
    start = file.read(4)
    file.seek(0)
    return _xlsx(file) if start == b"PK\x03\x04" else _csv(file)


def _csv(file):
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    try:
        first = text.readline(65536)
        if "\x00" in first:
            raise NotATable("This file is neither CSV nor XLSX.")
        text.seek(0)
        delimiter = ";" if first.count(";") > first.count(",") else ","
        for row in csv.reader(text, delimiter=delimiter, strict=True):
            if any("\x00" in cell for cell in row):
                raise NotATable("This file is neither CSV nor XLSX.")
            yield row
    except UnicodeDecodeError:
        raise NotATable("This file is not UTF-8 text. Save it as “CSV UTF-8”.")
    except csv.Error as error:
        raise NotATable(f"This file cannot be read as CSV: {error}.")
    finally:
        text.detach()


def _xlsx(file):
    import openpyxl  # noqa: PLC0415 (slow to import, and needed by few requests)

    try:
        with zipfile.ZipFile(file) as packed:
            members = packed.infolist()
        if len(members) > MOST_MEMBERS or sum(member.file_size for member in members) > MOST_UNPACKED:
            raise TooLarge("This workbook is too large once unpacked. Save the sheet as CSV.")
        if not any(member.filename == "xl/workbook.xml" for member in members):
            raise NotATable("This file is neither CSV nor XLSX.")
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
        try:
            for row in book.worksheets[0].iter_rows(values_only=True):
                yield ["" if cell is None else cell for cell in row]
        finally:
            book.close()
    except (NotATable, TooLarge):
        raise
    except Exception:  # openpyxl lets whatever a broken part of the package causes through
        raise NotATable("This workbook cannot be read. Save the sheet as CSV.")


# --- cells


def text_of(cell):
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def read_number(cell):
    """A Decimal out of `1234`, `1,234.5` or a number; raises Wrong."""
    if isinstance(cell, bool | dt.date | dt.time):
        raise Wrong("This is not a number.")
    text = text_of(cell)
    if not re.fullmatch(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?", text, re.ASCII):
        if re.fullmatch(r"[+-]?\d+,\d+", text, re.ASCII):
            raise Wrong("Write decimals with a point, such as 1.5.")
        raise Wrong("This is not a number.")
    number = Decimal(text.replace(",", ""))
    if isinstance(cell, float):
        number = round(number, 4)  # what a spreadsheet keeps of 0.1 + 0.2
    return number


def read_day(cell):
    """A date out of `2024-01-31`, `2024-01`, `1/31/2024`, `January 2024`, `2024`, or a spreadsheet's own date; raises Wrong."""
    if isinstance(cell, dt.datetime):
        return cell.date()
    if isinstance(cell, dt.date):
        return cell
    text = text_of(cell)
    try:
        if found := re.fullmatch(r"(\d{4})-(\d{1,2})(?:-(\d{1,2}))?(?:[T ]00:00(?::00)?)?", text, re.ASCII):
            return dt.date(int(found[1]), int(found[2]), int(found[3] or 1))
        if found := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text, re.ASCII):
            return dt.date(int(found[3]), int(found[1]), int(found[2]))
        if found := re.fullmatch(r"([A-Za-z]{3,9})\.?,? (\d{4})", text, re.ASCII):
            return dt.date(int(found[2]), _month_number(found[1]), 1)
        if found := re.fullmatch(r"\d{4}", text, re.ASCII):
            return dt.date(int(text), 1, 1)
    except ValueError:
        raise Wrong("There is no such day.")
    raise Wrong("This is not a date. Write 2024-01-31, 2024-01, 1/31/2024 or January 2024.")


def read_month(year, month):
    """The first day of a month whose year and month stand in two cells; the month as a number or a name. Raises Wrong."""
    year, month = text_of(year), text_of(month)
    try:
        return dt.date(int(year), int(month) if re.fullmatch(r"\d{1,2}", month, re.ASCII) else _month_number(month), 1)
    except ValueError:
        raise Wrong("There is no such month.")


def _month_number(name):
    full = dt.date(2000, MONTHS.index(name[:3].lower()) + 1, 1)
    if name.lower() not in (full.strftime("%b").lower(), full.strftime("%B").lower(), "sept"):
        raise ValueError
    return full.month
