"""What /imagine, /edit_image, /describe and /speech say, and of models what every menu says."""

from bot.words.plural import Plural

TEXTS: dict[str, str | Plural] = {
    "model.no_such": "There is no model `{model}`.{hint} /models lists all of them.",
    "model.not_for_this": (
        "`{model}` is not for {wanted}, it is for: {kinds}. /models lists each model's kinds."
    ),
    "model.none_for_this": "No model here is for {wanted} yet. An admin adds one to latchkey.toml.",
    "model.price": Plural("{n:,} token", "{n:,} tokens"),
    "model.multiple": "x{multiple:g}",
    "model.access": "{access} access",
    "model.purpose.chat": "talking",
    "model.purpose.image": "making pictures",
    "model.purpose.edit": "changing pictures",
    "model.purpose.speech": "speech",
    "model.purpose.embedding": "embeddings",
    "model.purpose.vision": "looking at pictures",
    "model.purpose.song": "songs",
    "model.purpose.search": "looking things up",
    "media.waiting": Plural(
        "⏳ In line: one more before you.",
        "⏳ In line: {n} before you.",
    ),
    "media.since": "· begun {moment}",
    "media.drawing": Plural(
        "🎨 `{model}` makes your picture", "🎨 `{model}` makes your {n} pictures"
    ),
    "media.changing": "🎨 `{model}` changes your picture",
    "media.looking": "👀 `{model}` looks at your picture",
    "media.speaking": "🔊 `{model}` says your text",
    "media.partial": "{came} of {n} came; nothing is charged for the others",
    "media.no_file": (
        "Discord does not take what was made, however small. It is charged all the same."
    ),
    "media.busy": "Your last one is still being made. Wait until it is there.",
    "media.line_full": (
        "Too many people have something made right now. Nothing was charged. Try again in {wait}."
    ),
    "media.refused": (
        "No upstream makes this: {reason} Nothing was charged. Change your words, or choose "
        "another model."
    ),
    "media.for_adults": (
        "`{model}` is only for age-restricted channels. Nothing was charged. Ask there, or choose "
        "another model."
    ),
    "media.too_old": "This is too old to be made again. Run the command with your words.",
    "media.no_picture": "There is no picture in that message. PNG, JPEG, WEBP and GIF work.",
    "media.speech_long": (
        "A speech may have {most:,} characters; yours has {length:,}. Nothing was charged. Say it "
        "in parts."
    ),
    "media.sound_cut": "The speech broke off here. It is charged, because it had begun.",
    "media.sound_large": "Discord takes no longer file, so the speech ends here.",
    "media.again": "Again · {price:,}",
    "media.vary": "Vary",
    "media.vary_title": "Vary the picture",
    "media.prompt": "What is to be seen",
}
