"""What the HTTP API says of its own; features bring the rest."""

from bot.words.plural import Plural

TEXTS: dict[str, str | Plural] = {
    "api.not_found": (
        "Nothing lives at this path. The base URL ends in /v1, and /docs lists every route."
    ),
    "api.no_such_model": (
        "There is no model `{model}`.{hint} GET /v1/models lists every model that can be called."
    ),
    "api.method_not_allowed": "This path does not answer {method}. Use {allow}.",
    "api.too_large": (
        "The request body is larger than {limit:,} bytes. Send smaller images or less text."
    ),
    "api.no_key": (
        "No API key came with the request. Send it as `Authorization: Bearer KEY`, or to "
        "/v1/messages as `x-api-key: KEY`. "
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
    "api.not_form": "The request body must be a multipart form: {reason}.",
    "api.fault": (
        "Something broke on our side. Nothing more is charged than was delivered. Try again, and "
        "if it happens again, tell the staff this reference: {reference}."
    ),
    "api.unreadable": "What arrived is not a valid HTTP/1.1 request. Check your client.",
    "api.advice.invalid": "Change the field that `param` names, as the message says.",
    "api.advice.too_long": "Send less text, or choose a model with a larger context.",
    "api.advice.unknown_model": "Take an id from GET /v1/models.",
    "api.advice.no_such_model": "Take an id from GET /v1/models.",
    "api.advice.unauthenticated": (
        "Send your key as the bearer token; in Discord, /show_key shows it and /resetkey replaces "
        "it."
    ),
    "api.advice.suspended": "Ask a moderator in Discord.",
    "api.advice.no_access": (
        "Choose a model with free access, or get the access in Discord; /all_limits shows yours."
    ),
    "api.advice.not_allowed": "Ask from this machine itself, or with LATCHKEY_METRICS_TOKEN.",
    "api.advice.not_found": "Check the path; the base URL ends in /v1.",
    "api.advice.method_not_allowed": "Use the method that the `allow` header names.",
    "api.advice.too_large": "Send smaller images or less text.",
    "api.advice.allowance_spent": (
        "Wait until the day's reset, as `retry-after` says, or ask for less where some is left."
    ),
    "api.advice.allowance_held": (
        "Wait as long as `retry-after` says: calls of yours that still run hold the rest, and the "
        "message says how much."
    ),
    "api.advice.minute_spent": "Wait as long as `retry-after` says.",
    "api.advice.in_flight": "Wait until one of your running calls has ended.",
    "api.advice.internal": "Try again; if it happens again, tell the staff the `x-request-id`.",
    "api.advice.upstream_failed": "Try again, or choose another model.",
    "api.advice.upstream_timeout": "Try again, or choose another model.",
    "api.advice.no_route": "Wait as long as `retry-after` says, or choose another model.",
    "api.advice.unavailable": "Wait as long as `retry-after` says and try again.",
    "api.advice.stream_incomplete": (
        "The upstream broke off. What was delivered is charged, or the flat price; try again."
    ),
    "api.advice.stream_stopped": (
        "Latchkey cut it, and the message says why. What was delivered is charged, or the flat "
        "price."
    ),
    "api.contact": "Ask the staff of {community} on Discord.",
}
