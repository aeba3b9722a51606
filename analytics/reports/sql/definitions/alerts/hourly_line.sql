-- The hour of each line of a day whose export has hours, counted from the beginning of the day.
SELECT usage_line.line_id, CAST(date_diff('hour', owned_day.day_start, usage_line.charge_start) AS INTEGER) AS hour
FROM usage_line
JOIN owned_day ON owned_day.import_id = usage_line.import_id AND owned_day.charge_date = usage_line.charge_date
WHERE owned_day.is_hourly
