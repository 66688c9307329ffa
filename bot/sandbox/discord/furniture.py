"""The sandbox's default community: two guilds, a few people, and the bot.

Guilds, roles and channels have the ids that the example settings file names.
"""

from bot.sandbox.discord import shapes
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.world import Person, World

HOME, ELSEWHERE = 1001, 1002
MODERATOR, LEVELS, BOT_ROLE, BOT_ROLE_ELSEWHERE = 2001, (2101, 2102, 2103), 2901, 2902
CHAT, STAFF, COMMANDS, ANNOUNCEMENTS, LOBBY = 3001, 3002, 3003, 3004, 3101
COMMUNITY, BACK_OFFICE = 3901, 3902  # categories
ADA, MO, BEA, OWNER, VERA = (
    391_750_322_519_212_032,
    268_473_310_986_240_000,
    482_120_447_918_080_000,
    155_149_108_183_695_360,
    523_870_661_402_624_000,
)
BOT = 1_108_453_062_918_307_840
STAFF_POWERS = Permission.MODERATE_MEMBERS | Permission.MANAGE_MESSAGES | Permission.KICK_MEMBERS
BOT_POWERS = (
    Permission.MANAGE_ROLES
    | Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.SEND_MESSAGES_IN_THREADS
    | Permission.CREATE_PUBLIC_THREADS
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.ADD_REACTIONS
    | Permission.READ_MESSAGE_HISTORY
)
JOINED = 1_700_000_000.0


def furnished(world: World) -> None:
    """Fill an empty world with the default community."""
    _people(world)
    _home(world)
    _elsewhere(world)


def _people(world: World) -> None:
    for user_id, username, name, locale in (
        (ADA, "ada", "Ada", "en-US"),
        (MO, "mo", "Mo", "en-US"),
        (BEA, "bea", "Bea", "en-US"),
        (OWNER, "olga", "Olga", "en-US"),
        (VERA, "vera", "Вера", "ru"),  # noqa: RUF001 - a name
    ):
        world.users[user_id] = shapes.user(user_id, username, name)
        world.people[user_id] = Person(locale=locale)
    world.users[BOT] = shapes.user(BOT, "Latchkey", "Latchkey", bot=True)
    world.bot_id = BOT
    bot, owner = world.users[BOT], world.users[OWNER]
    world.application = shapes.application(BOT, "Latchkey", bot, owner, flags=0)


def _home(world: World) -> None:
    guild = shapes.guild(HOME, "Latchkey HQ", OWNER)
    tags = {"bot_id": str(BOT)}
    guild["roles"] += [
        shapes.role(LEVELS[0], "Level 1", position=1, color=0x5D9CEC),
        shapes.role(LEVELS[1], "Level 2", position=2, color=0x9B59B6),
        shapes.role(LEVELS[2], "Level 3", position=3, color=0xE67E22),
        shapes.role(MODERATOR, "Moderator", position=4, permissions=STAFF_POWERS, color=0x2ECC71),
        shapes.role(
            BOT_ROLE, "Latchkey", position=5, permissions=BOT_POWERS, managed=True, tags=tags
        ),
    ]
    hidden = (
        shapes.overwrite(HOME, deny=Permission.VIEW_CHANNEL),
        shapes.overwrite(MODERATOR, allow=Permission.VIEW_CHANNEL),
        shapes.overwrite(BOT_ROLE, allow=Permission.VIEW_CHANNEL),
    )
    quiet = (
        shapes.overwrite(HOME, deny=Permission.SEND_MESSAGES),
        shapes.overwrite(MODERATOR, allow=Permission.SEND_MESSAGES),
        shapes.overwrite(BOT_ROLE, allow=Permission.SEND_MESSAGES),
    )
    world.guilds[HOME] = guild
    for made in (
        shapes.category(COMMUNITY, HOME, "Community", position=0),
        shapes.category(BACK_OFFICE, HOME, "Staff", position=1, overwrites=hidden),
    ):
        world.channels[int(made["id"])] = made
    channels = (
        (CHAT, "chat", "Talk about anything", COMMUNITY, ()),
        (COMMANDS, "commands", "Try /gen_key here", COMMUNITY, ()),
        (ANNOUNCEMENTS, "announcements", "News", COMMUNITY, quiet),
        (STAFF, "staff", "Moderators only", BACK_OFFICE, hidden),
    )
    for place, (key, name, topic, parent, overwrites) in enumerate(channels):
        made = shapes.channel(key, HOME, name, position=place, topic=topic, overwrites=overwrites)
        world.channels[key] = made | {"parent_id": str(parent)}
    nobody_special: tuple[int, ...] = ()
    roles = dict.fromkeys((ADA, BEA, OWNER, VERA), nobody_special) | {MO: (MODERATOR,)}
    _join(world, HOME, roles | {BOT: (BOT_ROLE,)})


def _elsewhere(world: World) -> None:
    guild = shapes.guild(ELSEWHERE, "Elsewhere", BEA)
    tags = {"bot_id": str(BOT)}
    guild["roles"] += [
        shapes.role(2201, "Admin", position=1, permissions=Permission.ADMINISTRATOR),
        shapes.role(
            BOT_ROLE_ELSEWHERE,
            "Latchkey",
            position=2,
            permissions=BOT_POWERS,
            managed=True,
            tags=tags,
        ),
    ]
    world.guilds[ELSEWHERE] = guild
    world.channels[LOBBY] = shapes.channel(LOBBY, ELSEWHERE, "lobby", position=0)
    _join(world, ELSEWHERE, {BEA: (2201,), BOT: (BOT_ROLE_ELSEWHERE,)})


def _join(world: World, guild_id: int, roles: dict[int, tuple[int, ...]]) -> None:
    world.members[guild_id] = {
        user_id: shapes.member(world.users[user_id], held, JOINED)
        for user_id, held in roles.items()
    }
