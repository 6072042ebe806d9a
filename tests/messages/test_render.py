"""Templates: what marketers may write, what is refused with its place, and what comes out."""

import time
from datetime import date
from typing import Any

import pytest

from crm.messages.letters.liquid import VARIABLES
from crm.messages.letters.sample import SAMPLE
from crm.messages.letters.values import LocalDate
from crm.messages.render import Context, Rendered, RenderFailed, check, render

MJML = (
    "<mjml><mj-body>\n<mj-section><mj-column>\n<mj-text>{text}</mj-text>\n"
    '<mj-button href="https://tea.example.test/?code={{{{ offer.code }}}}">Go</mj-button>\n'
    "</mj-column></mj-section></mj-body></mjml>"
)


ACTIVE = (
    "<script",
    "onclick",
    "javascript:",
    "<iframe",
    "onload",
    "refresh",
    "<base",
    "<form",
    "<object",
    "<embed",
)


def content(body: str, form: str = "html", **changes: str) -> dict[str, Any]:
    return {"subject": "Hello", "preheader": "", "body": body, "format": form, **changes}


def made(source: dict[str, Any], *, marketing: bool = True, **buyer: Any) -> Rendered:
    values = {**SAMPLE, "buyer": {**SAMPLE["buyer"], **buyer}}
    return render(source, Context(values, "en", marketing, lambda url: url))


def problems(source: dict[str, Any]) -> list[tuple[str, str]]:
    return [(problem.field, problem.words) for problem in check(source)]


def test_every_variable_of_the_catalogue_is_known_and_has_a_sample() -> None:
    body = " ".join(f"{{{{ {name} }}}}" for name in sorted(VARIABLES))
    assert problems(content(body)) == []
    text = made(content(body)).text
    for value in ("Mei", "TEA-4F7KQ2", "€59.90", "December 24, 2026", "2 × Long Jing"):
        assert value in text


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("Hi\n{{ buyer.nme }}", "line 2: there is no variable “buyer.nme”"),
        ("{{ customer.name }}", "line 1: there is no variable “customer.name”"),
        ("{{ buyer }}", "line 1: there is no variable “buyer”"),
        ("a\nb {{ buyer.name | shout }}", "line 2: there is no filter “shout”"),
        ("{{ buyer.name | safe }}", "line 1: there is no filter “safe”"),
        ("\n\n{{ buyer.name", "line 3: expected '}}', found end of file"),
        ("{% if buyer.vip %}\nx", "line 2: expected tag endif, found end of expression"),
        ("x {% frob %}", "line 1: unexpected tag 'frob'"),
        ("{% include 'a' %}", "line 1: unexpected tag 'include'"),
        ("\n{{ 'a' | slice }}", "line 2: slice_() missing 1 required positional argument: 'start'"),
        ("{% for i in (1..100000) %}x{% endfor %}", "line 1: loop iteration limit reached"),
        ("  ", "must not be empty"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(body: str, said: str) -> None:
    assert problems(content(body)) == [("body", said)]


def test_every_field_is_looked_at() -> None:
    broken = content("{{ a }}", subject="{{ b }}", preheader="{{ c }}")
    assert [field for field, _ in problems(broken)] == ["subject", "preheader", "body"]
    assert problems(content("x", form="docx")) == [("format", "must be one of html, mjml, text")]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("<mjml><mj-body>\n<mj-txt></mj-txt></mj-body></mjml>", "line 2: there is no tag <mj-txt>"),
        ("<mjml><mj-body>\n\n<mj-section></mj-body></mjml>", "line 3: unexpected end of stream"),
        ("<mjml><mj-include path='/etc/passwd'/></mjml>", "line 1: there is no tag <mj-include>"),
        ("<p>just html</p>", "line 1: MJML begins with <mjml> and has an <mj-body>"),
    ],
)  # fmt: skip
def test_mjml_is_refused_with_its_place_instead_of_dropped(body: str, said: str) -> None:
    assert problems(content(body, "mjml")) == [("body", said)]


def test_mjml_becomes_a_whole_page_and_keeps_its_liquid() -> None:
    source = content(
        MJML.format(text="{% if offer.percent < 30 %}Dear {{ buyer.name }}{% endif %}"), "mjml"
    )
    assert problems(source) == []
    letter = made(source)
    assert "Dear Mei Lin" in letter.html
    assert 'href="https://tea.example.test/?code=TEA-4F7KQ2"' in letter.html
    assert "[Go](https://tea.example.test/?code=TEA-4F7KQ2)" in letter.text
    assert "fonts.googleapis" not in letter.html


def test_values_from_outside_are_escaped_in_html_and_plain_elsewhere() -> None:
    evil = "<b onclick=x>&'\""
    letter = made(content("<p>{{ buyer.name }}</p>", subject="For {{ buyer.name }}"), name=evil)
    assert "&lt;b onclick=x&gt;" in letter.html
    assert "<b onclick" not in letter.html
    assert letter.subject == f"For {evil}"
    assert evil in letter.text


@pytest.mark.parametrize(
    "body",
    [
        "{{ buyer.name | url_decode }}",
        "{{ buyer.name | append: '' | upcase | downcase }}",
        "{% capture x %}{{ buyer.name }}{% endcapture %}{{ x }}",
        "{% assign x = buyer.name | replace: 'q', 'r' %}{{ x }}",
        "{{ buyer.name | strip_newlines | squish | lstrip }}",
        "{{ buyer.name | split: ' ' | join: ' ' }}",
        "{{ buyer.name | base64_encode | base64_decode }}",
        "{{ buyer.name | newline_to_br }}",
    ],
)
def test_no_filter_is_a_way_around_the_escaping(body: str) -> None:
    assert "<img" not in made(content(body), name="<img src=x onerror=y>").html.lower()


def test_a_subject_is_one_line() -> None:
    letter = made(content("x", subject="A {{ buyer.name }}\nB"), name="x\r\nBcc: y\u2028z")
    assert letter.subject == "A x Bcc: y z B"


@pytest.mark.parametrize(
    "active",
    [
        "<script>alert(1)</script>",
        "<scr<script></script>ipt>alert(1)</script>",
        '<p title=">" onclick=alert(1)>x</p>',
        '<a href="java&#115;cript:alert(1)">x</a>',
        "<a href=javascript:alert(1)>x</a>",
        "<iframe src=https://evil.example></iframe>",
        "<svg/onload=alert(1)>",
        '<meta http-equiv="refresh" content="0;url=https://evil.example">',
        "<base href=https://evil.example>",
        "<form action=https://evil.example><input name=a></form>",
        "<object data=x></object><embed src=x>",
    ],
)
def test_nothing_in_a_letter_can_act(active: str) -> None:
    html = made(content(f"<p>Dear</p>{active}<p>Bye</p>")).html.lower()
    for word in ACTIVE:
        assert word not in html
    assert "<p>dear</p>" in html
    assert "<p>bye</p>" in html


def test_an_ordinary_page_is_left_exactly_as_it_is() -> None:
    page = "<html><head></head><body class=a><!--[if mso]>x<![endif]--><p>Hi</p></body></html>"
    assert made(content(page), marketing=False).html == page


def test_style_sheets_are_copied_into_the_elements_and_kept_for_small_screens() -> None:
    css = "<style>p{color:red} @media (max-width:9px){p{color:blue}}</style><p>Hi</p>"
    html = made(content(css)).html
    assert 'style="color: red;"' in html
    assert "@media" in html


def test_marketing_always_says_how_to_leave_and_who_writes() -> None:
    letter = made(content("<p>Hi</p>"))
    for part in (letter.html, letter.text):
        assert "https://crm.example.com/u/sample" in part
        assert "Teestraße 1, 10115 Berlin" in part
    assert letter.html.rstrip().endswith("</body></html>")


def test_a_template_with_its_own_way_out_is_not_given_another() -> None:
    letter = made(content('<a href="{{ links.unsubscribe }}">leave</a>'))
    assert letter.html.count("/u/sample") == 1


def test_a_notice_gets_no_small_print() -> None:
    assert "/u/" not in made(content("<p>Hi</p>"), marketing=False).html


def test_plain_text_becomes_paragraphs_with_working_links() -> None:
    text = "Dear {{ buyer.name }},\n\nsee https://tea.example.test/a?b=1&c=2.\nBye <3"
    letter = made(content(text, "text"), name="A & B")
    assert '<a href="https://tea.example.test/a?b=1&amp;c=2">' in letter.html
    assert "Dear A &amp; B," in letter.html
    assert "Bye &lt;3" in letter.html
    assert letter.text.startswith(
        "Dear A & B,\n\nsee https://tea.example.test/a?b=1&c=2.\nBye <3\n"
    )
    assert "Unsubscribe: https://crm.example.com/u/sample" in letter.text


def test_the_preheader_is_there_and_unseen() -> None:
    html = made(content("<p>Hi</p>", preheader="A cup for {{ buyer.name }}"), name="<i>").html
    assert "display:none" in html
    assert html.index("A cup for &lt;i&gt;") < html.index("<p>Hi</p>")


def test_only_web_links_are_wrapped_and_dead_ones_lead_nowhere() -> None:
    seen: list[str] = []

    def wrap(url: str) -> str:
        seen.append(url)
        return f"https://crm.example.com/c/{len(seen)}"

    body = (
        "<a href=\"https://a.test/?x=1&amp;y=2\">a</a><a class=q href='http://b.test'>b</a>"
        '<a href="mailto:a@b.test">m</a><a href="#top">t</a><a href="data:text/html,x">d</a>'
        "<a href=https://c.test/q>c</a>"
    )
    html = render(content(body), Context(SAMPLE, "en", marketing=False, wrap=wrap)).html
    assert seen == ["https://a.test/?x=1&y=2", "http://b.test", "https://c.test/q"]
    assert 'href="mailto:a@b.test"' in html
    assert "data:text" not in html


def test_dates_and_small_print_speak_the_buyers_language() -> None:
    offer = {**SAMPLE["offer"], "expires_on": LocalDate.of(date(2026, 12, 24), "de")}
    body = "{{ offer.expires_on }} / {{ offer.expires_on | date: '%d.%m.%Y' }}"
    letter = render(
        content(body), Context({**SAMPLE, "offer": offer}, "de", False, lambda url: url)
    )
    assert "24. Dezember 2026 / 24.12.2026" in letter.text


@pytest.mark.parametrize(
    "hostile",
    [
        "{% for i in (1..1000000000) %}{% for j in (1..1000000000) %}x{% endfor %}{% endfor %}",
        "{% assign s='aaaa' %}{% for i in (1..60) %}{% assign s = s | append: s %}{% endfor %}",
        "{% assign s=9 %}{% for i in (1..60) %}{% assign s = s | times: s %}{% endfor %}{{s}}",
        "{% for i in (1..2000) %}" + "x" * 1000 + "{% endfor %}",
        "{{ offer.expires_on | date: '%1000000000d' }}{{ 1 | divided_by: 0 }}",
        "{% if buyer.vip %}" * 3000,
        "{{ buyer.name" + " | append: 'x'" * 5_000 + " | divided_by: 0 }}",
    ],
)
def test_a_hostile_template_fails_fast(hostile: str) -> None:
    started = time.process_time()
    with pytest.raises(RenderFailed):
        made(content(hostile))
    assert problems(content(hostile)) != []
    assert time.process_time() - started < 2


def test_a_failure_does_not_repeat_the_buyers_values() -> None:
    with pytest.raises(RenderFailed) as failed:
        made(content("{{ buyer.name | divided_by: 0 }}"), name="Ada Secret")
    assert "Secret" not in str(failed.value)
