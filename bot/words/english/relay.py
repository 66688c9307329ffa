"""What callers of models read when a call cannot be made or comes to nothing."""

from bot.words.plural import Plural

TEXTS: dict[str, str | Plural] = {
    "invalid_field": "`{param}` must be {expected}.",
    "expected.text": "a text of 1 to {n:,} characters",
    "cannot_chat": (
        "`{model}` is not a chat model, it is for: {kinds}. GET /v1/models lists each model's kind."
    ),
    "wrong_kind": (
        "`{model}` is not for {kind}, it is for: {kinds}. GET /v1/models lists each model's kind."
    ),
    "no_model_for": (
        "No model here is for {kind}. GET /v1/models lists what there is; ask the staff in Discord "
        "if you miss it."
    ),
    "unknown_voice": (
        "`{model}` has no voice `{voice}`. Choose one of: {voices}. Nothing was charged."
    ),
    "unable": (
        "`{model}` cannot do that here: none of its upstreams offers {what}. Leave it out, or "
        "choose another model."
    ),
    "paints_only": (
        "`{model}` makes pictures: in a chat it takes words alone, and no {what}. Leave that out, "
        "choose a model that talks, or change a picture with POST /v1/images/edits."
    ),
    "ability.chat": "chat completions",
    "ability.stream": "streamed answers",
    "ability.tools": "tools",
    "ability.vision": "pictures in messages",
    "ability.audio": "audio",
    "ability.image": "making pictures",
    "ability.edit": "editing pictures",
    "ability.speech": "speech",
    "ability.embeddings": "embeddings",
    "ability.messages": "what only Anthropic's Messages have, such as tools that run there",
    "ability.ask": "answers from the web",
    "ability.sight": "describing pictures",
    "ability.song": "songs",
    "ability.temp_mail": "temporary mailboxes",
    "ability.web": "network access",
    "prompt_too_long": (
        "This prompt of about {prompt:,} tokens is longer than `{model}`'s context of {context:,} "
        "tokens. Nothing was charged. Send less text, or choose a model with a larger context."
    ),
    "unknown_model": "There is no model `{model}`.{hint} GET /v1/models lists all of them.",
    "no_access": (
        "`{model}` needs {access} access. Activate a referral code, exchange referrals or donate "
        "in Discord to get it; /all_limits shows what you have."
    ),
    "invalid_key": (
        "The API key that came with the request is mistyped, replaced or revoked. In Discord, "
        "/show_key shows yours, /resetkey replaces it, and /signup gives you one."
    ),
    "suspended_meanwhile": (
        "Your account was suspended while this call ran. Ask a moderator if you think this is "
        "wrong."
    ),
    "model.hint": " Did you mean {names}?",
    "upstream_silent": "it does not say why.",
    "refused_upstream": "No upstream accepts this request: {reason}",
    "model_failed": (
        "`{model}` is not answering. Nothing was charged. Try again, or choose another model."
    ),
    "model_rests": (
        "Every upstream of `{model}` needs a pause. Nothing was charged. Try again in a moment, "
        "or choose another model."
    ),
    "model_busy": (
        "Every upstream of `{model}` is busy with other calls. Nothing was charged. Try again in "
        "{wait}, or choose another model."
    ),
    "model_rests_long": (
        "Every upstream of `{model}` needs a pause. Nothing was charged. Try again in {wait}, or "
        "choose another model."
    ),
    "model_late": (
        "`{model}` did not answer in time. Nothing was charged. Try again, or choose another model."
    ),
    "service_failed": (
        "The upstream of `{model}` is not answering. Nothing was charged. Try again in a moment."
    ),
    "service_rests": (
        "The upstream of `{model}` needs a pause. Nothing was charged. Try again in a moment."
    ),
    "service_busy": (
        "The upstream of `{model}` is busy with other calls. Nothing was charged. Try again in "
        "{wait}."
    ),
    "service_rests_long": (
        "The upstream of `{model}` needs a pause. Nothing was charged. Try again in {wait}."
    ),
    "service_late": (
        "The upstream of `{model}` did not answer in time. Nothing was charged. Try again in a "
        "moment."
    ),
    "answer_cut": "The answer broke off before its end. {charged} Try again.",
    "answer_stopped.shutdown": (
        "Latchkey is restarting and had to cut the answer. {charged} Try again in a few seconds."
    ),
    "answer_stopped.suspended": (
        "Your account was suspended while the answer ran. {charged} Ask a moderator if you think "
        "this is wrong."
    ),
    "answer_stopped.leaving": (
        "Your account was deleted while the answer ran, and your key with it. {charged}"
    ),
    "answer_stopped.time": (
        "The answer took longer than a call may last here and was cut. {charged} Ask for a "
        "shorter answer, or choose another model."
    ),
    "answer_stopped.slow": (
        "Your client stopped reading and the answer was cut. {charged} Read the stream as it "
        "comes and try again."
    ),
    "answer_stopped.asked": "The answer was stopped. {charged}",
    "charged.delivered": "Only what was delivered is charged.",
    "charged.whole": "The whole price is charged, because the answer had begun.",
    "upstream_failed": "The upstream failed. Nothing was charged. Try again.",
    "upstream_refused": "The upstream does not accept this request: {reason}",
    "no_route": "The upstream needs a pause. Nothing was charged. Try again in a moment.",
    "upstream_timeout": "The upstream did not answer in time. Nothing was charged. Try again.",
    "stream_incomplete": "The answer broke off before its end. Try again.",
}
