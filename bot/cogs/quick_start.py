"""A first call to copy, in the language of one's choice."""

from collections.abc import Callable, Sequence
from typing import Any

import discord
from discord import ui
from discord.ext import commands

from bot.catalogue.service import Catalogue
from bot.cogs.buttons import Buttons, OldButton
from bot.cogs.panels import panel, picked, select
from bot.cogs.replies import show, think
from bot.words.say import say

START = "start"
SOME_MODEL = "gpt-4o"  # stands in examples where no model can be called yet
EXAMPLES = {
    "Python": (
        "py",
        """# pip install openai
from openai import OpenAI

client = OpenAI(base_url="{base}/v1", api_key="YOUR_KEY")
answer = client.chat.completions.create(
    model="{model}",
    messages=[{{"role": "user", "content": "Hello!"}}],
)
print(answer.choices[0].message.content)""",
    ),
    "JavaScript": (
        "js",
        """// npm install openai
import OpenAI from "openai";

const client = new OpenAI({{ baseURL: "{base}/v1", apiKey: "YOUR_KEY" }});
const answer = await client.chat.completions.create({{
  model: "{model}",
  messages: [{{ role: "user", content: "Hello!" }}],
}});
console.log(answer.choices[0].message.content);""",
    ),
    "curl": (
        "sh",
        """curl {base}/v1/chat/completions \\
  -H "Authorization: Bearer YOUR_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{{"model": "{model}", "messages": [{{"role": "user", "content": "Hello!"}}]}}'""",
    ),
}


class QuickStart(commands.Cog):
    """Shows how a first call is made; the key itself is left for its owner to put in."""

    def __init__(
        self, catalogue: Catalogue, public_url: Callable[[], str], buttons: Buttons
    ) -> None:
        self._catalogue = catalogue
        self._public_url = public_url
        buttons.on(START, self._start)

    async def _start(self, interaction: discord.Interaction, _: Sequence[str]) -> None:
        if (example := EXAMPLES.get(language := picked(interaction))) is None:
            raise OldButton
        await think(interaction)
        fence, template = example
        model = self._catalogue.first_of("chat")
        code = template.format(base=self._public_url(), model=model.id if model else SOME_MODEL)
        title = say("start.title", language=language)
        await show(interaction, panel(title, f"```{fence}\n{code}\n```", say("start.key")))


def menu(owner: int) -> ui.Select[Any]:
    """Draw the choice of languages."""
    options = [discord.SelectOption(label=language) for language in EXAMPLES]
    return select(say("start.menu"), START, owner, options)
