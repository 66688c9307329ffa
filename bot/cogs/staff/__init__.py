"""The staff's commands: registered in home guilds only, checked again on every command and click.

Each asks `StaffDesk` to preview an act and to confirm it; what the act does is bot.staff's.
"""
