"""Everything the API can do, in one list: the routes and their description both come from it."""

from bot.api.auth import Auth
from bot.api.documents import Documents
from bot.api.drain import Drain
from bot.api.errors import Errors
from bot.api.measures import Measures
from bot.api.operation import Answer, Operation, Parameter
from bot.api.parts import ApiParts
from bot.api.routes.account import Usage
from bot.api.routes.chat import Chat
from bot.api.routes.health import HealthPages
from bot.api.routes.models import Models
from bot.core.errors import Kind

Offer = tuple[Operation, ...]


def offer(parts: ApiParts, drain: Drain, errors: Errors, measures: Measures) -> Offer:
    """Wire the endpoints of this process; calls first, because most requests are those."""
    pages = HealthPages(
        parts.vitals,
        drain,
        measures,
        parts.open_holds,
        parts.router,
        parts.community,
        parts.public_url,
        parts.metrics_token,
        parts.version,
    )
    if not parts.calls:
        return _pages(pages)
    auth = Auth(parts.callers)
    chat = Chat(auth, parts.relay, parts.community, parts.clock, errors)
    models = Models(auth, parts.catalogue, parts.router, parts.account, parts.clock)
    usage = Usage(auth, parts.account, parts.clock)
    made = (_chat(chat), *_models(models), *_account(usage), *_pages(pages))
    return (*made, *_documents(Documents(made, parts)))


def _chat(chat: Chat) -> Operation:
    return Operation(
        name="chat",
        method="POST",
        path="/v1/chat/completions",
        aliases=("/chat/completions", "/api/v1/chat/completions"),
        endpoint=chat,
        summary="Chat with a model",
        words=(
            "OpenAI's chat completions, streamed or whole: tools, image parts and audio too. "
            "Fields that are not named here pass through untouched."
        ),
        answer=Answer("The model's answer.", "ChatCompletion", streams=True),
        keyed=True,
        metered=True,
        takes="ChatRequest",
    )


def _models(models: Models) -> Offer:
    return (
        Operation(
            name="models",
            method="GET",
            path="/v1/models",
            aliases=("/models",),
            endpoint=models.every,
            summary="List the models",
            answer=Answer("Every model with its price, kind and access.", "ModelList"),
        ),
        Operation(
            name="models_full",
            method="GET",
            path="/v1/models/full",
            endpoint=models.full,
            summary="List the models with tier and health",
            answer=Answer("Every model, who may call it and how it is.", "FullModelList"),
            keyed=True,
        ),
        Operation(
            name="model",
            method="GET",
            path="/v1/models/{id:path}",
            endpoint=models.one,
            summary="Look one model up",
            words="Ids with slashes work as they are.",
            answer=Answer("The model.", "ModelView"),
            parameters=(Parameter("id", "path", "the model's id", required=True),),
            fails=frozenset({Kind.NO_SUCH_MODEL}),
        ),
    )


def _account(usage: Usage) -> Offer:
    words = "Spent, held and left today, when it resets, by model and by day."
    return (
        Operation(
            name="usage",
            method="GET",
            path="/v1/usage",
            endpoint=usage.usage,
            summary="See what you spent",
            words=words,
            answer=Answer("Where you stand.", "UsageView"),
            keyed=True,
        ),
        Operation(
            name="check",
            method="GET",
            path="/check",
            endpoint=usage.check,
            summary="See what a key spent",
            words=f"{words} The bearer token works too, and stays out of other people's logs.",
            answer=Answer("Where the key's owner stands.", "UsageView"),
            keyed=True,
            parameters=(Parameter("key", "query", "the key, where there is no bearer token"),),
        ),
    )


def _pages(pages: HealthPages) -> Offer:
    return (
        Operation(
            name="health",
            method="GET",
            path="/v1/health",
            endpoint=pages.health,
            summary="See whether this process is ready",
            words="200 when it is, 503 before that and while it shuts down.",
            answer=Answer("The state of every part.", "HealthView", statuses=(200, 503)),
        ),
        Operation(
            name="about",
            method="GET",
            path="/about",
            endpoint=pages.about,
            summary="What this is",
            answer=Answer("Name, version, addresses.", "AboutView"),
        ),
        Operation(
            name="metrics",
            method="GET",
            path="/metrics",
            endpoint=pages.metrics,
            summary="Numbers for Prometheus",
            words="For this machine itself, or with LATCHKEY_METRICS_TOKEN as bearer token.",
            answer=Answer("Prometheus' text form.", media="text/plain"),
            fails=frozenset({Kind.NOT_ALLOWED}),
        ),
    )


def _documents(documents: Documents) -> Offer:
    return (
        Operation(
            name="openapi",
            method="GET",
            path="/openapi.json",
            endpoint=documents.openapi,
            summary="This API as OpenAPI 3.1",
            answer=Answer("The description."),
            listed=False,
        ),
        Operation(
            name="docs",
            method="GET",
            path="/docs",
            endpoint=documents.docs,
            summary="This API as a page",
            answer=Answer("The page.", media="text/html"),
            listed=False,
        ),
        Operation(
            name="root",
            method="GET",
            path="/",
            endpoint=documents.root,
            summary="Leads to the page",
            answer=Answer("The page.", media="text/html"),
            listed=False,
        ),
    )
