"""Files that people and the bot upload, and what Discord says of them."""

import mimetypes
import re
import struct
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

UNKNOWN_TYPE = "application/octet-stream"
UNSAFE = re.compile(r"[^\w.\-]+")


@dataclass(frozen=True, slots=True)
class Upload:
    """One file with its name and content type."""

    filename: str
    content: bytes
    content_type: str = UNKNOWN_TYPE
    description: str | None = None

    @property
    def kind(self) -> str:
        """Name the content type, guessed by the file's name where none was said."""
        kind = self.content_type
        if kind == UNKNOWN_TYPE:
            kind = mimetypes.guess_type(self.filename)[0] or UNKNOWN_TYPE
        return f"{kind}; charset=utf-8" if kind.startswith("text/") and ";" not in kind else kind


def attachment(
    upload: Upload, attachment_id: int, channel_id: int, base: str, *, ephemeral: bool = False
) -> dict[str, Any]:
    """Make the Attachment object of an upload that is served under `base`."""
    name = UNSAFE.sub("_", upload.filename).strip("_") or "file"
    folder = "ephemeral-attachments" if ephemeral else "attachments"
    url = f"{base}/{folder}/{channel_id}/{attachment_id}/{quote(name)}"
    made: dict[str, Any] = {
        "id": str(attachment_id),
        "filename": name,
        "size": len(upload.content),
        "url": url,
        "proxy_url": url,
        "content_type": upload.kind,
    }
    if size := dimensions(upload.content):
        made["width"], made["height"] = size
    if upload.description:
        made["description"] = upload.description
    return made | ({"ephemeral": True} if ephemeral else {})


def dimensions(content: bytes) -> tuple[int, int] | None:
    """Read width and height, in pixels, of a PNG, GIF or JPEG; None for anything else."""
    if content.startswith(b"\x89PNG\r\n\x1a\n") and len(content) >= 24:
        width, height = struct.unpack(">II", content[16:24])
        return width, height
    if content.startswith((b"GIF87a", b"GIF89a")) and len(content) >= 10:
        width, height = struct.unpack("<HH", content[6:10])
        return width, height
    if content.startswith(b"\xff\xd8"):
        return _jpeg_dimensions(content)
    return None


def _jpeg_dimensions(content: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF:
        marker, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return width, height
        at += 2 + length
    return None
