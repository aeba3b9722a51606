-- The lines that were bought at peak, as an earlier statement found them.
SELECT line_id FROM unnest(CAST($peak_lines AS INTEGER[])) AS given(line_id)
