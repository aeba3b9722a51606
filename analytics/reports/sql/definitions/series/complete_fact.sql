-- The selected rows of complete days before the end of the period, with the number of their credential.
SELECT fact.credential_id, fact.quantity, complete_line.* EXCLUDE (quantity)
FROM fact
JOIN complete_line ON complete_line.line_id = fact.line_id
WHERE (CAST($keys AS VARCHAR[]) IS NULL AND CAST($account AS VARCHAR) IS NULL)
    OR fact.credential_id IN (SELECT credential_id FROM selected_credential)
