-- What each credential used in the period: sums of whole months, and the rows of the other days.
SELECT * FROM compared_part
WHERE NOT is_previous AND credential_id IN (SELECT credential_id FROM selected_credential)
