"""The command line `keyspend`: a module for each command or group of related commands."""
