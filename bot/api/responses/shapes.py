"""What the bodies, answers and events of Responses look like, for /openapi.json."""

from bot.api.responses.request import EFFORTS, MOST_LOGPROBS, MOST_METADATA
from bot.api.responses.tools import MODES
from bot.api.schema import (
    ANY_OBJECT,
    TEXT,
    Schema,
    choice,
    either,
    flag,
    many,
    maybe,
    number,
    record,
    ref,
    text,
    whole,
)
from bot.relay.ask import MOST_CAP

_ROLES = choice("user", "assistant", "system", "developer")
_PARTS = many(
    either(
        record("type", "text", has={"type": choice("input_text", "output_text"), "text": TEXT}),
        record(
            "type",
            "image_url",
            has={
                "type": choice("input_image"),
                "image_url": text("an address or a data: URL", least=1),
                "detail": maybe(choice("low", "high", "auto", "original")),
            },
        ),
        record(
            "type",
            "file_data",
            has={
                "type": choice("input_file"),
                "file_data": text("a data: URL", least=1),
                "filename": maybe(TEXT),
            },
        ),
    )
)
_ITEM = either(
    record(
        "role",
        "content",
        has={"type": choice("message"), "role": _ROLES, "content": either(TEXT, _PARTS)},
    ),
    record(
        "type",
        "call_id",
        "name",
        "arguments",
        has={
            "type": choice("function_call"),
            "call_id": text(least=1),
            "name": text(least=1),
            "arguments": text("JSON"),
        },
    ),
    record(
        "type",
        "call_id",
        "output",
        has={
            "type": choice("function_call_output"),
            "call_id": text(least=1),
            "output": either(TEXT, _PARTS),
        },
    ),
    record("type", words="left out of the chat", has={"type": choice("reasoning")}),
)
_WEB = record("type", words="asks the model's +web kind", has={"type": choice("web_search")})
_TOOL = either(
    record(
        "type",
        "name",
        has={
            "type": choice("function"),
            "name": text(least=1),
            "description": maybe(TEXT),
            "parameters": maybe(record(words="a JSON schema")),
            "strict": maybe(flag()),
        },
    ),
    _WEB,
)
_NAMED = record("type", "name", has={"type": choice("function"), "name": text(least=1)})
_ALLOWED = record(
    "type",
    "tools",
    has={
        "type": choice("allowed_tools"),
        "mode": choice("auto", "required"),
        "tools": many(either(_NAMED, _WEB)),
    },
)
_FORMAT = either(
    record("type", has={"type": choice("text", "json_object")}),
    record(
        "type",
        "name",
        "schema",
        has={
            "type": choice("json_schema"),
            "name": text(least=1),
            "schema": ANY_OBJECT,
            "description": maybe(TEXT),
            "strict": maybe(flag()),
        },
    ),
)
_USAGE = record(
    "input_tokens",
    "input_tokens_details",
    "output_tokens",
    "output_tokens_details",
    "total_tokens",
    has={
        "input_tokens": whole(0),
        "input_tokens_details": record("cached_tokens", has={"cached_tokens": whole(0)}),
        "output_tokens": whole(0),
        "output_tokens_details": record("reasoning_tokens", has={"reasoning_tokens": whole(0)}),
        "total_tokens": whole(0),
    },
)
_NEVER: Schema = {"type": "null"}
SCHEMAS: dict[str, Schema] = {
    "ResponsesRequest": record(
        "model",
        "input",
        words="OpenAI's Responses body; nothing is stored, so each call brings all of its input.",
        has={
            "model": text("an id of GET /v1/models", least=1),
            "input": either(TEXT, many(_ITEM, least=1)),
            "instructions": maybe(text("what the model is told first")),
            "stream": maybe(flag("as server-sent events")),
            "tools": maybe(many(_TOOL)),
            "tool_choice": maybe(either(choice(*MODES), _NAMED, _ALLOWED)),
            "parallel_tool_calls": maybe(flag()),
            "text": maybe(record(has={"format": maybe(_FORMAT), "verbosity": maybe(TEXT)})),
            "max_output_tokens": maybe(whole(1, MOST_CAP)),
            "temperature": maybe(number()),
            "top_p": maybe(number()),
            "top_logprobs": maybe(whole(0, MOST_LOGPROBS)),
            "reasoning": maybe(
                record(has={"effort": maybe(choice(*EFFORTS)), "summary": maybe(TEXT)})
            ),
            "metadata": maybe(
                {
                    "type": "object",
                    "additionalProperties": TEXT,
                    "maxProperties": MOST_METADATA,
                    "description": "comes back with the answer",
                }
            ),
            "store": maybe(flag("nothing is stored, whatever is said here")),
            "include": maybe(many(TEXT)),
            "previous_response_id": _NEVER,
            "conversation": _NEVER,
            "prompt": _NEVER,
            "background": maybe(choice(False)),
            "user": maybe(TEXT),
            "safety_identifier": maybe(TEXT),
            "prompt_cache_key": maybe(TEXT),
        },
    ),
    "Response": record(
        "id",
        "object",
        "created_at",
        "status",
        "model",
        "output",
        "usage",
        has={
            "id": TEXT,
            "object": choice("response"),
            "created_at": whole(0),
            "completed_at": maybe(whole(0)),
            "status": choice("completed", "incomplete", "in_progress", "failed"),
            "incomplete_details": maybe(record("reason", has={"reason": TEXT})),
            "error": maybe(record("code", "message", has={"code": TEXT, "message": TEXT})),
            "model": text("the id that was asked for"),
            "output": many(
                record(
                    "id",
                    "type",
                    "status",
                    has={
                        "id": TEXT,
                        "type": choice("message", "function_call", "reasoning"),
                        "status": choice("completed", "incomplete", "in_progress"),
                    },
                )
            ),
            "usage": maybe(_USAGE),
            "store": choice(False),
        },
    ),
    "ResponseEvent": record(
        "type",
        "sequence_number",
        words="An event; the last one, response.completed, holds the whole response.",
        has={
            "type": text("response.created, response.output_text.delta and so on"),
            "sequence_number": whole(0),
            "response": ref("Response"),
        },
    ),
}
