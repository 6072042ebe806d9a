"""The installation's secret key, made once into the data dir."""

import os
import secrets
from pathlib import Path


def keep_secret_key(data_dir: Path) -> str:
    """Read the secret key of a data dir, making it (mode 0600) when there is none."""
    place = data_dir / "secret_key"
    if not place.exists():
        _make(place)
    return place.read_text(encoding="ascii").strip()


def _make(place: Path) -> None:
    draft = place.with_name(f".secret_key.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48))
        file.flush()
        os.fsync(file.fileno())
    try:
        place.hardlink_to(draft)  # of two processes at once, the first one's key stands
    except FileExistsError:
        pass
    finally:
        draft.unlink()
