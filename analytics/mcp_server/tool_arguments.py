"""The arguments that several tools share, with their descriptions for clients; named as the options of the command."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from analytics.mcp_server.tables import MOST_ROWS

Month = Annotated[
    str | None, Field(description="One calendar month, YYYY-MM, or `latest` for the latest complete one; without any: all days.")
]
Start = Annotated[str | None, Field(description="The first day, YYYY-MM-DD; not together with month.")]
End = Annotated[str | None, Field(description="The day after the last, YYYY-MM-DD: exclusive.")]
Account = Annotated[str | None, Field(description="Only this account.")]
Currency = Annotated[str | None, Field(description="Only this currency, for example CNY.")]
Keys = Annotated[list[str], Field(description="Only these API keys, by mask or name; empty: all.")]
Models = Annotated[list[str], Field(description="Only these models; empty: all.")]
Grain = Annotated[str | None, Field(description="The length of a step: hour, day, week or month, in reports that have the choice.")]
By = Annotated[str | None, Field(description="What is told apart, in reports that leave it open; list_reports has the choices.")]
Top = Annotated[int | None, Field(description="Only the N largest apart, in reports that rank.")]
Against = Annotated[str | None, Field(description="What is compared with: YYYY-MM, DATE..DATE, or previous, in reports that compare.")]
Limit = Annotated[int, Field(description=f"The rows of a page, 1 to {MOST_ROWS}.")]
Offset = Annotated[int, Field(description="The first row of the page: 0, or next_offset of the page before.")]
Ratio = Annotated[Decimal | None, Field(description="0 to 1, at most 4 decimals.")]
Factor = Annotated[Decimal, Field(description="1 is unchanged, 2 twice as much; at most 4 decimals.")]
