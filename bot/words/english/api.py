"""What the HTTP API says of its own; features bring the rest."""

from bot.words.plural import Plural

TEXTS: dict[str, str | Plural] = {
    "api.not_found": (
        "Nothing lives at this path. The base URL ends in /v1, and /docs lists every route."
    ),
    "api.no_such_model": (
        "There is no model {model}. GET /v1/models lists every model that can be called."
    ),
    "api.method_not_allowed": "This path does not answer {method}. Use {allow}.",
    "api.too_large": (
        "The request body is larger than {limit:,} bytes. Send smaller images or less text."
    ),
    "api.no_key": (
        "No API key came with the request. Send it as `Authorization: Bearer KEY`. "
        "In Discord, /signup gives you a key and /resetkey replaces a lost one."
    ),
    "api.metrics_hidden": (
        "Metrics are answered to this machine itself, or to a request with LATCHKEY_METRICS_TOKEN "
        "as its bearer token."
    ),
    "api.body_incomplete": (
        "The request body stopped arriving after {received:,} bytes. Send it again."
    ),
    "api.not_json": "The request body must be one JSON object: {reason}.",
    "api.fault": (
        "Something broke on our side. Nothing more is charged than was delivered. Try again, and "
        "if it happens again, tell the staff this reference: {reference}."
    ),
    "api.unreadable": "What arrived is not a valid HTTP/1.1 request. Check your client.",
    "api.contact": "Ask the staff of {community} on Discord.",
}
