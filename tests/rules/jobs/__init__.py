"""The rules of the jobs: what is due since when."""
