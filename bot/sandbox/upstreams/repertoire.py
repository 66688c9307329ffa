"""What the loopback assistant has to tell: greetings, lists, code, a table, a long text."""

import re

_WORD = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"\b(\d{1,2})\b")
_RUSSIAN = re.compile(r"[а-яё]", re.IGNORECASE)
_GREETING = re.compile(
    r"^\W*(?:hi|hello|hey|good (?:morning|day|evening)|привет|здравствуй(?:те)?|"
    r"добр(?:ый|ое) (?:день|вечер|утро))\b",
    re.IGNORECASE,
)
_WHO = re.compile(
    r"\bwho are you\b|\bwhat are you\b|\bare you (?:real|an? )|\b(?:which|what) model\b|"
    r"\bкто ты\b|\bкто вы\b|\bкакая (?:ты )?модель\b",
    re.IGNORECASE,
)
_RECALL = re.compile(
    r"\bwhat (?:did|have|had) i (?:just )?(?:say|said|ask|asked|tell|told|write|written)\b|"
    r"\bwhat was my (?:last|first|previous)\b|\bdo you remember\b|"
    r"\b(?:что|о ч[её]м) я (?:тебе |вам )?(?:до этого )?(?:говорил|сказал|спросил|спрашивал|писал)",
    re.IGNORECASE,
)
_NUMBERS: tuple[str, ...] = (
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
)
_RUSSIAN_NUMBERS: tuple[str, ...] = (
    "один",
    "два",
    "три",
    "четыре",
    "пять",
    "шесть",
    "семь",
    "восемь",
    "девять",
    "десять",
)
_THINGS: dict[tuple[str, ...], tuple[str, ...]] = {
    ("fruit", "fruits"): ("Apple", "Pear", "Plum", "Cherry", "Orange", "Banana", "Grape"),
    ("vegetable", "vegetables"): ("Carrot", "Potato", "Onion", "Cabbage", "Pea", "Beetroot"),
    ("animal", "animals"): ("Cat", "Dog", "Horse", "Fox", "Owl", "Whale", "Hedgehog"),
    ("color", "colors", "colour", "colours"): ("Red", "Green", "Blue", "Yellow", "Black", "White"),
    ("city", "cities"): ("London", "Paris", "Berlin", "Rome", "Madrid", "Tokyo", "Cairo"),
    ("country", "countries"): ("France", "Japan", "Brazil", "Kenya", "India", "Canada", "Norway"),
    ("planet", "planets"): (
        "Mercury",
        "Venus",
        "Earth",
        "Mars",
        "Jupiter",
        "Saturn",
        "Uranus",
        "Neptune",
    ),
    ("фрукт", "фрукта", "фрукты", "фруктов"): ("Яблоко", "Груша", "Слива", "Вишня", "Апельсин"),
    ("животное", "животных", "животные"): ("Кошка", "Собака", "Лошадь", "Лиса", "Сова", "Кит"),
    ("цвет", "цвета", "цветов"): ("Красный", "Зелёный", "Синий", "Жёлтый", "Чёрный", "Белый"),
    ("город", "города", "городов"): ("Москва", "Париж", "Берлин", "Рим", "Мадрид", "Токио"),
}
_CODE = """Here is a small example:

```python
def greet(name: str) -> str:
    \"\"\"Return a greeting.\"\"\"
    return f"Hello, {name}!"


print(greet("Latchkey"))
```

Run it: the line `Hello, Latchkey!` is printed."""
_LIST = """Three things to try:

1. **/gen_key** - get a key of your own
2. **/chat** - talk to a model here
3. **/all_limits** - see what it cost"""
_RUSSIAN_LIST = """Три вещи, которые стоит попробовать:

1. **/gen_key** - получить собственный ключ
2. **/chat** - поговорить с моделью
3. **/all_limits** - посмотреть, сколько это стоило"""
_TABLE = """| Command | What it does |
| --- | --- |
| /gen_key | gives you a key of your own |
| /chat | asks a model |
| /all_limits | shows what is left of today |"""
_THOUGHTS = (
    "A key opens one door, and a meter by the door counts who goes through.",
    "Whoever shares something scarce needs a fair rule, and a fair rule needs exact counting.",
    "A day is a good measure: long enough to work in, short enough to start again.",
    "What is held back before a call and settled after it can never be spent twice.",
    "Nothing is lost when a line breaks, as long as somebody noted what had been said.",
)
MOST_RECALLED = 5


def told(prompt: str, before: list[str]) -> str | None:
    """Return what a prompt asks for, None where it is nothing known; `before` is the asker's."""
    russian = _RUSSIAN.search(prompt) is not None
    if _RECALL.search(prompt):
        return _recalled(before, russian=russian)
    if _WHO.search(prompt):
        return _myself(russian=russian)
    if _GREETING.search(prompt):
        return _greeting(russian=russian)
    asked = prompt.lower()
    if (items := _listed(asked)) is not None:
        return items
    for words, answer in (
        (("table", "таблиц"), _TABLE),
        (("code", "function", "python", "script", "код", "функци"), _CODE),
        (("список",), _RUSSIAN_LIST),
        (("list", "steps"), _LIST),
        (("long", "essay", "story", "длинн"), _long()),
    ):
        if any(word in asked for word in words):
            return answer
    return None


def _greeting(*, russian: bool) -> str:
    if russian:
        return (
            "Привет! Я ассистент песочницы и только заменяю настоящую модель. "
            "Попросите код, список, таблицу или длинный ответ."
        )
    return "Hello! I am the sandbox's assistant. Ask me for code, a list or a long answer."


def _myself(*, russian: bool) -> str:
    if russian:
        return "Я ассистент песочницы: заменяю настоящую модель, знаю мало и ничего не придумываю."
    return (
        "I am the sandbox's assistant, a stand-in for a real model: the same words always get "
        "the same answer, and I know very little."
    )


def _recalled(before: list[str], *, russian: bool) -> str:
    said = [" ".join(text.split())[:200] for text in before if text.strip()][-MOST_RECALLED:]
    if not said:
        return "До этого вы ничего не говорили." if russian else "You said nothing before this."
    start = "До этого вы сказали:" if russian else "Before this you said:"
    return "\n".join([start, "", *(f"{at}. {text}" for at, text in enumerate(said, 1))])


def _listed(asked: str) -> str | None:
    """List as many of the things as a prompt names, three where it names no number."""
    words = _WORD.findall(asked)
    counts = [int(found) for found in _NUMBER.findall(asked)]
    for names in (_NUMBERS, _RUSSIAN_NUMBERS):
        counts += [names.index(word) + 1 for word in words if word in names]
    wanted = counts or "list" in words or "name" in words or "список" in words
    for names, things in _THINGS.items():
        if wanted and any(word in names for word in words):
            chosen = things[: max(1, counts[0] if counts else 3)]
            return "\n".join(f"{at}. {thing}" for at, thing in enumerate(chosen, 1))
    return None


def _long() -> str:
    parts = [f"## Part {part}\n" + " ".join(_THOUGHTS * 2) for part in range(1, 13)]
    return "\n\n".join(parts)
