"""What a month close rests on: complete days, checks and exceptions."""
