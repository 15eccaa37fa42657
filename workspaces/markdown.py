"""Markdown as safe HTML: one path for page, socket and PDF."""

import re

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt

TAGS = {
    "p", "br", "hr", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a",
    "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td", "span",
}  # fmt: skip
EXCERPT = 140  # characters
_markdown = MarkdownIt("commonmark", {"html": False, "linkify": True, "breaks": True, "maxNesting": 20})
_markdown.enable(["table", "strikethrough", "linkify"])


def _lower_headings(state):
    """A message's own headings start below the page's."""
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + 2)}"


_markdown.core.ruler.push("lower_headings", _lower_headings)


def _mention(state, silent):
    """“@Ada” where `names` of the environment has Ada: the longest of the names that fits, not within a word."""
    pattern = state.env.get("pattern")
    if pattern is None or state.src[state.pos] != "@" or state.src[state.pos - 1 : state.pos].isalnum():
        return False
    found = pattern.match(state.src, state.pos + 1, state.posMax)
    if not found:
        return False
    if not silent:
        token = state.push("mention", "", 0)
        token.content = state.src[state.pos : found.end()]
        token.meta = {"name": fold(found.group())}
    state.pos = found.end()
    return True


_markdown.inline.ruler.before("linkify", "mention", _mention)
_markdown.add_render_rule(
    "mention", lambda renderer, tokens, index, *_: f'<span class="mention">{escape(tokens[index].content)}</span>'
)


def fold(name):
    """The same whichever apostrophe and case were typed."""
    return name.replace("’", "'").lower()


def environment(names):
    if not names:
        return {}
    longest_first = sorted(names, key=len, reverse=True)
    words = "|".join(re.sub("['’]", "['’]", re.escape(name)) for name in longest_first)
    return {"pattern": re.compile(f"(?:{words})(?!\\w)", re.IGNORECASE)}


def mentioned(text, names):
    """Those of `names` that `text` calls with an “@”, each once, in order; in a code block nobody is called."""
    known = {fold(name): name for name in names}
    blocks = _markdown.parse(text, environment(names))
    inner = [token for block in blocks for token in block.children or []]
    return list(dict.fromkeys(known[token.meta["name"]] for token in inner if token.type == "mention"))


def links(text):
    """Where `text` links to, in order; not from within a quote, whose links belong to the one who is quoted."""
    depth, found = 0, []
    for block in _markdown.parse(text):
        depth += {"blockquote_open": 1, "blockquote_close": -1}.get(block.type, 0)
        if not depth:
            found += [token.attrGet("href") for token in block.children or [] if token.type == "link_open"]
    return found


def excerpt(text):
    """The beginning of a message, in one line."""
    words = " ".join(text.split())
    return f"{words[:EXCERPT].rstrip()} …" if len(words) > EXCERPT else words


def to_html(text, names=()) -> SafeString:
    """`text` (Markdown) as HTML that nh3 has cleaned: no scripts, no styles, no images, only http(s) and mailto links.

    `names` are those whom the text calls with an “@”."""
    clean = nh3.clean(
        _markdown.render(text, environment(names)),
        tags=TAGS,
        attributes={"a": {"href"}, "ol": {"start"}},
        allowed_classes={"span": {"mention"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )
    return SafeString(clean)


def to_text(text):
    """What `text` (Markdown) says, without its marks: for a search result, where a link is its words."""
    parts = []
    for token in _markdown.parse(text):
        if token.type == "inline":
            parts += [each.content if each.type in ("text", "code_inline") else " " for each in token.children]
        elif token.type in ("fence", "code_block"):
            parts.append(token.content)
        parts.append(" " if token.nesting != 1 else "")
    return "".join(parts)
