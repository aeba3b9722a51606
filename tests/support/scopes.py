"""The scopes in which golden files hold the reports."""

SCOPES = {
    "price-history": {},
    "spend-by-month": {},
    "coverage": {"start": "2026-07-28", "end": "2026-08-08"},
    "reconciliation": {"start": "2026-07-28", "end": "2026-08-08"},
    "spend-by-day": {"month": "2026-07"},
    "tokens-by-day": {"start": "2026-09-14", "end": "2026-09-18"},
    "spend-trend": {"month": "2026-09", "grain": "week", "top": 3},
    "tokens-trend": {"start": "2026-09-16", "end": "2026-09-17", "grain": "hour", "by": "total"},
    "spend-by-key-and-day": {"start": "2026-09-14", "end": "2026-09-18", "top": 3},
    "key-movers": {"month": "2026-09", "top": 2},
    "price-steps": {"start": "2026-08-10", "end": "2026-09-15"},
    "savings-trend": {"start": "2026-08-14", "end": "2026-08-20", "top": 3},
    "unit-cost-trend": {"month": "2026-09", "grain": "week", "by": "model"},
    "price-trend": {"start": "2026-08-14", "end": "2026-08-20"},
    "api-key-names": {},
    "hot-keys": {"month": "2026-09"},
    "forecast": {"start": "2026-09-01", "end": "2026-09-17"},
    "statement": {"month": "2026-09"},
    "months": {},
    "late-adjustments": {},
}
