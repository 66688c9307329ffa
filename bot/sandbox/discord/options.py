"""What a person typed into a command's options, checked and written as Discord sends it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.sandbox.discord.definitions import LARGEST, Option
from bot.sandbox.discord.files import Upload
from bot.sandbox.discord.payloads import Resolver
from bot.sandbox.discord.refusals import Refused

NESTED = (Option.SUBCOMMAND, Option.GROUP)
TRUE, FALSE = ("true", "yes", "1"), ("false", "no", "0")


def leaf(command: dict[str, Any], words: Sequence[str]) -> list[dict[str, Any]]:
    """Walk from a command down its subcommands to the options that take values."""
    options: list[dict[str, Any]] = command.get("options", [])
    for word in words:
        named = [each for each in options if each["name"] == word and each["type"] in NESTED]
        if not named:
            raise Refused(f"/{command['name']} has no subcommand {word}.")
        options = named[0].get("options", [])
    if any(each["type"] in NESTED for each in options):
        raise Refused(f"/{command['name']} needs one of its subcommands.")
    return options


def nested(
    command: dict[str, Any], words: Sequence[str], values: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Wrap the values in the subcommands that were named."""
    kinds = []
    options = command.get("options", [])
    for word in words:
        found = next(each for each in options if each["name"] == word)
        kinds.append(found["type"])
        options = found.get("options", [])
    for word, kind in zip(reversed(words), reversed(kinds), strict=True):
        values = [{"name": word, "type": kind, "options": values}]
    return values


def filled(
    definitions: list[dict[str, Any]], given: Mapping[str, Any], resolver: Resolver
) -> list[dict[str, Any]]:
    """Check every value as Discord's client does, and write the options of the payload."""
    _refuse_unknown(definitions, given)
    values = []
    for option in definitions:
        value = given.get(option["name"])
        if value is None or value == "":
            if option.get("required"):
                raise Refused(f"The option {option['name']} is required.")
            continue
        values.append(_entry(option, READERS[option["type"]](option, value, resolver)))
    return values


def typed(
    definitions: list[dict[str, Any]], given: Mapping[str, Any], focused: str
) -> list[dict[str, Any]]:
    """Write options that are still being typed; the focused one may be anything."""
    _refuse_unknown(definitions, given)
    option = next((each for each in definitions if each["name"] == focused), None)
    if option is None or not option.get("autocomplete"):
        raise Refused(f"The option {focused} offers nothing while one types.")
    values = []
    for each in definitions:
        value = given.get(each["name"])
        if each is option:
            values.append(_entry(each, "" if value is None else value) | {"focused": True})
        elif value is not None and not isinstance(value, Upload):
            values.append(_entry(each, value if each["type"] == Option.BOOLEAN else str(value)))
    return values


def _entry(option: dict[str, Any], value: Any) -> dict[str, Any]:
    return {"name": option["name"], "type": option["type"], "value": value}


def _refuse_unknown(definitions: list[dict[str, Any]], given: Mapping[str, Any]) -> None:
    if unknown := set(given) - {each["name"] for each in definitions}:
        raise Refused(f"There is no option {', '.join(sorted(unknown))}.")


def _string(option: dict[str, Any], value: Any, _: Resolver) -> str:
    text = str(value)
    if option.get("choices"):
        return str(_choice(option, text))
    if not (option.get("min_length") or 0) <= len(text) <= (option.get("max_length") or 6000):
        raise Refused(f"The text of {option['name']} is too short or too long.")
    return text


def _number(option: dict[str, Any], value: Any, read: Callable[[Any], Any]) -> Any:
    try:
        number = read(value)
    except (TypeError, ValueError):
        raise Refused(f"The option {option['name']} takes a number.") from None
    if option.get("choices"):
        return _choice(option, number)
    least, most = option.get("min_value"), option.get("max_value")
    low, high = -LARGEST if least is None else least, LARGEST if most is None else most
    if not low <= number <= high:
        raise Refused(f"{option['name']} must be {_bounds(least, most)}.")
    return number


def _bounds(least: float | None, most: float | None) -> str:
    if least is not None and most is not None:
        return f"a number from {least} to {most}"
    if least is not None:
        return f"{least} or more"
    return f"{LARGEST if most is None else most} or less"


def _choice(option: dict[str, Any], value: Any) -> Any:
    for choice in option["choices"]:
        if value in (choice["value"], choice["name"]):
            return choice["value"]
    raise Refused(f"{value} is none of the choices of {option['name']}.")


def _integer(option: dict[str, Any], value: Any, _: Resolver) -> Any:
    return _number(option, value, lambda given: int(str(given)))


def _decimal(option: dict[str, Any], value: Any, _: Resolver) -> Any:
    return _number(option, value, float)


def _boolean(option: dict[str, Any], value: Any, _: Resolver) -> bool:
    word = str(value).lower()
    if word not in TRUE + FALSE:
        raise Refused(f"The option {option['name']} takes True or False.")
    return word in TRUE


def _id(option: dict[str, Any], value: Any) -> int:
    digits = str(value).strip("<>@#&!")
    if not digits.isdecimal():
        raise Refused(f"The option {option['name']} takes a mention or an id.")
    return int(digits)


def _user(option: dict[str, Any], value: Any, resolver: Resolver) -> str:
    return resolver.user(_id(option, value))


def _role(option: dict[str, Any], value: Any, resolver: Resolver) -> str:
    return resolver.role(_id(option, value))


def _mentionable(option: dict[str, Any], value: Any, resolver: Resolver) -> str:
    return resolver.mentionable(_id(option, value))


def _channel(option: dict[str, Any], value: Any, resolver: Resolver) -> str:
    return resolver.channel(_id(option, value), tuple(option.get("channel_types") or ()))


def _attachment(option: dict[str, Any], value: Any, resolver: Resolver) -> str:
    if isinstance(value, tuple):
        value = Upload(*value)
    if not isinstance(value, Upload):
        raise Refused(f"The option {option['name']} takes a file.")
    return resolver.upload(value)


READERS: Mapping[int, Callable[[dict[str, Any], Any, Resolver], Any]] = {
    Option.STRING: _string,
    Option.INTEGER: _integer,
    Option.BOOLEAN: _boolean,
    Option.USER: _user,
    Option.CHANNEL: _channel,
    Option.ROLE: _role,
    Option.MENTIONABLE: _mentionable,
    Option.NUMBER: _decimal,
    Option.ATTACHMENT: _attachment,
}
