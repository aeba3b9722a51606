"""What changes or checks the ledger, under its lock."""
