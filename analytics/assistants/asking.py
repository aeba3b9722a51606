"""What assistants can ask about, with the sentences that their tools are described by; it means what `analytics.asking` means."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Narrowed(BaseModel):
    """Which days, and what of them; without a word all is asked about."""

    model_config = ConfigDict(extra="forbid")

    month: str | None = Field(default=None, description="one calendar month, YYYY-MM, or `latest`, the latest complete one")
    start: str | None = Field(default=None, description="the first day, YYYY-MM-DD")
    end: str | None = Field(default=None, description="the day after the last, YYYY-MM-DD")
    account: str | None = Field(default=None, description="one account, for example acct-6b625745a1")
    currency: str | None = Field(default=None, description="one currency, for example CNY")
    keys: list[str] = Field(default=[], description="API keys, each by its mask or by a name it has had")
    models: list[str] = Field(default=[], description="models")

    def words(self) -> dict[str, Any]:
        """What was said, by the words of `analytics.asking`."""
        return self.model_dump(exclude_defaults=True)


class Asked(Narrowed):
    """The same, and how the report is broken down and what it is compared with, where it can be."""

    grain: str | None = Field(default=None, description="hour, day, week or month, for reports that have --grain")
    by: str | None = Field(default=None, description="key, model or total, for reports that have --by")
    top: int | None = Field(default=None, ge=1, description="only so many, the largest, for reports that have --top")
    against: str | None = Field(
        default=None, description="an earlier month or DATE..DATE to compare with, instead of the like period before"
    )


EVERYTHING = Asked()
