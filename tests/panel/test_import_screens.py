"""Bringing a file in the panel: looked at, matched, checked, taken in, its refused rows mended."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from crm import config, db
from crm.buyers.models import Buyer
from crm.imports.files import jobs, uploads
from crm.imports.files.models import FileImport
from crm.stores.models import Store
from tests.factories import make_buyer
from tests.panel.conftest import Reader

LIST = "E-Mail;Vorname;Ort\nada@example.test;Käthe;Köln\nno address;Bo;Ulm\n"


@pytest.fixture
def bring(owner: Reader) -> Callable[..., str]:
    """Upload a list; gives the address of its page."""

    def run(content: bytes, kind: str = "buyers", name: str = "liste.csv") -> str:
        answer = owner.post("/imports", kind=kind, file=(io.BytesIO(content), name))
        return answer.headers["Location"]

    return run


def buyers() -> int:
    with db.session() as session:
        return session.scalar(select(func.count()).select_from(Buyer)) or 0


def test_a_file_is_looked_at_checked_and_taken_in(owner: Reader, bring: Callable[..., str]) -> None:
    here = bring(LIST.encode("cp1252"))
    shown = owner.get(here)
    assert not shown.faults
    assert "Käthe" in shown.words
    owner.post(f"{here}/start", check="1")
    assert "hx-get" in owner.client.get(here, headers={"HX-Request": "true"}).text
    assert jobs.read_files() == 1
    checked = owner.get(here)
    assert "What would come of it" in checked.words
    assert buyers() == 0
    owner.post(f"{here}/start")
    jobs.read_files()
    over = owner.client.get(here, headers={"HX-Request": "true"})
    assert over.headers["HX-Refresh"] == "true"
    taken = owner.get(here)
    assert not taken.faults
    assert "is not an email address" in taken.words
    assert buyers() == 1
    mended = owner.client.get(f"{here}/refused")
    assert "no address" in mended.data.decode("utf-8-sig")
    assert mended.headers["Content-Disposition"].endswith("liste.refused.csv")
    assert "liste.csv" in owner.get("/imports").words


def test_columns_are_matched_by_hand(owner: Reader, bring: Callable[..., str]) -> None:
    here = bring(b"who,where\nada@example.test,Ulm\n")
    assert "No column tells" in owner.get(here).words
    owner.client.post(f"{here}/start", data={"csrf_token": owner.token()})
    columns = {"column-0": "email", "column-1": "address.city", "encoding": "utf-8"}
    owner.client.post(f"{here}/start", data={"csrf_token": owner.token(), **columns})
    jobs.read_files()
    assert buyers() == 1


def test_a_file_larger_than_a_form_may_be_is_streamed_and_one_too_large_refused(
    owner: Reader, bring: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = b"".join(b"k%d@example.test,%s\n" % (n, b"x" * 1000) for n in range(3000))
    here = bring(b"email,first_name\n" + rows)
    assert "k0@example.test" in owner.get(here).words
    monkeypatch.setattr(uploads, "MOST_BYTES", 1 << 20)
    owner.post("/imports", kind="buyers", file=(io.BytesIO(b"x" * (3 << 19)), "big.csv"))
    assert "larger than" in owner.notices()
    assert len(list(uploads.folder_of_uploads().glob("*.upload"))) >= 1


def test_a_stranger_may_not_send_much(owner: Reader, store: Store) -> None:
    stranger = owner.client.application.test_client()
    answer = stranger.post("/imports", data={"file": (io.BytesIO(b"x" * (2 << 20)), "big.csv")})
    assert answer.status_code in (303, 400, 413)


def test_an_upload_is_readable_by_us_alone_and_goes_in_the_end(
    owner: Reader, bring: Callable[..., str], at: Callable[[str], None]
) -> None:
    bring(LIST.encode())
    with db.session() as session:
        path = Path(session.scalars(select(FileImport.path)).one())
    assert path.parent == config.settings().data_dir / "imports"
    assert path.stat().st_mode & 0o077 == 0
    at("2027-01-30T09:00:00Z")
    assert jobs.forget_files() == 1
    assert not path.exists()


def test_a_file_can_be_stopped_gone_on_with_and_thrown_away(
    owner: Reader, bring: Callable[..., str]
) -> None:
    here = bring(LIST.encode())
    owner.post(f"{here}/start")
    owner.post(f"{here}/discard", 303)
    assert "stop it first" in owner.notices()
    owner.post(f"{here}/stop")
    assert jobs.read_files() == 0
    owner.post(f"{here}/start")
    assert jobs.read_files() == 1
    owner.post(f"{here}/discard")
    owner.get(here, 404)


@pytest.mark.parametrize("role", ["seller", "viewer"])
def test_only_marketing_brings_and_takes_lists(
    sign_in: Callable[..., Reader], store: Store, role: str
) -> None:
    reader = sign_in(role)
    reader.get("/imports", 403)
    for path in ("/imports/buyers.csv", "/imports/orders.csv", "/imports"):
        reader.post(path, 403)


def test_a_list_is_taken_along_as_filtered(owner: Reader, store: Store) -> None:
    with db.session() as session:
        for city, vip in (("Ulm", True), ("Köln", False)):
            make_buyer(session, store, city=city, vip=vip)
    answer = owner.post("/imports/buyers.csv", 200, vip="1")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert [row["address.city"] for row in rows] == ["Ulm"]
    assert "These buyers as CSV" in owner.get("/buyers?vip=1").words
    assert owner.post("/imports/orders.csv", 200).data.startswith(b"\xef\xbb\xbfid,")
