"""The doors: Discord, the HTTP API, the jobs."""
