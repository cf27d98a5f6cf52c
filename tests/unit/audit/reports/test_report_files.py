"""A report's files: no cell is a formula, no text is code, dates are dates; a folder is whole or none."""

import csv
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from fakeredis import FakeAsyncRedis

from envaccess.audit.reports.charts import WIDTH, grants_chart
from envaccess.audit.reports.files import sheet_name, write_csv, write_workbook
from envaccess.audit.reports.page import ReportPage, write_page
from envaccess.audit.reports.query import ReportKind, ReportQuery, is_zone, read_begin, read_end
from envaccess.audit.reports.table import CellKind, ReportTable, RowSpool, TableColumn
from envaccess.domain.audit import Tag
from envaccess.domain.errors import ReportError
from envaccess.wiring.report_folder import ReportFolder
from tests.store.report_story import DAY, HOUR, NOON, ReportStory, rows

HOSTILE = (
    '=HYPERLINK("http://evil.example","x")', "+1+1", "-2+3", "@SUM(A1)", "\t=1+1", "\r=1+1", "\n=1+1",
    "  =1+1", "\uff1d1+1", "a|b=c", "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>',
    "'; DROP TABLE x; --", "{{ 7*7 }}", "{% raw %}",
    "_x0041_", "\u202egnp.exe", "a\x00b\x1bc", "half \ud800 of it", "x" * 40_000,
    "1e5", "\U0001f600" * 40_000, "00123",
    "https://evil.example/", "]]>", "&lt;", "\u2028line", "1/2/2026", "TRUE",
)  # fmt: skip


@pytest.fixture
async def story() -> AsyncIterator[ReportStory]:
    client: Any = FakeAsyncRedis(decode_responses=True)
    yield await ReportStory(client).begin()
    await client.aclose()


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def hostile_table(text: str) -> ReportTable:
    """A table whose every text is somebody else's, its titles as well."""
    columns = (
        TableColumn(text, text),
        TableColumn("at", text, CellKind.MOMENT),
        TableColumn("n", "n", CellKind.NUMBER),
    )
    return ReportTable("hostile", text, text, columns)


def query(**said: Any) -> ReportQuery:
    return ReportQuery(**{"kind": ReportKind.ACCESS, "start": NOON, "end": NOON + DAY, **said})


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_is_a_formula_or_code_in_any_file(tmp_path: Path, text: str) -> None:
    spool, table = RowSpool(tmp_path / "rows"), hostile_table(text)
    spool.add(table.name, "", [text, NOON, 7])
    write_csv(tmp_path / "t.csv", table, spool.rows(table.name), query())
    with (tmp_path / "t.csv").open(encoding="utf-8", newline="") as file:
        head, row = csv.reader(file)
    for cell in (head[0], row[0]):
        assert not cell.lstrip().startswith(("=", "+", "-", "@", "\uff1d", "\t", "\r"))
        assert cell.isprintable()
    write_workbook(tmp_path / "t.xlsx", [(text, text)], [table], spool, query())
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    for sheet in book:
        assert len(sheet.title.encode("utf-16-le")) <= 2 * 31
        assert not sheet.title.startswith(("=", "+", "-", "@", "'"))
        for cells in sheet.iter_rows():
            for cell in cells:
                assert cell.data_type != "f"
                assert cell.hyperlink is None
                assert len(str(cell.value or "").encode("utf-16-le")) <= 2 * 32_767
                assert not str(cell.value or "").lstrip().startswith(("=", "+", "-", "@"))
    page = ReportPage(text, text, text, [text], [], [text], [(text, text, True)], [], [])
    write_page(tmp_path / "t.html", page, [table], spool, query())
    shown = (tmp_path / "t.html").read_text("utf-8")
    assert "<script" not in shown
    assert "<img" not in shown
    assert "49" not in shown or "49" in text
    assert "\u202e" not in shown


def test_another_library_reads_dates_as_dates_and_numbers_as_numbers(tmp_path: Path) -> None:
    spool, table = RowSpool(tmp_path / "rows"), hostile_table("Time")
    spool.add(table.name, "", ["000123", NOON + 123, 7])
    write_workbook(tmp_path / "t.xlsx", [("Report", "x")], [table], spool, query(zone="Europe/Berlin"))
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx")["Time"]
    text, moment, number = (cell.value for cell in sheet[2])
    assert (text, number) == ("000123", 7)
    assert isinstance(moment, datetime)
    assert moment.isoformat(timespec="seconds") == "2030-03-17T18:46:40"
    assert sheet["B1"].value == "Time (Europe/Berlin)"


def test_sheets_have_names_that_a_workbook_may_have_each_once() -> None:
    taken = set[str]()
    names = [
        sheet_name(title, taken) for title in ("a/b[c]:*?", "A B C", "x" * 50, "x" * 60, "", "'quoted'", "=1")
    ]
    assert len({name.lower() for name in names}) == len(names)
    assert all(0 < len(name) <= 31 and not set(name) & set("[]:*?/\\") for name in names)


@pytest.mark.parametrize(
    ("zone", "day", "begin", "end"),
    [
        ("UTC", "2026-10-25", "2026-10-25T00:00:00.000+00:00", "2026-10-26T00:00:00.000+00:00"),
        ("Europe/Berlin", "2026-10-25", "2026-10-25T00:00:00.000+02:00", "2026-10-26T00:00:00.000+01:00"),
        ("Europe/Berlin", "2026-03-29", "2026-03-29T00:00:00.000+01:00", "2026-03-30T00:00:00.000+02:00"),
        ("America/New_York", "2026-11-01", "2026-11-01T00:00:00.000-04:00", "2026-11-02T00:00:00.000-05:00"),
        ("Asia/Kathmandu", "2026-02-28", "2026-02-28T00:00:00.000+05:45", "2026-03-01T00:00:00.000+05:45"),
        # no midnight on that day: clocks went from 24:00 to 01:00
        ("Africa/Cairo", "2026-04-24", "2026-04-24T01:00:00.000+03:00", "2026-04-25T00:00:00.000+03:00"),
        (
            "Australia/Lord_Howe",
            "2026-04-05",
            "2026-04-05T00:00:00.000+11:00",
            "2026-04-06T00:00:00.000+10:30",
        ),
    ],
)
def test_a_day_is_the_whole_day_of_its_zone_also_where_clocks_change(
    zone: str, day: str, begin: str, end: str
) -> None:
    first, last = read_begin(day, zone), read_end(day, zone)
    assert first is not None
    assert last is not None
    asked = query(zone=zone, start=first, end=last)
    assert (asked.told(first), asked.told(last)) == (begin, end)
    assert asked.holds(last - 1)
    assert not asked.holds(last)


def test_the_hour_that_comes_twice_is_told_apart() -> None:
    """2026-10-25 02:30 in Berlin, before and after the clocks went back."""
    asked = query(zone="Europe/Berlin")
    first = read_begin("2026-10-25T00:30:00Z", "UTC")
    assert first is not None
    assert asked.told(first) == "2026-10-25T02:30:00.000+02:00"
    assert asked.told(first + HOUR) == "2026-10-25T02:30:00.000+01:00"


@pytest.mark.parametrize(
    "text", ["", "2026-13-01", "2026-02-30", "20260101", "2026-1-1", "today", "9999-12-31", "-"]
)
def test_what_is_no_day_is_none(text: str) -> None:
    assert read_end(text, "UTC") is None


@pytest.mark.parametrize(
    "name", ["", "Berlin", "../../etc/passwd", "/etc/localtime", "Europe/Berlin\x00", "x" * 300]
)
def test_what_is_no_zone_is_none(name: str) -> None:
    assert not is_zone(name)


def test_a_sheet_that_is_full_and_a_page_that_is_long_say_where_the_rest_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """kobotoolbox/kpi#2370, lightdash/lightdash#6688: files that were cut off and did not say so."""
    monkeypatch.setattr("envaccess.audit.reports.files.MOST_ROWS", 5)
    monkeypatch.setattr("envaccess.audit.reports.page.MOST", 4)
    spool, table = RowSpool(tmp_path / "rows"), hostile_table("Long")
    for number in range(9):
        spool.add(table.name, "", ["a", NOON, number])
    write_workbook(tmp_path / "t.xlsx", [], [table], spool, query())
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx")["Long"]
    assert [row[0].value for row in sheet.iter_rows()][-1] == "More rows are in hostile.csv"
    write_csv(tmp_path / "t.csv", table, spool.rows(table.name), query())
    assert len((tmp_path / "t.csv").read_text("utf-8").splitlines()) == 10
    write_page(
        tmp_path / "t.html", ReportPage("a", "b", "c", [], [], [], [], [], []), [table], spool, query()
    )
    assert "5 more are in hostile.csv" in (tmp_path / "t.html").read_text("utf-8")


@pytest.mark.parametrize(("days", "columns"), [(3, 3), (62, 62), (63, 10), (800, 27)])
def test_a_chart_has_each_day_once_also_where_a_day_has_25_hours(days: int, columns: int) -> None:
    """timescale/timescaledb#8851, CenturyLinkCloud/mdw#764: a day twice where clocks change."""
    first = date(2026, 10, 24)
    asked = query(zone="Europe/Berlin")
    half_past_two = read_begin("2026-10-25T00:30:00Z", "UTC")
    assert half_past_two
    counts = dict[str, dict[str, int]]()
    for moment in (half_past_two, half_past_two + HOUR):
        found = counts.setdefault(asked.local(moment).date().isoformat(), {})
        found["people"] = found.get("people", 0) + 1
    chart = grants_chart(counts, first, first + timedelta(days=days - 1))
    assert chart
    assert [bar.told.rpartition(": ")[2] for bar in chart.bars] == ["2 approved by people"]
    assert round((WIDTH - 36) / (chart.bars[0].width / 0.8)) == columns


async def test_a_folder_that_holds_anything_is_left_as_it_is(story: ReportStory, tmp_path: Path) -> None:
    await story.granted("U0ALICE", "U0BOB")
    await story.seal()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "full")
    for name in ("full", "file", "link", "nowhere/deep"):
        with pytest.raises(ReportError):
            ReportFolder(tmp_path / name).refuse_used()
    (tmp_path / "empty").mkdir()
    await story.report(tmp_path / "empty")
    assert (tmp_path / "empty" / "report.html").exists()
    assert (tmp_path / "full" / "mine.txt").read_text() == "mine"


async def test_a_report_that_fails_midway_leaves_nothing_that_looks_like_one(
    story: ReportStory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await story.granted("U0ALICE", "U0BOB")
    await story.seal()

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("envaccess.wiring.report_folder.write_workbook", full)
    with pytest.raises(ReportError, match="No space left"):
        await story.report(tmp_path / "r")
    assert names_in(tmp_path) == []


async def test_a_page_loads_nothing_and_shows_every_text_as_text(story: ReportStory, tmp_path: Path) -> None:
    for text in HOSTILE:
        await story.granted(
            "U0ALICE", "U0BOB", uses=0, detail_reason=text.encode("utf-8", "replace").decode()
        )
    await story.add(
        Tag.SECRET_READ, "cli:<b>root</b>", {"variables": "=cmd|' /C calc'!A0", "detail_reason": "<script>"}
    )
    await story.seal()
    await story.report(tmp_path)
    page = (tmp_path / "report.html").read_text("utf-8")
    for bad in ("<script", "<img", "<b>root", "src=", 'href="http', "url(", "@import"):
        assert bad not in page.replace("src=x onerror", "")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    (kept,) = [row for row in rows(tmp_path, "operations") if "cmd|" in row["about"]]
    assert kept["about"].startswith("'=cmd|")
