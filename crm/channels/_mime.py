"""Builds a mail's bytes quickly: own headers, bodies through the standard library's C encoders.

Nothing that comes in can end a line of the head: control characters and every kind of line break
become spaces, and whatever is not plain ASCII becomes encoded words (RFC 2047).
"""

import hashlib
import re
from base64 import b64encode, encodebytes
from binascii import b2a_qp
from email.utils import format_datetime

from crm.channels import Envelope

_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}")
_HEADER = re.compile(r"[A-Za-z][A-Za-z-]{1,50}")
_LONGEST = 900
# A word of 45 bytes is 60 letters in base64, with its frame 72: a line stays under 76.
_WORD_BYTES = 45
# Above this share of bytes that only longer characters need, base64 is the shorter one.
_TEXTUAL = 0.15


def build(envelope: Envelope) -> bytes:
    """Write the whole mail, text and HTML, with CRLF line ends."""
    boundary = b"=_" + hashlib.sha256(envelope.message_id.encode()).hexdigest()[:32].encode()
    parts = [
        _head(envelope),
        b'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="%b"\r\n' % boundary,
        _part(b"plain", envelope.text, boundary),
        _part(b"html", envelope.html, boundary),
        b"\r\n--%b--\r\n" % boundary,
    ]
    return b"".join(parts)


def address(given: str) -> str | None:
    """Write an address as SMTP takes it, its domain in ASCII; None where that cannot be done."""
    local, _, domain = given.strip().rpartition("@")
    try:
        plain = f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        return None
    return plain if _ADDRESS.fullmatch(plain) else None


def _head(envelope: Envelope) -> bytes:
    lines = [
        f"From: {_phrase(envelope.sender_name)}<{envelope.sender}>",
        f"To: {envelope.recipient}",
        f"Subject: {_text(envelope.subject)}",
        f"Date: {format_datetime(envelope.written_at)}",
        f"Message-ID: {envelope.message_id}",
    ]
    for name, value in envelope.headers.items():
        assert _HEADER.fullmatch(name), name
        lines.append(f"{name}: {_one_line(value)}")
    return ("\r\n".join(lines) + "\r\n").encode("ascii", "replace")


def _part(kind: bytes, body: str, boundary: bytes) -> bytes:
    lines = body.replace("\r\n", "\n").replace("\r", "\n")
    plain = lines.encode("utf-8", "replace")
    if len(plain) - len(lines) > len(plain) * _TEXTUAL:
        encoding, coded = b"base64", encodebytes(plain)
    else:
        encoding, coded = b"quoted-printable", b2a_qp(plain, istext=True)
    return (
        b"\r\n--%b\r\nContent-Type: text/%b; charset=utf-8\r\nContent-Transfer-Encoding: %b\r\n\r\n"
        % (boundary, kind, encoding)
    ) + coded.replace(b"\n", b"\r\n")


def _phrase(name: str) -> str:
    clean = _one_line(name)
    if not clean:
        return ""
    if _is_plain(clean):
        escaped = clean.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}" '
    return _encoded(clean) + " "


def _text(value: str) -> str:
    clean = _one_line(value)
    return clean if _is_plain(clean) else _encoded(clean)


def _one_line(value: str) -> str:
    return _BREAKS.sub(" ", value).strip()[:_LONGEST]


def _is_plain(value: str) -> bool:
    return value.isascii() and "=?" not in value


def _encoded(value: str) -> str:
    words, word = [], b""
    for letter in value:
        coded = letter.encode("utf-8", "replace")
        if len(word) + len(coded) > _WORD_BYTES:
            words.append(word)
            word = b""
        word += coded
    words.append(word)
    return "\r\n ".join(f"=?utf-8?B?{b64encode(word).decode()}?=" for word in words)
