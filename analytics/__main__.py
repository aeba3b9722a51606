"""`python -m analytics` is the `keyspend` command."""

from analytics.cli.main import main

main()
