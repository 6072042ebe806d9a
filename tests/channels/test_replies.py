"""Every reply of a mail server, before and after the final dot, means one thing to us."""

import pytest

from crm.channels._replies import read_reply

BEFORE = [
    # What the server says about us or itself: leave it alone for a while, blame nobody.
    (421, "4.7.0 try again later", "deferred", "away"),
    (421, "service not available", "deferred", "away"),
    (450, "4.7.1 greylisted, wait", "deferred", "away"),
    (451, "4.7.500 server busy", "deferred", "away"),
    (452, "4.7.28 rate limited", "deferred", "away"),
    (450, "4.3.2 system not accepting mail", "deferred", "away"),
    (454, "4.7.0 TLS not available", "deferred", "away"),
    # Trouble that passes.
    (450, "4.2.1 mailbox busy", "deferred", "soft"),
    (450, "4.2.0 greylisted", "deferred", "soft"),
    (450, "mailbox unavailable", "deferred", "soft"),
    (451, "4.3.0 local error", "deferred", "soft"),
    (451, "local error in processing", "deferred", "soft"),
    (452, "4.3.1 insufficient storage", "deferred", "soft"),
    (452, "4.2.2 over quota", "deferred", "soft"),
    (452, "4.5.3 too many recipients", "deferred", "soft"),
    (455, "parameters not accommodated", "deferred", "soft"),
    (432, "password transition needed", "deferred", "credentials"),
    (454, "temporary authentication failure", "deferred", "credentials"),
    # Addresses that are dead.
    (550, "5.1.1 no such user", "refused", "dead"),
    (550, "5.1.2 no such domain", "refused", "dead"),
    (553, "5.1.3 bad syntax", "refused", "dead"),
    (550, "5.1.6 mailbox has moved", "refused", "dead"),
    (556, "5.1.10 null MX", "refused", "dead"),
    (550, "5.1.10 recipient not found", "refused", "dead"),
    (550, "5.2.1 mailbox disabled", "refused", "dead"),
    (554, "5.1.1 unknown", "refused", "dead"),
    # A mailbox that is full may be emptied.
    (552, "5.2.2 mailbox full", "deferred", "full"),
    (550, "5.2.2 over quota", "deferred", "full"),
    # Our own policy or authentication fault: the recipient has done nothing.
    (550, "5.7.1 relaying denied", "deferred", "policy"),
    (550, "5.7.26 unauthenticated", "deferred", "policy"),
    (550, "5.7.9 DMARC", "deferred", "policy"),
    (550, "5.7.515 sender not compliant", "deferred", "policy"),
    (554, "5.7.1 blocked by list", "deferred", "policy"),
    (550, "5.7.0 policy", "deferred", "policy"),
    (571, "5.7.1 refused", "deferred", "policy"),
    # Credentials.
    (530, "5.7.0 authentication required", "deferred", "credentials"),
    (530, "must issue STARTTLS first", "deferred", "credentials"),
    (534, "5.7.9 mechanism too weak", "deferred", "credentials"),
    (535, "5.7.8 bad credentials", "deferred", "credentials"),
    (535, "authentication failed", "deferred", "credentials"),
    (538, "encryption required", "deferred", "credentials"),
    # A no about this message, without a word about the address.
    (550, "rejected", "refused", "content"),
    (550, "user unknown", "refused", "content"),
    (551, "user not local", "refused", "content"),
    (552, "message too big", "refused", "content"),
    (552, "5.3.4 message too big", "refused", "content"),
    (553, "mailbox name not allowed", "refused", "content"),
    (554, "transaction failed", "refused", "content"),
    (554, "5.6.0 bad content", "refused", "content"),
    (555, "parameters not recognised", "refused", "content"),
    (500, "syntax error", "refused", "content"),
    (501, "5.5.4 bad argument", "refused", "content"),
    (503, "5.5.1 bad sequence", "refused", "content"),
    # What no server should say here.
    (250, "2.0.0 fine, but we asked for the body", "deferred", "away"),
    (-1, "gibberish", "deferred", "away"),
    (0, "", "deferred", "away"),
]


@pytest.mark.parametrize(("code", "text", "kind", "cause"), BEFORE)
def test_a_reply_before_the_dot(code: int, text: str, kind: str, cause: str) -> None:
    reply = read_reply(code, text.encode())
    assert (reply.kind, reply.cause, reply.code) == (kind, cause, code)


@pytest.mark.parametrize(
    ("code", "text", "kind", "cause"), [row for row in BEFORE if 400 <= row[0] < 600]
)
def test_a_no_after_the_dot_means_the_same(code: int, text: str, kind: str, cause: str) -> None:
    reply = read_reply(code, text, after_dot=True)
    assert (reply.kind, reply.cause) == (kind, cause)


@pytest.mark.parametrize("code", [250, 251, 252, 200])
def test_a_yes_counts_only_after_the_dot(code: int) -> None:
    assert read_reply(code, b"2.0.0 queued", after_dot=True).kind == "accepted"
    assert read_reply(code, b"2.0.0 queued").kind == "deferred"


@pytest.mark.parametrize("code", [-1, 0, 100, 354, 600, 999])
def test_nonsense_after_the_dot_is_uncertain(code: int) -> None:
    assert read_reply(code, b"what?", after_dot=True).kind == "uncertain"


def test_a_code_deep_in_the_text_is_not_the_enhanced_code() -> None:
    said = "content refused, see 5.1.1 in our policy"
    assert read_reply(554, said).cause == "content"


def test_an_endless_reply_is_cut_and_put_on_one_line() -> None:
    reply = read_reply(550, b"5.1.1 no\r\n" + b"x" * 100_000 + b"\xff")
    assert len(reply.text) <= 500
    assert "\n" not in reply.text
