"""The findings about an import, alone and in comparison with the others of its account: notes that do not justify a refusal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from analytics.core.errors import quoted
from analytics.core.messages import Message, message
from analytics.core.money import plain
from analytics.ledger.database.builder import Build, ImportRow

DaySources = dict[tuple[str, date], int]
"""The number of the import that is the source of each (account, day)."""


@dataclass(frozen=True)
class Finding:
    """A note about an import, with a stable code."""

    code: str
    sentence: Message

    @property
    def text(self) -> str:
        """The note in English."""
        return str(self.sentence)


def findings(build: Build, row: ImportRow, before: DaySources, after: DaySources) -> list[Finding]:
    """Return the findings about the import `row`, alone and in comparison with other imports of its account.

    `before` and `after` are the day sources without and with it.
    """
    notes = [*_renamed(build, row), *_ahead_of_the_clock(build, row), *_presumed_days(build, row), *_late_days(build, row)]
    if any(account == row.account for account, _ in before):
        notes += [*_changed_days(build, row, before, after), *_missing_days(build, row), *_overlaps(build, row)]
    return notes


def _changed_days(build: Build, row: ImportRow, before: DaySources, after: DaySources) -> Iterable[Finding]:
    """Yield days that were complete before and now have another cost: the vendor restated them, or a file is damaged."""
    pairs = [(before[key], key[1]) for key, source in after.items() if source == row.import_id and before.get(key, source) != source]
    if not pairs:
        return
    result = build.query(
        """WITH pair AS (SELECT unnest($olds) AS old_id, unnest($days) AS charge_date),
        total AS (
            SELECT import_id, charge_date, currency, sum(computed_cost) AS computed_cost, coalesce(sum(billed_cost), 0) AS billed_cost
            FROM bucket_reconciliation GROUP BY import_id, charge_date, currency
        )
        SELECT pair.charge_date, coalesce(old.currency, new.currency), pair.old_id,
            day.is_proven,
            coalesce(old.computed_cost, 0)::DECIMAL(38, 18), coalesce(new.computed_cost, 0)::DECIMAL(38, 18)
        FROM pair
        JOIN day ON day.import_id = pair.old_id AND day.charge_date = pair.charge_date AND day.is_complete
        LEFT JOIN total AS old ON old.import_id = pair.old_id AND old.charge_date = pair.charge_date
        FULL JOIN (SELECT * FROM total WHERE import_id = $id) AS new
            ON new.charge_date = old.charge_date AND new.currency = old.currency
        WHERE pair.charge_date IS NOT NULL AND coalesce(old.computed_cost, 0) <> coalesce(new.computed_cost, 0)
        ORDER BY ALL""",
        {"olds": [old for old, _ in pairs], "days": [day for _, day in pairs], "id": row.import_id},
    )
    for day, currency, old_id, is_proven, was, now in result.rows:
        values = {"day": day, "import_id": str(old_id), "was": plain(was), "now": plain(now), "currency": currency}
        if is_proven:
            text = message("{day} was complete in import {import_id} at {was} {currency} and is now {now} {currency}", **values)
        else:
            text = message("{day} was taken to be complete in import {import_id} at {was} {currency} and is now {now} {currency}", **values)
        yield Finding("day-changed", text)


def _missing_days(build: Build, row: ImportRow) -> Iterable[Finding]:
    """Yield days between the first and last of this export without rows in it, whose source is another import."""
    result = build.query(
        """SELECT charge_date, import_id FROM day_source
        WHERE account = $account AND charge_date > $first AND charge_date < $last
            AND charge_date NOT IN (SELECT charge_date FROM day WHERE import_id = $id)
        ORDER BY ALL""",
        {"account": row.account, "first": row.first_date, "last": row.last_date, "id": row.import_id},
    )
    for day, other in result.rows:
        text = message("{day} has rows in import {import_id} and none here; it stays as it was", day=day, import_id=str(other))
        yield Finding("day-missing", text)


def _ahead_of_the_clock(build: Build, row: ImportRow) -> Iterable[Finding]:
    """Yield a note on rows that are later than the clock of this machine: one of the two is wrong."""
    if row.exported_at < row.imported_at:
        return
    ((newest,),) = build.query(
        """SELECT max(charge_start) FROM (SELECT import_id, charge_start FROM line UNION ALL SELECT import_id, charge_start FROM charge)
        WHERE import_id = $id""",
        {"id": row.import_id},
    ).rows
    if newest and newest > row.imported_at:
        text = message(
            "it has rows of {newest}, and this computer's clock stands at {now}: days that are not over by it count as in progress; "
            "if it is wrong, set it, undo this import and import again",
            newest=newest,
            now=row.imported_at,
        )
        yield Finding("clock", text)


def _presumed_days(build: Build, row: ImportRow) -> Iterable[Finding]:
    """Yield days whose source is this import and that are presumed to be over only by the time of its files, which a user may set."""
    if row.exported_at == row.proven_until:
        return
    result = build.query(
        """SELECT charge_date FROM day JOIN day_source USING (import_id, charge_date)
        WHERE import_id = $id AND is_complete AND NOT is_proven ORDER BY ALL""",
        {"id": row.import_id},
    )
    if result.rows:
        text = message(
            "{days}: taken to be complete because of the time of the files, which may be when they were packed again or copied; "
            "the zip as it was downloaded would prove it",
            days=[day for (day,) in result.rows],
        )
        yield Finding("day-presumed", text)


def _late_days(build: Build, row: ImportRow) -> Iterable[Finding]:
    """Yield days of closed months on which this export is the strongest evidence, and differs from the close."""
    result = build.query(
        "SELECT DISTINCT charge_date FROM late_adjustment WHERE import_id = $id ORDER BY charge_date", {"id": row.import_id}
    )
    if result.rows:
        text = message(
            "{days}: of a closed month, and not as it was closed; nothing was applied, see `keyspend report late-adjustments`",
            days=[day for (day,) in result.rows],
        )
        yield Finding("late-evidence", text)


def _renamed(build: Build, row: ImportRow) -> Iterable[Finding]:
    """Yield keys with a name that is new in this export, and with another name elsewhere or in it."""
    result = build.query(
        """WITH name AS (
            SELECT api_key, api_key_name, bool_and(import_id = $id) AS is_new, bool_or(import_id = $id) AS is_here
            FROM credential_use JOIN credential USING (credential_id)
            WHERE account = $account GROUP BY api_key, api_key_name
        )
        SELECT api_key, string_agg(api_key_name, ', ' ORDER BY api_key_name) FILTER (is_here),
            string_agg(api_key_name, ', ' ORDER BY api_key_name) FILTER (NOT is_here)
        FROM name GROUP BY api_key HAVING count(*) > 1 AND bool_or(is_new) ORDER BY ALL""",
        {"account": row.account, "id": row.import_id},
    )
    for _, here, elsewhere in result.rows:
        text = (
            message(
                "a key is called {here} here and elsewhere {elsewhere}; it stays one key", here=quoted(here), elsewhere=quoted(elsewhere)
            )
            if elsewhere
            else message("a key is called {here} here; it stays one key", here=quoted(here))
        )
        yield Finding("key-renamed", text)


def _overlaps(build: Build, row: ImportRow) -> Iterable[Finding]:
    """Yield days of this export that share hours with a day of another date, because the two begin at different offsets."""
    result = build.query(
        """SELECT mine.charge_date, other.charge_date, other_import.utc_offset, other.import_id,
            date_diff('minute', greatest(mine.day_start, other.day_start), least(mine.day_end, other.day_end)) / 60
        FROM day_source AS own_source
        JOIN day AS mine USING (import_id, charge_date)
        JOIN day_source AS other_source
            ON other_source.account = own_source.account AND other_source.charge_date <> own_source.charge_date
        JOIN day AS other ON other.import_id = other_source.import_id AND other.charge_date = other_source.charge_date
        JOIN import AS other_import ON other_import.import_id = other.import_id
        WHERE own_source.import_id = $id AND other.day_start < mine.day_end AND mine.day_start < other.day_end
        ORDER BY ALL""",
        {"id": row.import_id},
    )
    for day, other, offset, other_id, hours in result.rows:
        text = message(
            "{day} at {offset} shares {hours} hours with {other_day} at {other_offset} of import {import_id}: they are counted twice",
            day=day,
            offset=row.utc_offset,
            hours=hours,
            other_day=other,
            other_offset=offset,
            import_id=str(other_id),
        )
        yield Finding("overlap", text)
