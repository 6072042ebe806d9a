"""What a mail server's reply means: by its enhanced code (RFC 3463), else by its basic one."""

import re

from crm.channels import Cause, Kind, Reply

_ENHANCED = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_DEAD = {"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"}
_AWAY = {"4.3.2"}
_CREDENTIALS = (530, 534, 535, 538)
_MOST_TEXT = 500


def read_reply(code: int, text: bytes | str, *, after_dot: bool = False) -> Reply:
    """Judge one reply; what no server should say is uncertain once the dot has gone."""
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    said = " ".join(said.split())[:_MOST_TEXT]
    kind, cause = _judge(code, _enhanced(said), after_dot=after_dot)
    return Reply(kind, code, said, cause)


def _judge(code: int, enhanced: str, *, after_dot: bool) -> tuple[Kind, Cause]:
    if 200 <= code < 300 and after_dot:
        return "accepted", ""
    if 400 <= code < 500:
        return "deferred", _why_later(code, enhanced)
    if 500 <= code < 600:
        return _why_never(code, enhanced)
    return ("uncertain", "") if after_dot else ("deferred", "away")


def _why_later(code: int, enhanced: str) -> Cause:
    if code == 421 or enhanced in _AWAY or enhanced.startswith("4.7."):
        return "away"
    return "credentials" if code in (432, 454) else "soft"


def _why_never(code: int, enhanced: str) -> tuple[Kind, Cause]:
    if enhanced in _DEAD:
        return "refused", "dead"
    if enhanced == "5.2.2":
        return "deferred", "full"
    if code in _CREDENTIALS:
        return "deferred", "credentials"
    if enhanced.startswith("5.7."):
        return "deferred", "policy"
    return "refused", "content"


def _enhanced(said: str) -> str:
    found = _ENHANCED.match(said)
    return found.group() if found else ""
