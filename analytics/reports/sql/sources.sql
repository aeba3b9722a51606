SELECT
    scoped_day.account,
    imports.import_id,
    imports.source_name,
    min(scoped_day.charge_date) AS first_date,
    max(scoped_day.charge_date) AS last_date,
    count(*) AS owned_days,
    imports.layout,
    imports.utc_offset,
    imports.exported_at,
    imports.sha256
FROM scoped_day
JOIN imports ON imports.import_id = scoped_day.import_id
GROUP BY ALL
ORDER BY scoped_day.account, first_date, import_id;
