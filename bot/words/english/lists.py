"""What staff read about upstreams' lists of models."""

TEXTS: dict[str, str] = {
    "lists.title": "**Upstreams' lists of models have changed.**",
    "lists.fresh": "New there, and not in latchkey.toml: {fresh}",
    "lists.back": "Listed again: {back}",
    "lists.gone": "Gone there, and still asked for until latchkey.toml says otherwise: {gone}",
    "lists.gone_applied": "Gone there, and not asked for until they are back: {gone}",
    "lists.unlisted": "Routed there by latchkey.toml, but not listed: {unlisted}",
    "lists.prices": "Priced otherwise there; your prices stay as latchkey.toml says: {prices}",
    "lists.prices_applied": (
        "Priced otherwise there, and in force for models that are asked for there first: {prices}"
    ),
    "lists.lost": "The list cannot be read, so calls will hardly fare better: {lost}",
    "lists.regained": "The list can be read again: {regained}",
}
