"""`python -m analytics` is the `keyspend` command."""

from analytics.cli import main

main()
