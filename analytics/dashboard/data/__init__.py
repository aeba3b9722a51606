"""What pages read and keep: cached answers, the state in the URL, background jobs and uploads."""
