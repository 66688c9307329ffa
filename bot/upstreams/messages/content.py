"""Pictures, documents and found texts of Messages as parts of a chat's message; pure."""

from typing import Any

Parts = list[dict[str, Any]]
BETWEEN = "\n\n"  # texts that a chat takes as one


def text_of(parts: Parts) -> str:
    """Return the texts among parts as one text."""
    return BETWEEN.join(part["text"] for part in parts if part["type"] == "text")


def picture(source: dict[str, Any]) -> dict[str, Any] | None:
    """Return a picture as a part; None where only Anthropic knows where it is."""
    match source:
        case {"type": "base64", "media_type": str(media), "data": str(data)}:
            address = f"data:{media};base64,{data}"
        case {"type": "url", "url": str(address)}:
            pass
        case _:
            return None
    return {"type": "image_url", "image_url": {"url": address}}


def document(block: dict[str, Any], source: dict[str, Any]) -> Parts | None:
    """Return a document's text, or its bytes as a file; None where it is neither."""
    match source:
        case {"type": "text", "data": str(text)}:
            return [*heads(block), _text(text)]
        case {"type": "base64", "media_type": str(media), "data": str(data)}:
            name = str(block.get("title") or "document.pdf")
            file = {"filename": name, "file_data": f"data:{media};base64,{data}"}
            return [{"type": "file", "file": file}]
        case _:
            return None


def search_result(block: dict[str, Any]) -> Parts:
    """Return a found text with its title and where it is from."""
    content = block.get("content")
    inner = content if isinstance(content, list) else ()
    texts = [one.get("text") for one in inner if isinstance(one, dict)]
    return [*heads(block), *(_text(text) for text in texts if isinstance(text, str))]


def heads(block: dict[str, Any]) -> Parts:
    """Return what stands above a text: its title, where it is from, what it is about."""
    values = (block.get(name) for name in ("title", "source", "context"))
    return [_text(value) for value in values if isinstance(value, str) and value]


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}
