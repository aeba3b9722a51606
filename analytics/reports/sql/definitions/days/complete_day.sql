-- The days that were over when they were exported.
SELECT account, charge_date FROM evident_day WHERE is_complete
