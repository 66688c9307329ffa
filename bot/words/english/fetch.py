"""What callers read when an address of theirs cannot be fetched."""

from bot.words.plural import Plural

TEXTS: dict[str, str | Plural] = {
    "fetch.address": (
        "`{param}` must be a picture: a data URL, or an address that begins with https:// or "
        "http:// and holds no user name. Nothing was charged."
    ),
    "fetch.not_public": (
        "The address in `{param}` does not lead to a public address of the internet: its name is "
        "not known there, or belongs to a local network, or its IP address is private or "
        "reserved, or its port unusual. Check it, or send the file itself, as a data URL. Nothing "
        "was charged."
    ),
    "fetch.unreachable": (
        "The address in `{param}` does not answer with the file. Open it in a browser without "
        "signing in to see whether it does, or send the file itself, as a data URL. Nothing was "
        "charged."
    ),
    "fetch.late": (
        "The address in `{param}` takes too long to answer. Send the file itself, as a data URL. "
        "Nothing was charged."
    ),
    "fetch.too_large": (
        "The file at the address in `{param}` is larger than {megabytes} MB. Send a smaller one. "
        "Nothing was charged."
    ),
    "fetch.wrong_type": (
        "What the address in `{param}` answers with is not of a type that is taken here: a "
        "picture must be PNG, JPEG, WebP or GIF. Nothing was charged."
    ),
}
