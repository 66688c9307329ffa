"""latchkey.toml: its defaults, its arithmetic and every complaint."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.settings.community import CommunityFile, Exchange, Stacking
from bot.settings.plans import PlanEntry
from bot.settings.serving import Capability, CapField, Extra, Kind, Route, Sync
from tests.features.settings.conftest import Problems, Read

UPSTREAM = '[[upstreams]]\nname="a"\ndialect="openai"\nbase_url="http://a/v1"\n'
MODEL = '[[models]]\nid="m"\nroutes=[{upstream="a"}]\n'


def plan(days: int = 30, **given: object) -> PlanEntry:
    return PlanEntry(days=days, **given)


def test_the_defaults_are_the_contracts(read: Read) -> None:
    file = read().file

    assert file == CommunityFile()
    assert file.community.name == "Latchkey"
    assert file.community.home_guilds == ()
    assert file.community.log_channel is None
    assert file.community.level_roles == {}
    assert file.community.zone == ZoneInfo("UTC")
    assert file.community.members_only
    assert file.community.min_account_age_days == 0
    assert not file.community.message_content
    assert not file.community.members
    assert file.community.key_prefix == "lk_"
    assert tuple(file.limits.model_dump().values()) == (
        *(80_000, 800, Stacking.HIGHEST),
        *(20, 4, 3, 26_214_400),
    )
    assert tuple(file.referrals.model_dump().values()) == (7, 0, 0, Exchange.INSTANT, 3)
    assert tuple(file.levels.model_dump().values()) == (60, (100, 400, 1_000))
    assert file.staff.second_approval_above == 1_000_000
    assert tuple(file.api.model_dump().values()) == ((), ())
    assert tuple(file.retention.model_dump().values()) == (90, 7)
    assert tuple(file.ledger.model_dump().values()) == (16, 20, 60, 512)
    assert tuple(file.router.model_dump().values()) == (300, 1, 5, 10, 300, 5)
    assert tuple(file.catalogue.model_dump().values()) == (Sync.REPORT, 60)
    assert tuple(file.counting.model_dump().values()) == (1_000, 25)
    assert tuple(file.upstream_defaults.model_dump().values()) == (5, 60)
    assert (file.upstreams, file.models) == ((), ())
    assert file.temp_mail.upstream is None
    assert file.temp_mail.domains["gmail.com"] == 2_000
    assert file.temp_mail.domains["1secmail.com"] == 200
    assert len(file.temp_mail.domains) == 48


def test_the_plans_are_the_seeds(read: Read) -> None:
    plans = read().file.plans

    assert plans.activation == plan(days=3, daily_tokens=160_000, claude=True)
    assert plans.contest == plan(daily_tokens=320_000, claude=True)
    assert plans.exchange == {
        5: plan(daily_tokens=85_000, claude=True),
        10: plan(daily_tokens=160_000, claude=True),
        20: plan(daily_tokens=320_000, claude=True),
        40: plan(daily_tokens=960_000, claude=True),
        60: plan(daily_tokens=1_600_000, claude=True),
    }
    assert [(key, one.daily_tokens, one.claude) for key, one in plans.level.items()] == [
        *((1, 88_000, False), (2, 128_000, False), (3, 160_000, False)),
    ]
    assert plans.donation == {
        3: plan(claude=True),
        5: plan(daily_tokens=320_000),
        10: plan(daily_tokens=960_000),
        15: plan(daily_tokens=1_600_000),
        100: plan(unlimited=True, claude=True),
    }


def test_a_plans_table_is_laid_over_its_defaults(read: Read) -> None:
    toml = """
        [plans.activation]
        days = 7
        [plans.exchange.5]
        claude = false
        [plans.exchange.80]
        daily_tokens = 2000000
        [plans.donation]
        100 = { daily_tokens = 0, days = 31 }
    """

    plans = read(toml).file.plans

    assert plans.activation == plan(days=7, daily_tokens=160_000, claude=True)
    assert plans.exchange[5] == plan(daily_tokens=85_000)
    assert plans.exchange[10] == plan(daily_tokens=160_000, claude=True)
    assert plans.exchange[80] == plan(daily_tokens=2_000_000)
    assert plans.donation[100] == plan(days=31, unlimited=True, claude=True)


def test_channels_left_out_are_the_log_channel(read: Read) -> None:
    community = read("[community]\nlog_channel = 5\nannounce_channel = 6\n").file.community

    assert (community.log_channel, community.staff_channel) == (5, 5)
    assert community.announce_channel == 6


def test_level_roles_go_by_level(read: Read) -> None:
    community = read("[community]\nlevel_roles = { 1 = 2101, 3 = 2103 }\n").file.community

    assert community.level_roles == {1: 2101, 3: 2103}


def test_a_model_says_little_and_has_every_default(read: Read) -> None:
    (model,) = read(UPSTREAM + MODEL).file.models

    assert model.kinds == (Kind.CHAT,)
    assert (model.coefficient, model.access, model.voices) == (1_000, "free", ())
    assert (model.context, model.max_output) == (128_000, 4_096)
    assert model.cap_field is CapField.TOKENS
    assert model.routes == (Route(upstream="a", model=None, weight=1, priority=0),)
    assert model.aliases == ()


def test_a_models_kind_is_one_word_or_a_list(read: Read) -> None:
    toml = UPSTREAM + MODEL + 'kind = ["vision", "chat", "chat"]\n'

    assert read(toml).file.models[0].kinds == (Kind.VISION, Kind.CHAT)


@pytest.mark.parametrize(
    ("written", "kept"),
    [("1", 1_000), ("1.0", 1_000), ("0.2", 200), ("1.005", 1_005), ("0", 0), ("2.5e-1", 250)],
)
def test_a_coefficient_is_read_exactly(written: str, kept: int, read: Read) -> None:
    toml = f"{UPSTREAM}{MODEL}coefficient = {written}\n"

    assert read(toml).file.models[0].coefficient == kept


def test_an_upstream_says_its_own_times_or_the_usual_hold(read: Read) -> None:
    second = UPSTREAM.replace('"a"', '"b"') + "connect_seconds = 0.5\n"
    toml = f"[upstream_defaults]\nidle_seconds = 9\nconnect_seconds = 3\n{UPSTREAM}{second}"

    usual, own = read(toml).file.upstreams

    assert (usual.connect_seconds, usual.idle_seconds) == (3, 9)
    assert (own.connect_seconds, own.idle_seconds) == (0.5, 9)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("http://127.0.0.1:9001/v1", "http://127.0.0.1:9001/v1"),
        ("https://example.org/", "https://example.org"),
        ("https://[::1]:8/api/v1//", "https://[::1]:8/api/v1"),
    ],
)
def test_a_base_url_loses_its_last_slash(written: str, kept: str, read: Read) -> None:
    toml = UPSTREAM.replace("http://a/v1", written)

    assert read(toml).file.upstreams[0].base_url == kept


def test_an_upstreams_key_may_stand_in_a_variable_a_file_or_dotenv(
    read: Read, tmp_path: Path
) -> None:
    names = {"a": "IN_ENV", "b": "IN_DOTENV", "c": "IN_FILE", "d": None, "e": ""}
    (tmp_path / "key").write_text("sk-3\n")
    toml = ""
    for name, variable in names.items():
        toml += UPSTREAM.replace('"a"', f'"{name}"')
        toml += f'api_key = "env:{variable}"\n' if variable else ""
        toml += 'api_key = "sk-5"\n' if variable == "" else ""

    file = read(toml, "IN_DOTENV=sk-2\n", IN_ENV="sk-1", IN_FILE_FILE="key").file

    assert [upstream.api_key for upstream in file.upstreams] == [
        *("sk-1", "sk-2", "sk-3", None, "sk-5"),
    ]


def test_origins_and_proxies_are_kept_in_one_form(read: Read) -> None:
    toml = """
        [api]
        cors_origins = ["*", "https://A.example.org/"]
        trusted_proxies = ["10.1.2.3/8", "::1"]
    """

    api = read(toml).file.api

    assert api.cors_origins == ("*", "https://a.example.org")
    assert api.trusted_proxies == ("10.0.0.0/8", "::1/128")


def test_a_model_may_have_other_names(read: Read) -> None:
    toml = UPSTREAM + MODEL + 'aliases = ["m-latest", "vendor/m"]\n'

    assert read(toml).file.models[0].aliases == ("m-latest", "vendor/m")


def test_prices_of_domains_are_laid_over_the_known_ones(read: Read) -> None:
    domains = read('[temp_mail]\ndomains = { "gmail.com" = 3.5, "x.org" = 1 }\n').file.temp_mail

    assert domains.domains["gmail.com"] == 3_500
    assert domains.domains["x.org"] == 1_000
    assert domains.domains["1secmail.com"] == 200


def test_settings_cannot_be_changed_by_accident(read: Read) -> None:
    file = read().file

    with pytest.raises(ValueError, match="frozen"):
        file.limits.daily_tokens = 1


NEAR = {
    "[limits]\ndayly_tokens = 1": (
        "limits.dayly_tokens: is not a setting; did you mean limits.daily_tokens?"
    ),
    "[limit]\na = 1": "limit: is not a setting; did you mean limits?",
    "daily_tokens = 1": "daily_tokens: is not a setting; did you mean limits.daily_tokens?",
    "[api]\nxyz = 1": "api.xyz: is not a setting; known here: cors_origins, trusted_proxies",
    "[plans.exchange.5]\ndayz = 1": (
        "plans.exchange.5.dayz: is not a setting; did you mean plans.exchange.5.days?"
    ),
    f'{UPSTREAM}apikey = "sk-1"': (
        'upstreams[0].apikey ("a"): is not a setting; did you mean upstreams[0].api_key?'
    ),
    f"{UPSTREAM}{MODEL}kinds = []": (
        'models[0].kinds ("m"): is not a setting; did you mean models[0].kind?'
    ),
    f'{UPSTREAM}[[models]]\nid="m"\nroutes=[{{upstream="a", wait=2}}]': (
        'models[0].routes[0].wait ("m"): is not a setting; did you mean models[0].routes[0].weight?'
    ),
}


@pytest.mark.parametrize("toml", NEAR)
def test_an_unknown_name_is_told_with_the_closest_known(toml: str, problems: Problems) -> None:
    assert problems(toml) == (f"latchkey.toml: {NEAR[toml]}",)


WRONG = {
    '[limits]\ndaily_tokens = "lots"': "limits.daily_tokens: must be a whole number from 0",
    "[limits]\ndaily_tokens = true": "limits.daily_tokens: must be a whole number from 0",
    "[limits]\ndaily_tokens = 1.0": "limits.daily_tokens: must be a whole number from 0",
    "[limits]\nin_flight = 0": "limits.in_flight: must be a whole number from 1",
    '[limits]\nstacking = "both"': ('limits.stacking: must be "highest" or "sum", not "both"'),
    "[limits]\nstacking = [1]": 'limits.stacking: must be "highest" or "sum", not a list',
    "limits = 3": "limits: must be a table, not 3",
    "[community]\nmembers = 1": "community.members: must be true or false, not 1",
    "[community]\nhome_guilds = 1001": "community.home_guilds: must be a list in [ ], not 1001",
    "[community]\nhome_guilds = [0]": "community.home_guilds[0]: must be a whole number",
    '[community]\nlog_channel = "3"': "community.log_channel: must be a whole number",
    '[community]\nname = " "': "community.name: must be a text of 1 to 100",
    "[community]\nname = 2026-01-01": "community.name: must be a text in quotes, not the date",
    '[community]\nkey_prefix = "a b"': "community.key_prefix: must be 1 to 20 letters",
    '[community]\ntimezone = "Europe/Berln"': 'did you mean "Europe/Berlin"?',
    '[community]\ntimezone = "/etc"': "community.timezone: must be a time zone",
    "[community]\ntimezone = 1": "community.timezone: must be a time zone",
    "[community]\nlevel_roles = { one = 1 }": (
        "community.level_roles.one: has a name that is not a whole number"
    ),
    "[community]\nlevel_roles = { 4 = 1 }": (
        "community.level_roles.4: there is no level 4: levels.thresholds has 3"
    ),
    "[community]\nlevel_roles = [1]": "community.level_roles: must be a table, not a list",
    "[levels]\nthresholds = [5, 5]": "levels.thresholds: must ascend",
    "[levels]\nthresholds = [1, 2, 3, 4]": "plans.level.4: is missing",
    "[plans.exchange.7]\ndays = 1": "plans.exchange.7: gives nothing",
    "[plans.exchange.x]\ndays = 0": "plans.exchange.x: has a name that is not a whole number",
    "[plans]\ncontest = 3": "plans.contest: must be a table, not 3",
    "[ledger]\nrenew_seconds = 60": (
        "ledger.lease_seconds: must be longer than ledger.renew_seconds"
    ),
    "[ledger]\nrenew_seconds = nan": "ledger.renew_seconds: must be above 0",
    "[ledger]\nrenew_seconds = 1e999999999999999999999": "ledger.renew_seconds: must be above 0",
    "[ledger]\nrenew_seconds = true": "ledger.renew_seconds: must be a number of seconds",
    "[router]\nbreaker_longest_seconds = 9": "router.breaker_longest_seconds: must be at least",
    '[api]\ncors_origins = ["https://a.org/x"]': "api.cors_origins[0]: must be an origin",
    '[api]\ntrusted_proxies = ["10.0.0"]': "api.trusted_proxies[0]: must be an IP address",
    "[upstreams]\nname = 1": "upstreams: must be a list of tables: write [[upstreams]]",
    "upstreams = [1]": "upstreams[0]: must be a table, not 1",
    '[[upstreams]]\nname="a"\ndialect="openai"': (
        'upstreams[0].base_url ("a"): is missing: it has no default'
    ),
    UPSTREAM.replace("openai", "openia"): ('"airforce" or "openai", not "openia"'),
    UPSTREAM.replace("http://a", "http://u:p@a"): (
        'upstreams[0].base_url ("a"): must not hold a user name or password'
    ),
    UPSTREAM.replace("/v1", "/v1/chat/completions"): "leave out /chat/completions",
    UPSTREAM.replace("http://a/v1", "ftp://a"): "must begin with http:// or https://",
    f"{UPSTREAM}{UPSTREAM}": 'upstreams: "a" stands 2 times as name; give each its own',
    f'{UPSTREAM}api_key = "env:GONE"': (
        'upstreams[0].api_key ("a"): names the variable GONE, which is not set'
    ),
    f'{UPSTREAM}api_key = "env:a b"': "must name a variable after",
    f'{UPSTREAM}api_key = "env:LATCHKEY_SECRET_KEY"': "which is Latchkey's own",
    f'{UPSTREAM}api_key = ""': "must be the key itself",
    f"{UPSTREAM}{MODEL}{MODEL}": 'models: "m" stands 2 times as id; give each its own',
    f'{UPSTREAM}{MODEL}aliases = ["m"]': 'models[0].aliases ("m"): "m" already names a model',
    f'{UPSTREAM}{MODEL}aliases = ["n", "n"]': '"n" already names a model',
    UPSTREAM + MODEL.replace('"m"', '"m n"'): 'must not hold spaces: "m n"',
    UPSTREAM + MODEL.replace('"m"', "1"): "models[0].id: must be a text in quotes, not 1",
    UPSTREAM.replace('"http://a/v1"', "1"): "must be a text in quotes, not 1",
    f'{UPSTREAM}{MODEL}kind = "chats"': 'models[0].kind ("m"): must be "chat", "image"',
    f"{UPSTREAM}{MODEL}kind = []": 'models[0].kind ("m"): must name at least one kind',
    f"{UPSTREAM}{MODEL}coefficient = 0.0001": "must have at most three decimals, not 0.0001",
    f"{UPSTREAM}{MODEL}coefficient = -1": "must be from 0 to 10000, not -1",
    f"{UPSTREAM}{MODEL}coefficient = nan": "must be from 0 to 10000",
    f"{UPSTREAM}{MODEL}coefficient = 1.{'0' * 40}1": "must have at most three decimals",
    f'{UPSTREAM}{MODEL}coefficient = "1"': "must be a number such as 1.0",
    f'{UPSTREAM}[[models]]\nid="m"\nroutes=[]': "must hold at least one route",
    f'{UPSTREAM}[[models]]\nid="m"\nroutes=[{{upstream="a"}},{{upstream="a"}}]': (
        "must not name the same upstream and model twice"
    ),
    MODEL: 'models[0].routes[0].upstream ("m"): no upstream is named "a"; there is no [[upst',
    UPSTREAM + MODEL.replace('"a"', '"zz"'): 'no upstream is named "zz"; known: a',
    UPSTREAM.replace('"a"', '"spafe"') + MODEL.replace('"a"', '"spaef"'): (
        'no upstream is named "spaef"; did you mean "spafe"?'
    ),
    f"{UPSTREAM}concurrency = 0": 'upstreams[0].concurrency ("a"): must be a whole number from 1',
    f'{UPSTREAM}offers = ["song"]': 'must be "tools", "vision", "audio" or "web", not "song"',
    f'{UPSTREAM}without = "toools"': 'upstreams[0].without ("a"): must be "chat", "stream"',
    '[catalogue]\nsync = "on"': 'catalogue.sync: must be "report", "apply" or "off", not "on"',
    '[temp_mail]\nupstream = "a"': 'temp_mail.upstream: no upstream is named "a"',
    '[temp_mail]\ndomains = { "X" = 1 }': "temp_mail.domains.X: must be a domain",
    '[temp_mail]\ndomains = { "x.org" = "1" }': 'temp_mail.domains."x.org": must be a number',
}


def test_an_upstream_that_is_not_there_is_told_once_however_many_routes_name_it(
    problems: Problems,
) -> None:
    models = [MODEL.replace('"m"', f'"m{at}"').replace('"a"', '"gone"') for at in range(6)]

    (line,) = problems(UPSTREAM + "".join(models))

    assert line == (
        'latchkey.toml: models[0].routes[0].upstream ("m0"): no upstream is named "gone"; '
        'known: a; 5 more name it: models[1].routes[0].upstream ("m1"), '
        'models[2].routes[0].upstream ("m2"), models[3].routes[0].upstream ("m3"), ...'
    )


def test_an_upstreams_limits_and_abilities_are_its_own(read: Read) -> None:
    given = 'concurrency = 4\nrequests_per_minute = 60\noffers = ["tools", "web"]\n'
    entry = read(f'{UPSTREAM}{given}without = "stream"').file.upstreams[0]

    assert (entry.concurrency, entry.requests_per_minute) == (4, 60)
    assert entry.offers == (Extra.TOOLS, Extra.WEB)
    assert entry.without == (Capability.STREAM,)


def test_what_an_upstream_may_add_is_named_as_dialects_name_it() -> None:
    assert {str(one) for one in Extra} <= {str(one) for one in Capability}


@pytest.mark.parametrize("toml", WRONG)
def test_a_value_that_will_not_do_is_told_by_its_path(toml: str, problems: Problems) -> None:
    (line,) = problems(toml)

    assert line.startswith("latchkey.toml: ")
    assert WRONG[toml] in line


@pytest.mark.parametrize(
    ("toml", "complaint"),
    [
        ("a = \n", "line 1, column 5: is not TOML: invalid value"),
        ("[limits]\n\n[limits]\n", "line 3, column 8: is not TOML: cannot declare limits twice"),
        ("a = 1\nb = [1,\n", "line 2: is not TOML: invalid value"),
        (f"a = {'9' * 5_000}\n", "is not TOML: a value in it is too large or too deep"),
    ],
)
def test_what_is_not_toml_is_told_by_its_line(
    toml: str, complaint: str, problems: Problems
) -> None:
    assert problems(toml) == (f"latchkey.toml: {complaint}",)


def test_a_file_that_is_not_text_is_told(problems: Problems, tmp_path: Path) -> None:
    (tmp_path / "latchkey.toml").write_bytes(b"\xff\xff")

    assert problems() == ("latchkey.toml: is not UTF-8 text",)


def test_a_folder_in_the_files_place_is_told(problems: Problems, tmp_path: Path) -> None:
    (tmp_path / "latchkey.toml").mkdir()

    assert problems() == ("latchkey.toml: is not a file",)


def test_a_byte_order_mark_does_no_harm(read: Read) -> None:
    assert read("\ufeff[limits]\nin_flight = 9\n").file.limits.in_flight == 9


def test_problems_name_the_file_that_was_chosen(problems: Problems, tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "ours.toml").write_text("a")

    (line,) = problems(LATCHKEY_CONFIG="etc/ours.toml")

    assert line.startswith("etc/ours.toml: line 1")


def test_every_problem_is_told_in_one_go(problems: Problems) -> None:
    toml = f"""
        [limits]
        daily_tokens = "a"
        in_flght = 3
        [ledger]
        queue = 0
        lease_seconds = 1
        {UPSTREAM}api_key = "env:GONE"
        {MODEL.replace('"a"', '"b"')}
        [community]
        timezone = "Mars"
    """

    lines = problems(toml, LATCHKEY_PORT="x", LATCHKEY_LOGG="text", LATCHKEY_SHARDS="1")

    assert [line.split(": ")[:2] for line in lines] == [
        ["LATCHKEY_PORT", 'must be a port from 0 to 65535, not "x"'],
        ["LATCHKEY_SHARDS", 'must be shard ids and their number, such as "0-1/4", not "1"'],
        ["LATCHKEY_LOGG", "is not a variable of Latchkey; did you mean LATCHKEY_LOG?"],
        ["latchkey.toml", "community.timezone"],
        ["latchkey.toml", "limits.daily_tokens"],
        ["latchkey.toml", "limits.in_flght"],
        ["latchkey.toml", "ledger.lease_seconds"],
        ["latchkey.toml", "ledger.queue"],
        ["latchkey.toml", 'upstreams[0].api_key ("a")'],
        ["latchkey.toml", 'models[0].routes[0].upstream ("m")'],
    ]
