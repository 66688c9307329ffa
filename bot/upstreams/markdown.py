"""Pictures in markdown: where they are."""

import re

# Possessive (*+, ++) where it can be: a text made to be slow to read is read as fast as any other.
_ALT = r"(?:[^\[\]\\]|\\.|\[[^\[\]]*+\])*+"
_ANGLED = r"<([^<>\n]++)>"
_INNER = r"\((?:[^\s()\\]|\\.|\([^\s()]*+\))*+\)"  # parentheses belong to an address in pairs
_PLAIN = rf"((?!<)(?:[^\s()\\]|\\.|{_INNER})++)"
_TITLE = r"""(?:\s++(?:"(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+'|\((?:[^()\\]|\\.)*+\)|[^()\n]*+))?"""
_PICTURE = re.compile(rf"!\[{_ALT}\]\(\s*+(?:{_ANGLED}|{_PLAIN}){_TITLE}\s*+\)", re.DOTALL)
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


def addresses(text: str) -> list[str]:
    """Return the addresses of the pictures in a text, in their order."""
    found = (match[1] or match[2] for match in _PICTURE.finditer(text))
    return [_plain(address) for address in found]


def _plain(address: str) -> str:
    """Return an address without what markdown puts into it."""
    address = _ESCAPED.sub(r"\1", address.strip())
    return address.replace("&amp;", "&").replace(" ", "%20")
