"""Files as programs really write them: every encoding is told, every broken row is kept."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crm.imports.files.encodings import detect

Figures = Callable[..., Any]

GERMAN = "E-Mail;Vorname;Nachname;Ort\n" + "".join(
    f"k{n}@example.test;Jörg;Müßig-{n};Köln\n" for n in range(20)
)
SIMPLE = "邮箱,姓名,城市,生日\n" + "".join(
    f"k{n}@example.test,王小明,北京市朝阳区,1990年2月28日\n" for n in range(20)
)
TRADITIONAL = "信箱,姓名,城市,生日\n" + "".join(
    f"k{n}@example.test,陳大文,臺北市信義區,1990年2月28日\n" for n in range(20)
)
FRENCH = "email,first_name,city\n" + "".join(
    f"k{n}@example.test,Zoé,Saint-Étienne\n" for n in range(20)
)


@pytest.mark.parametrize(
    ("content", "encoding", "expected"),
    [
        (GERMAN, "utf-8", "utf-8"),
        (GERMAN, "utf-8-sig", "utf-8-sig"),
        (GERMAN, "utf-16", "utf-16"),
        (GERMAN, "cp1252", "cp1252"),
        (FRENCH, "latin-1", "cp1252"),
        (SIMPLE, "gb18030", "gb18030"),
        (SIMPLE, "utf-16", "utf-16"),
        (TRADITIONAL, "big5", "big5"),
        (TRADITIONAL, "utf-8", "utf-8"),
    ],
)
def test_an_encoding_is_told_and_read(
    figures: Figures, state: Callable[[], Any], content: str, encoding: str, expected: str
) -> None:
    told = figures("buyers", content.encode(encoding))
    assert (told["encoding"], told["encoding_is_sure"]) == (expected, True)
    assert (told["new"], told["refused"]) == (20, 0)
    city = content.splitlines()[1].split(told["delimiter"])
    assert {row["city"] for row in state() if row["kind"] == "buyer"} <= set(city)


def test_big_endian_is_told_by_its_mark() -> None:
    assert detect("\ufeffemail\n".encode("utf-16-be"), whole=True).encoding == "utf-16"


def test_a_cut_letter_at_the_end_of_the_sample_is_no_fault() -> None:
    text = ("Grüße\n" * 10).encode()
    assert detect(text[:-3], whole=False).encoding == "utf-8"


def test_a_guess_can_be_overruled(figures: Figures) -> None:
    told = figures("buyers", GERMAN.encode("latin-1"), "--encoding", "latin-1")
    assert (told["encoding"], told["new"]) == ("iso8859-1", 20)


def test_a_few_rows_in_another_encoding_are_refused_alone(figures: Figures) -> None:
    mixed = "email,first_name\n" + "".join(f"k{n}@example.test,Grüße\n" for n in range(60))
    body = mixed.encode() + "x@example.test,Jörg\n".encode("latin-1")
    told = figures("buyers", body)
    assert (told["encoding"], told["new"], told["refused"]) == ("utf-8", 60, 1)
    assert "x@example.test" in Path(told["refused_file"]).read_text("utf-8-sig")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_delimiter_is_told(figures: Figures, delimiter: str) -> None:
    rows = [["email", "first_name"], ["a@example.test", "Ada"]]
    told = figures("buyers", "\n".join(delimiter.join(row) for row in rows))
    assert (told["delimiter"], told["new"]) == (delimiter, 1)


def test_hostile_rows_are_refused_and_those_around_them_are_in(figures: Figures) -> None:
    rows = [
        "email,first_name",
        "a@example.test,Ada",
        "n@example.test,N\0L",
        '"open@example.test,never closed',
        "b@example.test,Bo",
        "huge@example.test," + "x" * 2_000_000,
        ",".join("y" * 3 for _ in range(100_000)),
        "c@example.test,Cy",
        '"d@example.test","two\nlines"',
        'e@example.test,5" pipe',
    ]
    told = figures("buyers", "\r\n".join(rows) + "\r\n")
    assert told["new"] >= 4
    assert told["new"] + told["refused"] == told["rows"] == 9
    reasons = " ".join(one["reason"] for one in told["reasons"])
    for said in ("NUL", "never closed", "million", "cells"):
        assert said in reasons


def test_hostile_lines_of_json_are_refused_alone(figures: Figures) -> None:
    lines = ['{"email": "a@example.test"}', "{", "[1]", '{"email": 5}', '{"a":' * 100, "NaN"]
    told = figures("buyers", "\n".join(lines), name="list.jsonl")
    assert (told["new"], told["refused"]) == (1, 5)


def test_stray_quotation_marks_swallow_no_row(figures: Figures, state: Callable[[], Any]) -> None:
    stray = ['5" pipe', '"never closed', "plain", '"closed"', '"a "b" c', '"two\nlines"', '""']
    rows = [f"k{n}@example.test,{stray[n * 3 % 7]}" for n in range(70)]
    told = figures("buyers", "email,first_name\n" + "\n".join(rows) + "\n")
    present = {row["email"] for row in state() if row["kind"] == "buyer"}
    kept = Path(told["refused_file"]).read_text("utf-8-sig")
    for number, row in enumerate(rows):
        mail = row.partition(",")[0]
        assert mail in present or mail in kept, row
        if number * 3 % 7 in (0, 2, 3, 5, 6):
            assert mail in present, row


def test_a_cell_may_hold_every_sign_that_ends_a_line_elsewhere(
    figures: Figures, state: Callable[[], Any]
) -> None:
    body = "email,first_name,city\na@example.test,A\u2028da\x85\x0bx,Ulm\n"
    assert figures("buyers", body)["new"] == 1
    (ada,) = [row for row in state() if row["kind"] == "buyer"]
    assert ada["city"] == "Ulm"


def test_later_lines_of_json_may_use_other_names(
    figures: Figures, state: Callable[[], Any]
) -> None:
    lines = [f'{{"email": "k{n}@example.test"}}' for n in range(80)]
    lines.append('{"email": "z@example.test", "address": {"city": "Ulm"}}')
    assert figures("buyers", "\n".join(lines), name="list.jsonl")["new"] == 81
    assert "Ulm" in {row["city"] for row in state() if row["kind"] == "buyer"}
