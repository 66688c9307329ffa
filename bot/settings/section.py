"""What every table of latchkey.toml has in common."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A table of latchkey.toml: frozen, and strict about names."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True
    )
