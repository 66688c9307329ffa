"""DevsDoCode (seeds/001_8813f16c073f7ba9.txt): OpenAI's API below the host's root, without a key.

What its document says beyond OpenAI's API:
- The base address is the host's root: the models are at /models, chat at /v1/chat/completions.
- No authentication; a key is sent where the settings give one, and looked at by nobody.
- "modalities" and "audio" {voice, format} ask gpt-4o-audio-preview for sound, which comes in
  message.audio.data as base64, beside the text; all of the message is passed on as it came.
- Its embedding models are listed without an endpoint of their own: OpenAI's, below /v1, is meant.
- GET /about tells people about the service; no call needs it.
- A free host: long waits and 5xx are usual there, which is what routes and retries are for.
"""

from typing import ClassVar

from bot.settings.serving import Capability
from bot.upstreams.openai import OpenAI


class DevsDoCode(OpenAI):
    """Speaks OpenAI's chat, audio in it, and embeddings."""

    name = "devsdocode"
    offers = frozenset(
        {
            Capability.CHAT,
            Capability.STREAM,
            Capability.TOOLS,
            Capability.VISION,
            Capability.SIGHT,
            Capability.AUDIO,
            Capability.EMBEDDINGS,
        }
    )
    chat_path: ClassVar[str] = "/v1/chat/completions"
    embeddings_path: ClassVar[str] = "/v1/embeddings"
    models_path: ClassVar[str] = "/models"
