"""The page around a letter: shell, preheader, footer, harmless markup, links and text part."""

import re
from collections.abc import Callable
from html import escape, unescape

import css_inline
import inscriptis
import nh3
from inscriptis.model.config import ParserConfig

_BODY = re.compile(r"<body\b[^>]*>", re.IGNORECASE)
_END = re.compile(r"</body\s*>", re.IGNORECASE)
_LINK = re.compile(
    r"""(<(?:a|area)\b[^>]*?\shref\s*=\s*)("[^"]*"|'[^']*'|[^\s"'>]+)""", re.IGNORECASE
)
_ADDRESS = re.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?)\]'»“”]")
_WEB = re.compile(r"https?://", re.IGNORECASE)
_HARMLESS_LINK = re.compile(r"(?:https?://|mailto:|tel:|sms:|#|$)", re.IGNORECASE)
_ACTIVE = re.compile(
    r"""<\s*/?\s*(?:script|iframe|object|embed|applet|form|base|svg|math)\b|[\s"'/]on[a-z]+\s*="""
    r"""|(?:java|vb)script:|http-equiv\s*=\s*["']?\s*refresh""",
    re.IGNORECASE,
)
_KEPT_TAGS = nh3.ALLOWED_TAGS | {"style", "center", "font", "u", "s", "section", "main"}
_KEPT_ATTRIBUTES = {
    "*": set(
        "align alt background bgcolor border cellpadding cellspacing class color colspan dir face"
        " height href id lang role rowspan size src style title valign width".split()
    )
}
_DROPPED_WHOLE = {"script", "iframe", "object", "embed", "applet", "svg", "math", "title"}
_SHELL = (
    '<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    '<meta name="color-scheme" content="light dark"><title>{title}</title></head>'
    '<body style="margin:0;padding:24px 16px;font:16px/1.55 -apple-system,BlinkMacSystemFont,'
    "'Segoe UI','PingFang SC','Microsoft YaHei',Helvetica,Arial,sans-serif\">"
    '<div style="max-width:600px;margin:0 auto">{body}</div></body></html>'
)
_HIDDEN = (
    '<span style="display:none;max-height:0;overflow:hidden;opacity:0;mso-hide:all">{text}</span>'
)
_TEXT = ParserConfig(display_links=True)
_INLINER = css_inline.CSSInliner(keep_style_tags=True, load_remote_stylesheets=False)


def harmless(html: str) -> str:
    """Take scripts and everything that acts out of a letter; one without any stays untouched."""
    if not _ACTIVE.search(html):
        return html
    return nh3.clean(
        html,
        tags=_KEPT_TAGS,
        clean_content_tags=_DROPPED_WHOLE,
        attributes=_KEPT_ATTRIBUTES,
        link_rel=None,
    )


def framed(html: str, title: str, language: str) -> str:
    """Give a fragment a page around it; a whole page stays as it is."""
    if _BODY.search(html):
        return html
    return _SHELL.format(language=escape(language), title=escape(title), body=html)


def of_text(text: str) -> str:
    """Turn plain text into paragraphs with its addresses as links."""
    blocks = re.split(r"\n\s*\n", text.strip())
    return "".join(f'<p style="margin:0 0 1em">{_block(block)}</p>' for block in blocks)


def with_preheader(html: str, preheader: str) -> str:
    """Put the line that mail programs show beside the subject in front, unseen on the page."""
    if not preheader:
        return html
    hidden = _HIDDEN.format(text=escape(preheader))
    return _BODY.sub(lambda found: found.group() + hidden, html, count=1)


def with_footer(html: str, lines: list[str], link: tuple[str, str]) -> str:
    """Put small print at the end of the page; `link` is (address, words)."""
    small = "<br>".join(escape(line).replace("\n", "<br>") for line in lines)
    address, words = (escape(part) for part in link)
    footer = (
        '<div style="max-width:600px;margin:32px auto 16px;padding:12px 16px 0;border-top:1px solid'
        ' #bbb;font:13px/1.5 Helvetica,Arial,sans-serif;color:#777">'
        f'{small}<br><a href="{address}" style="color:#777">{words}</a></div>'
    )
    place = _last_end(html)
    return html[:place] + footer + html[place:]


def with_links(html: str, wrap: Callable[[str], str]) -> str:
    """Pass every web address of a link through `wrap`; one that is no address leads nowhere."""

    def change(found: re.Match[str]) -> str:
        url = unescape(found[2].strip("\"'")).strip()
        if not _HARMLESS_LINK.match(url):
            url = "#"
        elif _WEB.match(url):
            url = wrap(url)
        return f'{found[1]}"{escape(url)}"'

    return _LINK.sub(change, html)


def inlined(html: str) -> str:
    """Copy style sheets into the elements, for mail programs that ignore them."""
    return _INLINER.inline(html) if "<style" in html.lower() else html


def as_text(html: str) -> str:
    """Write the page as plain text with its links."""
    lines = inscriptis.get_text(html, _TEXT).splitlines()
    text = "\n".join(line.strip() for line in lines)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def _block(block: str) -> str:
    parts, end = [], 0
    for found in _ADDRESS.finditer(block):
        url = escape(found.group())
        parts += [escape(block[end : found.start()]), f'<a href="{url}">{url}</a>']
        end = found.end()
    return "".join([*parts, escape(block[end:])]).replace("\n", "<br>\n")


def _last_end(html: str) -> int:
    ends = [found.start() for found in _END.finditer(html)]
    return ends[-1] if ends else len(html)
