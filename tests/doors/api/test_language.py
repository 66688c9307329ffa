"""The API speaks English, whatever language the rest of the process speaks."""

from bot.words.language import Language, reader, speaking
from tests.doors.api.conftest import Opening


async def test_no_language_comes_in_from_where_the_server_was_started(opening: Opening) -> None:
    with speaking(Language.RU):
        async with opening() as house, house.client("lk_mistyped") as client:
            answer = await client.get("/v1/usage")
            spoken = reader()

    assert spoken is Language.RU
    assert answer.status_code == 401
    assert answer.json()["error"]["message"].startswith("The API key that came with the request")
