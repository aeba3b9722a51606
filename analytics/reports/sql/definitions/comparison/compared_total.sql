-- What each key used in either period, per model and currency.
SELECT
    selected_credential.account,
    selected_credential.api_key,
    selected_credential.api_key_name,
    total.* EXCLUDE (credential_id)
FROM (
    SELECT
        credential_id,
        model,
        currency,
        is_previous,
        sum(computed_cost)::DECIMAL(38, 18) AS computed_cost,
        sum(reconciled_cost)::DECIMAL(38, 18) AS reconciled_cost,
        sum(input_cache_hit_tokens)::BIGINT AS input_cache_hit_tokens,
        sum(input_cache_miss_tokens)::BIGINT AS input_cache_miss_tokens,
        sum(output_tokens)::BIGINT AS output_tokens,
        sum(request_count)::BIGINT AS request_count,
        max(last_date) AS last_date
    FROM compared_part
    GROUP BY credential_id, model, currency, is_previous
) AS total
JOIN selected_credential ON selected_credential.credential_id = total.credential_id
