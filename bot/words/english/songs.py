"""What /song says."""

from bot.words.plural import Plural

TEXTS: dict[str, str | Plural] = {
    "song.making": (
        "🎵 **Your song is being made.** It is posted below this message once it is finished, "
        "usually within a few minutes. You need not wait here."
    ),
    "song.ready": "{who} Your song is ready.",
    "song.posted": "🎵 **Your song is finished** and posted below this message.",
    "song.never": (
        "🎵 **This song was never finished** by the service that makes songs. It was paid when it "
        "was begun. Run /song to have another one made."
    ),
    "song.unpostable": (
        "🎵 **Your song is finished, but I may not post files here any more.** It is paid: with "
        "your API key, {paths} tell where its clips are."
    ),
    "song.left_out": (
        "-# Left out, because Discord would not take it or it could not be fetched: with your API "
        "key, {paths} tells where it is."
    ),
    "song.no_place": (
        "I may not post files in this channel, so the song would have nowhere to go. Nothing was "
        "charged. Run /song in another channel, or ask an admin to let me see this one, send "
        "messages and attach files."
    ),
    "song.prompt_long": (
        "Without a style a song is described in at most {most:,} characters; this prompt has "
        "{length:,}. Nothing was charged. Shorten it, or give a `style`: then it may have "
        "{custom:,}."
    ),
}
