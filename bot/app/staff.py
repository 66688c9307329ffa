"""Wires what staff may do: the acts, the way they go, and the commands of the home guilds."""

from dataclasses import dataclass

from discord import app_commands
from discord.ext import commands

from bot.app.services import House
from bot.cogs.buttons import Buttons
from bot.cogs.checkup import Checkup
from bot.cogs.role_hand import RoleHand
from bot.cogs.staff.announce import AnnounceCommands
from bot.cogs.staff.audit import AuditCommands
from bot.cogs.staff.confirm import StaffDesk
from bot.cogs.staff.contest import ContestCommands
from bot.cogs.staff.donations import DonationCommands
from bot.cogs.staff.exchanges import ExchangeStaff
from bot.cogs.staff.grants import GrantCommands
from bot.cogs.staff.levels import LevelStaff
from bot.cogs.staff.members import MemberCommands
from bot.cogs.staff.referrals import ReferralStaff
from bot.cogs.staff.settings import SettingsCommands
from bot.cogs.staff.settings_reach import Reach
from bot.relay.checkup import UpstreamCheckup
from bot.staff.act import Act
from bot.staff.announcing import Announce
from bot.staff.donations import RecordDonation, RefundDonation
from bot.staff.dossiers import Dossiers
from bot.staff.exchanges import ApproveExchange, ExchangeDesk
from bot.staff.filing import Filing
from bot.staff.grants import GiveGrant, RevokeGrant
from bot.staff.levels import GrantLevel, LevelFigures, RevokeLevel
from bot.staff.members import ResetKey, Restore, Suspend
from bot.staff.papers import Papers
from bot.staff.proposals import Proposals
from bot.staff.referrals import VoidReferral
from bot.staff.settings import ChangeSettings
from bot.staff.standings import Standings


def upstream_checkup_of(built: House) -> UpstreamCheckup:
    """Wire what looks at every upstream."""
    return UpstreamCheckup(built.router.upstreams, built.catalogue, built.community, built.clock)


def acts_of(built: House) -> list[Act]:
    """List everything staff may do."""
    clock, community, donations = built.clock, built.community, built.donations
    standings = Standings(built.allowances, built.offers, community, clock)
    return [
        GiveGrant(built.allowances, standings, community, clock),
        RevokeGrant(built.allowances, standings, donations, built.levelling.levels, clock),
        RecordDonation(donations, standings),
        RefundDonation(donations, standings),
        Suspend(built.members),
        Restore(built.members),
        ResetKey(built.keys),
        ChangeSettings(built.adjustments),
        Announce(built.members, built.outbox),
        *_level_acts(built, standings),
        VoidReferral(built.members, built.referring.activations),
        approving_of(built),
    ]


def _level_acts(built: House, standings: Standings) -> list[Act]:
    levels = built.levelling.levels
    figures = LevelFigures(levels, standings)
    return [GrantLevel(levels, figures), RevokeLevel(levels, figures)]


def approving_of(built: House) -> ApproveExchange:
    """Wire the approval of an exchange."""
    standings = Standings(built.allowances, built.offers, built.community, built.clock)
    exchanges = built.referring.exchanges
    return ApproveExchange(built.clock, built.allowances, standings, exchanges)


def exchange_desk_of(built: House) -> ExchangeDesk:
    """Wire where staff decide on exchanges."""
    exchanges, papers = built.referring.exchanges, papers_of(built)
    return ExchangeDesk(
        built.db, built.clock, built.members, exchanges, approving_of(built), built.audit, papers
    )


def proposals_of(built: House) -> Proposals:
    """Wire the way of every staff act."""
    acts = {act.action: act for act in acts_of(built)}
    papers = papers_of(built)
    filing = Filing(built.db, built.clock, built.members, papers, acts)
    return Proposals(built.db, built.members, built.audit, papers, filing, acts)


def papers_of(built: House) -> Papers:
    """Wire what is written about staff acts."""
    return Papers(built.members, built.outbox, built.community)


@dataclass(frozen=True)
class StaffCommands:
    """The commands of the home guilds, slash and menu."""

    cogs: list[commands.Cog]
    menus: list[app_commands.ContextMenu]


def staff_commands_of(
    built: House, desk: StaffDesk, hand: RoleHand, buttons: Buttons
) -> StaffCommands:
    """Wire the commands of the home guilds."""
    papers, community = papers_of(built), built.community
    dossiers = Dossiers(built.db, built.members, built.allowances, built.donations, papers)
    checkup = Checkup(hand.client, community, hand)
    reach = Reach(community, checkup, upstream_checkup_of(built))
    grants = GrantCommands(desk, dossiers, buttons)
    cogs: list[commands.Cog] = [
        grants,
        DonationCommands(desk),
        MemberCommands(desk, dossiers, built.audit, built.account),
        LevelStaff(built.levelling.board, built.plans, desk, buttons),
        ReferralStaff(built.referring.activations, built.members, desk, buttons),
        ExchangeStaff(exchange_desk_of(built), desk, buttons),
        SettingsCommands(community, reach, desk, buttons),
        AnnounceCommands(community, reach, desk),
        AuditCommands(built.audit, dossiers, desk, buttons),
        ContestCommands(built.referring.contest, built.members, desk.door, buttons),
    ]
    return StaffCommands(cogs, [grants.on_person])
