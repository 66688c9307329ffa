"""Hands the services to the doors: the HTTP API, the bot, the jobs."""

from collections.abc import Callable
from pathlib import Path

from discord.ext import commands

from bot import __version__
from bot.account.boards import Boards
from bot.account.tally import TALLY_AT, Tally
from bot.api.parts import ApiParts
from bot.api.server import ApiServer
from bot.app.asking import model_commands_of
from bot.app.making import maker_commands_of
from bot.app.services import House
from bot.app.staff import proposals_of, staff_commands_of
from bot.cogs.about import AboutCommands
from bot.cogs.allowance import AllowanceCommands
from bot.cogs.buttons import Buttons
from bot.cogs.chat.pace import USUAL, Pace
from bot.cogs.checks import Door
from bot.cogs.client import Client
from bot.cogs.courier import Courier
from bot.cogs.key_card import KeyCards
from bot.cogs.keys import KeyCommands
from bot.cogs.language import LanguageCommands
from bot.cogs.leaderboard import LeaderboardCommands
from bot.cogs.listener import Listener, intents
from bot.cogs.models import ModelCommands
from bot.cogs.my_data import DataCommands
from bot.cogs.profile import ProfileCommands
from bot.cogs.quick_start import QuickStart
from bot.cogs.referrals import ReferralCommands
from bot.cogs.role_hand import RoleHand
from bot.cogs.role_watch import RoleWatch
from bot.cogs.service import Bot
from bot.cogs.staff.confirm import StaffDesk
from bot.cogs.telling import TellingClicks
from bot.cogs.tongue import Tongue
from bot.cogs.usage import UsageCommands
from bot.core.health import Vitals
from bot.jobs.backup import BACKUP_AT, Backup
from bot.jobs.cadence import Minutely, Monthly, Nightly, Periodic
from bot.jobs.endings import Endings
from bot.jobs.nightly import PRUNING_AT, Pruning
from bot.jobs.runner import Runner
from bot.jobs.service import Jobs
from bot.levels.roles import ROLES_AT
from bot.levels.service import AWARDS_AT
from bot.privacy.service import Privacy
from bot.referrals.contest import CLOSES_AT


def api_of(
    built: House, vitals: Vitals, public_url: Callable[[], str], *, calls: bool
) -> ApiServer:
    """Wire the HTTP API; without `calls` it serves health and metrics alone."""
    environment = built.settings.environment
    parts = ApiParts(
        callers=built.callers,
        relay=built.relay,
        voices=built.voices,
        embeddings=built.embeddings,
        search=built.search,
        songs=built.songs,
        mail=built.mail,
        sight=built.sight,
        pictures=built.pictures,
        router=built.router,
        catalogue=built.catalogue,
        account=built.account,
        community=built.community,
        vitals=vitals,
        open_holds=built.ledger.open_holds,
        public_url=public_url,
        metrics_token=environment.metrics_token,
        redactor=built.redactor,
        clock=built.clock,
        version=__version__,
        calls=calls,
    )
    return ApiServer(parts, environment.host, environment.port)


def jobs_of(built: House) -> Jobs:
    """Wire the jobs."""
    pruning = Pruning(built.db, built.community, built.outbox, built.changes, built.marks)
    jobs: list[Periodic] = [Nightly("prune", PRUNING_AT, pruning.run)]
    if (database := built.db.url.database) and built.db.embedded:
        folder = built.settings.environment.data / "backups"
        backup = Backup(Path(database), folder, built.community, built.clock, built.outbox)
        jobs.append(Nightly("backup", BACKUP_AT, backup.run))
    jobs.append(Nightly("usage", TALLY_AT, Tally(built.db).run))
    referring = built.referring
    levelling = built.levelling
    jobs.append(Nightly("level roles", ROLES_AT, levelling.roles.nightly))
    jobs.append(Monthly("levels", AWARDS_AT, levelling.levels.award))
    jobs.append(Monthly("contest", CLOSES_AT, referring.contest.award))
    endings = Endings(
        built.db,
        built.clock,
        built.community,
        built.allowances,
        built.outbox,
        built.levelling.roles,
    )
    often = [
        Minutely("credits", referring.referrals.credit),
        Minutely("exchanges", referring.exchanges.lapse),
        Minutely("endings", endings.run),
        Minutely("catalogue", built.sync.run),
    ]
    runner = Runner(built.db, built.clock, built.community, built.leases, jobs, often)
    return Jobs(built.clock, built.ledger, runner)


def bot_of(built: House, vitals: Vitals, public_url: Callable[[], str], pace: Pace = USUAL) -> Bot:
    """Wire the bot; `pace` is how often an answer is written while it grows."""
    environment, community = built.settings.environment, built.community
    buttons = Buttons()
    client = Client(
        db=built.db,
        home_guilds=lambda: community.community.home_guilds,
        buttons=buttons,
        languages=built.languages,
        shards=environment.shards,
        intents=intents(community),
    )
    hand = RoleHand(client, community)
    door = Door(community)
    makers = maker_commands_of(built, client, door, buttons)
    models = model_commands_of(built, client, door, buttons, pace)
    cogs: list[commands.Cog] = [
        KeyCommands(built.keys, KeyCards(built.reports, public_url), door, buttons),
        QuickStart(built.catalogue, public_url, buttons),
        AllowanceCommands(built.account, built.catalogue, built.plans, door, buttons),
        ProfileCommands(
            built.members, built.account, built.referring.referrals, _boards(built), door
        ),
        ReferralCommands(built.referring.referrals, built.referring.exchanges, door, buttons),
        ModelCommands(built.catalogue, built.router, buttons),
        UsageCommands(built.account, door, buttons),
        LeaderboardCommands(_boards(built), built.listing, door, buttons),
        _data_commands(built, door, buttons),
        AboutCommands(vitals, public_url, door),
        LanguageCommands(built.languages, door),
        *_level_cogs(built, hand),
        *models.cogs,
        *makers.cogs,
    ]
    TellingClicks(built.telling, door, buttons)
    desk = StaffDesk(proposals_of(built), door, buttons)
    staff = staff_commands_of(built, desk, hand, buttons)
    return Bot(
        client=client,
        cogs=cogs,
        menus=models.menus,
        staff_cogs=staff.cogs,
        staff_menus=staff.menus,
        courier=_courier(built, hand),
        jukebox=makers.jukebox,
        leases=built.leases,
        token=environment.discord_token or "",
        api_url=environment.discord_api_url,
        alone=environment.shards is None,
    )


def _boards(built: House) -> Boards:
    return Boards(built.db, built.clock, built.community, built.referring.contest.board)


def _data_commands(built: House, door: Door, buttons: Buttons) -> DataCommands:
    """Wire people's rights over their own data."""
    levelling, community = built.levelling, built.community
    privacy = Privacy(
        built.db,
        built.clock,
        built.members,
        built.keys,
        built.marks,
        levelling.levels,
        built.audit,
        built.changes,
        community,
    )

    def copies() -> int:
        return community.retention.backups if built.db.embedded else 0

    return DataCommands(privacy, door, buttons, copies=copies, forget=levelling.points.drop)


def _level_cogs(built: House, hand: RoleHand) -> list[commands.Cog]:
    """Wire what hears messages and looks at roles."""
    levelling, community = built.levelling, built.community
    return [
        Listener(levelling.points, levelling.roles, community, built.clock),
        RoleWatch(levelling.roles, hand, community, built.changes.signals),
    ]


def _courier(built: House, hand: RoleHand) -> Courier:
    """Wire what delivers the outbox."""
    return Courier(
        built.outbox,
        built.members,
        built.levelling.roles,
        hand,
        built.leases,
        built.community,
        Tongue(built.languages, built.community, hand.client),
        hand.client,
    )
