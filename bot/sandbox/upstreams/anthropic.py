"""Anthropic's Messages bodies in the words the loopback assistant understands: a chat's."""

from typing import Any


def chat_of(body: dict[str, Any]) -> dict[str, Any]:
    """Return a chat body that asks the same."""
    system = _plain(body.get("system"))
    messages = [{"role": "system", "content": system}] if system else []
    messages += [_message(message) for message in body["messages"] if isinstance(message, dict)]
    choice = body.get("tool_choice") or {}
    tools = [_tool(tool) for tool in body.get("tools") or [] if isinstance(tool, dict)]
    if choice.get("type") == "none":
        tools = []
    elif choice.get("type") == "tool":
        tools = [tool for tool in tools if tool["function"]["name"] == choice.get("name")]
    messages = messages or [{}]
    if tools and choice.get("type") in ("any", "tool") and messages[-1].get("role") == "user":
        # The assistant calls the tool that a prompt names.
        messages[-1]["content"] += f" ({tools[0]['function']['name']})"
    return {"messages": messages, "tools": tools}


def _message(message: dict[str, Any]) -> dict[str, Any]:
    content = message.get("content")
    results = [block for block in _blocks(content) if block.get("type") == "tool_result"]
    if results:
        return {"role": "tool", "content": "\n".join(_plain(r.get("content")) for r in results)}
    return {"role": message.get("role"), "content": _plain(content)}


def _tool(tool: dict[str, Any]) -> dict[str, Any]:
    function = {"name": str(tool.get("name", "")), "parameters": tool.get("input_schema")}
    return {"type": "function", "function": function}


def _plain(content: Any) -> str:
    """Return the text of a content; its pictures are named as the assistant knows them."""
    if isinstance(content, str):
        return content
    said = []
    for block in _blocks(content):
        kind = block.get("type")
        said.append(str(block.get("text", "[image_url]" if kind == "image" else f"[{kind}]")))
    return " ".join(said)


def _blocks(content: Any) -> list[dict[str, Any]]:
    return [b for b in content if isinstance(b, dict)] if isinstance(content, list) else []
