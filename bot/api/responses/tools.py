"""The tools of a request as a chat has them; pure."""

from typing import Any, NamedTuple

from bot.api.responses import fields
from bot.api.responses.errors import UnknownTool
from bot.api.responses.fields import Fields
from bot.relay.errors import InvalidField

NO_PARAMETERS: Fields = {"type": "object", "properties": {}}
MODES = ("auto", "none", "required")
_CHOICE = "auto, none, required, or an object that names a function"


class Tools(NamedTuple):
    """What a model may use: functions of the caller's as a chat has them, and the web."""

    functions: list[Fields]
    web: bool
    choice: Any  # as a chat has it; None: not said
    echoed: list[Fields]


def tools(body: Fields) -> Tools:
    """Read tools and tool_choice."""
    functions: list[Fields] = []
    echoed: list[Fields] = []
    web = False
    for number, tool in enumerate(fields.rows(body, "tools")):
        at = f"tools[{number}]."
        kind = tool.get("type")
        if kind == "function":
            made = _function(tool, at)
            functions.append(made)
            echoed.append(_echo(made))
        elif _searches(kind):
            web = True
            echoed.append(tool)
        else:
            raise UnknownTool(f"{at}type", kind)
    return _chosen(Tools(functions, web, None, echoed), body.get("tool_choice"))


def _function(tool: Fields, at: str) -> Fields:
    made: Fields = {"name": fields.word(tool, "name", at)}
    if (words := fields.maybe_text(tool, "description", at)) is not None:
        made["description"] = words
    made["parameters"] = fields.table(tool, "parameters", at) or NO_PARAMETERS
    if (strict := fields.flag(tool, "strict", at)) is not None:
        made["strict"] = strict
    return {"type": "function", "function": made}


def _echo(tool: Fields) -> Fields:
    usual: Fields = {"type": "function", "description": None, "strict": None}
    usual |= tool["function"]
    return usual


def _chosen(known: Tools, choice: Any) -> Tools:
    match choice:
        case None:
            return known
        case str() if choice in MODES:
            return known._replace(choice=choice, web=known.web and choice != "none")
        case {"type": "function"}:
            name = _known(known, fields.word(choice, "name", "tool_choice."), "tool_choice.name")
            return known._replace(choice={"type": "function", "function": {"name": name}})
        case {"type": "allowed_tools"}:
            return _allowed(known, choice)
        case {"type": str() as kind} if known.web and _searches(kind):
            return known
        case {"type": str() as kind}:
            raise UnknownTool("tool_choice.type", kind)
        case _:
            raise InvalidField("tool_choice", _CHOICE)


def _allowed(known: Tools, choice: Fields) -> Tools:
    mode = choice.get("mode", "auto")
    if mode not in ("auto", "required"):
        raise InvalidField("tool_choice.mode", "auto or required")
    if choice.get("tools") is None:
        raise InvalidField("tool_choice.tools", "a list")
    names, web = set(), False
    for number, row in enumerate(fields.rows(choice, "tools", "tool_choice.")):
        at, kind = f"tool_choice.tools[{number}].", row.get("type")
        if kind == "function":
            names.add(_known(known, fields.word(row, "name", at), f"{at}name"))
        elif _searches(kind):
            web = True
        else:
            raise UnknownTool(f"{at}type", kind)
    functions = [tool for tool in known.functions if tool["function"]["name"] in names]
    return known._replace(functions=functions, web=known.web and web, choice=mode)


def _searches(kind: Any) -> bool:
    return isinstance(kind, str) and kind.startswith("web_search")


def _known(known: Tools, name: str, at: str) -> str:
    if all(tool["function"]["name"] != name for tool in known.functions):
        raise InvalidField(at, "the name of one of the functions in `tools`")
    return name
