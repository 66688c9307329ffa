"""What POST /v1/responses says of bodies it cannot take."""

from bot.words.plural import Plural

TEXTS: dict[str, str | Plural] = {
    "responses.nothing_stored": (
        "`{param}` refers to something stored, and nothing is stored here. Leave it out and send "
        "the whole conversation in `input`."
    ),
    "responses.no_background": (
        "`background` must be false: answers are given at once. Leave it out, or stream."
    ),
    "responses.unknown_item": (
        "`{param}` is {kind}. An item of the input is a message, a function_call, a "
        "function_call_output or a reasoning item."
    ),
    "responses.unknown_part": (
        "`{param}` is {kind}. A part of a message is input_text, input_image, input_file, "
        "input_audio or output_text."
    ),
    "responses.no_web": (
        "`{model}` has no network access here, and no other model has: leave web_search out."
    ),
    "responses.no_web_but": (
        "`{model}` has no network access here: leave web_search out, or choose a model that has, "
        "such as {others}."
    ),
    "responses.unknown_tool": (
        "`{param}` is {kind}, which nobody runs here. Use tools of type function, or web_search."
    ),
}
