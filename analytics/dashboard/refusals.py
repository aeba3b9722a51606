"""The gist of each refusal in a few words that can be translated; what is wrong exactly, and where, only the error itself says."""

from __future__ import annotations

from analytics.dashboard.language import N_

GISTS = {
    "account-mixed": N_("It holds rows of two accounts."),
    "busy": N_("Somebody else is importing or undoing at this moment. Nothing was changed; try again when it is done."),
    "csv-currency": N_("It names a currency that is not known here."),
    "csv-date": N_("It holds a date that is none, or does not fit."),
    "csv-encoding": N_("It is not UTF-8 text."),
    "csv-header": N_("Its header is none that the platform writes."),
    "csv-limit": N_("It holds more than can be kept."),
    "csv-nul": N_("It holds a NUL byte."),
    "csv-number": N_("It holds a number that is none, or does not fit."),
    "csv-secret": N_("It holds a whole API key. The key was not kept; revoke it."),
    "csv-sign": N_("It mixes costs above and below zero."),
    "csv-syntax": N_("It is not valid CSV."),
    "csv-text": N_("It holds text that cannot be right."),
    "csv-type": N_("It names a kind of usage that is not known here."),
    "csv-width": N_("It has a line that is too long, too short or empty."),
    "disk": N_("The disk is full or cannot be written."),
    "import-unknown": N_("There is no such import any more."),
    "not-a-zip": N_("It is not a zip file."),
    "path-empty": N_("There is nothing to import in it."),
    "path-missing": N_("The file is not there."),
    "path-special": N_("It is not a plain file."),
    "timezone-mixed": N_("It mixes days that begin at different hours."),
    "viewer": N_("You may look, but neither import nor undo."),
    "zip-bomb": N_("It is too large, or unpacks to too much."),
    "zip-damaged": N_("The zip is damaged."),
    "zip-duplicate": N_("The zip holds one name twice."),
    "zip-encrypted": N_("The zip is encrypted."),
    "zip-member": N_("It does not hold one amount and one cost file."),
    "zip-method": N_("The zip is packed in an unusual way."),
    "zip-missing": N_("One of the two files is missing."),
    "zip-name": N_("The zip holds a file with an unsafe name."),
    "zip-overlap": N_("The zip holds files that overlap."),
    "zip-period": N_("Its two files are not of one export."),
    "zip-special": N_("The zip holds something that is not a file."),
    "zip-structure": N_("It is not a plain zip."),
    "zip-truncated": N_("The zip is cut short."),
}
"""Code: gist."""
